import type { BucketSpan, CounterResetHint, NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { sortTexts } from "@sightline/shared/model/text-order";
import type { ProtobufWriter } from "./protobuf-writer.ts";

const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

function writeSpans(writer: ProtobufWriter, field: number, spans: readonly BucketSpan[]): void {
  for (const { offset, length } of spans) {
    writer.message(field, (span) => {
      span.sint(1, offset);
      span.uint(2, length);
    });
  }
}

/** `prometheus.Histogram` with float counts. */
function writeHistogram(writer: ProtobufWriter, t: number, h: NativeHistogram): void {
  writer.double(2, h.count);
  writer.double(3, h.sum);
  writer.sint(4, h.schema);
  writer.double(5, h.zeroThreshold);
  writer.double(7, h.zeroCount);
  writeSpans(writer, 8, h.negativeSpans);
  writer.packedDoubles(10, h.negativeBuckets);
  writeSpans(writer, 11, h.positiveSpans);
  writer.packedDoubles(13, h.positiveBuckets);
  writer.uint(14, HINTS.indexOf(h.counterResetHint));
  writer.int(15, t);
  writer.packedDoubles(16, h.customValues ?? []);
}

/** `prometheus.Label` messages of a series, sorted by name. */
export function writeLabels(writer: ProtobufWriter, labels: Labels): void {
  for (const name of sortTexts(Object.keys(labels))) {
    writer.message(1, (label) => {
      label.text(1, name);
      label.text(2, labels[name] ?? "");
    });
  }
}

/** Samples of a `prometheus.TimeSeries` in the order of time, stale markers among them: after its labels, as many times as there are pieces of it. */
export function writeSamples(
  writer: ProtobufWriter,
  { timestamps, values, histograms }: Pick<BatchSeries, "timestamps" | "values" | "histograms">,
): void {
  for (let at = 0; at < timestamps.length; at++) {
    const t = timestamps[at] ?? 0;
    const histogram = histograms?.[at];
    if (histogram !== undefined) {
      writer.message(4, (inner) => writeHistogram(inner, t, histogram));
      continue;
    }
    writer.message(2, (sample) => {
      sample.doubleAt(1, values, at);
      sample.int(2, t);
    });
  }
}

/** Prometheus's HTTP API success body, `{"status":"success","data":{"resultType":…,"result":…}}`. */
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import { sortTexts } from "../model/text-order.ts";
import type { MatrixSeries, QueryResult, QueryValue, VectorSample } from "./api.ts";
import { ascendingBuckets, isCustom } from "./histogram/buckets.ts";
import { formatFloat, formatSample } from "./json/float-format.ts";
import { formatTime, JsonBytes } from "./json/json-bytes.ts";

/** A sample's value as the API writes it. */
export const formatValue = formatSample;

/** The time of a scalar or string: as many decimals as it takes. */
const formatPlainTime = (ms: number): string => String(ms / 1000);

/** Bytes that are not UTF-8 are each the replacement character in JSON, as Go writes them. */
const textJson = (text: string): string => JSON.stringify(text.toWellFormed());

function metricJson(labels: Labels): string {
  let text = "{";
  for (const name of sortTexts(Object.keys(labels)))
    text += `${text.length === 1 ? "" : ","}${JSON.stringify(name)}:${textJson(labels[name] ?? "")}`;
  return `${text}}`;
}

/** Boundary rule of a bucket: 0 open left, 1 open right, 2 open both, 3 closed both. */
export function histogramJson(h: NativeHistogram): string {
  const buckets = ascendingBuckets(h)
    .filter((bucket) => bucket.count !== 0)
    .map((bucket) => {
      const rule = bucket.zero ? 3 : isCustom(h) ? (bucket.lower === -Infinity ? 3 : 0) : bucket.upper <= 0 && bucket.lower < 0 ? 1 : 0;
      return `[${rule},"${formatSample(bucket.lower)}","${formatSample(bucket.upper)}","${formatSample(bucket.count)}"]`;
    });
  const body = buckets.length === 0 ? "" : `,"buckets":[${buckets.join(",")}]`;
  return `{"count":"${formatSample(h.count)}","sum":"${formatSample(h.sum)}"${body}}`;
}

/** Stops after each histogram, of which one may take 200 kB. */
function* writeSeries({ labels, timestamps, values, histograms = [] }: MatrixSeries, out: JsonBytes): Generator<void> {
  out.text(`{"metric":${metricJson(labels)}`);
  const others = histograms.reduce((count, histogram) => (histogram === undefined ? count : count + 1), 0);
  if (others === 0 || others < timestamps.length) {
    out.text(',"values":[');
    out.floats(timestamps, values, others === 0 ? undefined : histograms);
    out.text("]");
  }
  let before = ',"histograms":[';
  for (const [at, histogram] of histograms.entries()) {
    if (histogram === undefined) continue;
    out.text(`${before}[${formatTime(timestamps[at] ?? 0)},${histogramJson(histogram)}]`);
    before = ",";
    yield;
  }
  out.text(others > 0 ? "]}" : "}");
}

function sampleJson({ labels, t, value, histogram }: VectorSample): string {
  const point =
    histogram === undefined
      ? `"value":[${formatTime(t)},"${formatSample(value)}"]`
      : `"histogram":[${formatTime(t)},${histogramJson(histogram)}]`;
  return `{"metric":${metricJson(labels)},${point}}`;
}

/** Stops after each series and histogram. */
function* writeResult(value: QueryValue, out: JsonBytes): Generator<void> {
  if (value.type === "scalar") return out.text(`[${formatPlainTime(value.t)},"${formatFloat(value.value)}"]`);
  if (value.type === "string") return out.text(`[${formatPlainTime(value.t)},${textJson(value.value)}]`);
  let before = "[";
  if (value.type === "vector") {
    for (const sample of value.samples) {
      out.text(before + sampleJson(sample));
      before = ",";
      yield;
    }
  } else {
    for (const series of value.series) {
      out.text(before);
      yield* writeSeries(series, out);
      before = ",";
      yield;
    }
  }
  out.text(before === "[" ? "[]" : "]");
}

const CHUNK_BYTES = 65_536;

/** The body in pieces of about 64 kB, UTF-8, made as they are asked for. Warnings and infos are left out when there are none, as Prometheus does. */
export function* queryResultChunks(result: QueryResult, stats?: string): Generator<Uint8Array<ArrayBuffer>> {
  const out = new JsonBytes();
  try {
    out.text(`{"status":"success","data":{"resultType":"${result.value.type}","result":`);
    for (const _series of writeResult(result.value, out)) if (out.length >= CHUNK_BYTES) yield out.take();
    out.text(stats === undefined ? "}" : `,"stats":${stats}}`);
    if (result.warnings.length > 0) out.text(`,"warnings":${JSON.stringify(result.warnings)}`);
    if (result.infos.length > 0) out.text(`,"infos":${JSON.stringify(result.infos)}`);
    out.text("}");
    yield out.take();
  } finally {
    out.close();
  }
}

/** The whole body. `stats`: JSON for `data.stats`. */
export function writeQueryResult(result: QueryResult, stats?: string): Uint8Array<ArrayBuffer> {
  const chunks = [...queryResultChunks(result, stats)];
  const body = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

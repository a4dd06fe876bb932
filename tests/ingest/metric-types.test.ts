import { METRIC_TYPES } from "@sightline/shared/model/metric";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { expect, test } from "vitest";
import { PROMETHEUS_TEXT } from "../../worker/src/export/prometheus-text.ts";
import { metricTypeOf } from "../../worker/src/ingest/remote-write.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "../../worker/src/storage/series-columns.ts";
import type { IndexedSeries } from "../../worker/src/storage/series-index.ts";
import { SeriesIndex } from "../../worker/src/storage/series-index.ts";
import { readSeries, writeSeries } from "../../worker/src/storage/series-record.ts";

const series: readonly IndexedSeries[] = METRIC_TYPES.flatMap((type, at) =>
  (["cumulative", "delta"] as const).map((temporality, second) => ({
    ref: at * 2 + second,
    labels: { __name__: `m_${type}`, temporality },
    metadata: { type, unit: "seconds", help: `a ${type}` },
    temporality,
  })),
);

test("the types of remote write are those of its proto, info and stateset and gaugehistogram among them", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(metricTypeOf)).toEqual([
    "unknown",
    "counter",
    "gauge",
    "histogram",
    "gaugehistogram",
    "summary",
    "info",
    "stateset",
  ]);
});

test("every type comes back from the log and from stored definitions, and older numbers mean what they meant", () => {
  expect(METRIC_TYPES.slice(0, 5)).toEqual(["unknown", "counter", "gauge", "histogram", "summary"]);
  expect(METRIC_TYPES.length).toBeLessThanOrEqual(8);
  const index = new SeriesIndex();
  for (const one of series) {
    const writer = new ByteWriter(64);
    index.add(one.labels, one.metadata, one.temporality, one.ref);
    writeSeries(writer, index, one.ref, one.metadata);
    expect(readSeries(new ByteReader(writer.view()))).toEqual(one);
  }
  expect(decodeSeriesColumns(encodeSeriesColumns(series)).sort((a, b) => a.ref - b.ref)).toEqual(series);
});

test("text of version 0.0.4 says the nearest type it has a word for", () => {
  const writer = PROMETHEUS_TEXT.writer();
  const text = series
    .filter(({ temporality }) => temporality === "cumulative")
    .map((one) => writer.series({ ...one, timestamps: Float64Array.of(1), values: Float64Array.of(1) }))
    .join("");
  expect([...text.matchAll(/# TYPE m_(\w+) (\w+)/g)].map(([, type, said]) => [type, said])).toEqual(
    METRIC_TYPES.map((type) => [
      type,
      { unknown: "untyped", gaugehistogram: "histogram", info: "gauge", stateset: "gauge" }[type as string] ?? type,
    ]),
  );
});

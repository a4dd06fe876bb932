import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { METRIC_TYPES, type MetricMetadata } from "@sightline/shared/model/metric";
import type { IndexedSeries } from "./series-index.ts";

const TYPE_MASK = 7;
const DELTA = 8;

/** ref varint · type and temporality u8 · unit · help · label count varint · {name, value}; strings UTF-8 with their length. */
export function writeSeries(writer: ByteWriter, series: IndexedSeries): void {
  writer.varint(series.ref);
  writer.u8(Math.max(0, METRIC_TYPES.indexOf(series.metadata.type)) | (series.temporality === "delta" ? DELTA : 0));
  writer.string(series.metadata.unit);
  writer.string(series.metadata.help);
  const names = Object.keys(series.labels);
  writer.varint(names.length);
  for (const name of names) {
    writer.string(name);
    writer.string(series.labels[name] ?? "");
  }
}

export function readSeries(reader: ByteReader): IndexedSeries {
  const ref = reader.varint();
  const kind = reader.u8();
  const metadata: MetricMetadata = { type: METRIC_TYPES[kind & TYPE_MASK] ?? "unknown", unit: reader.string(), help: reader.string() };
  const labels: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.string();
    labels[name] = reader.string();
  }
  return { ref, labels, metadata, temporality: (kind & DELTA) === 0 ? "cumulative" : "delta" };
}

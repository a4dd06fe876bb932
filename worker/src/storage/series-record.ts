import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { METRIC_TYPES, type MetricMetadata } from "@sightline/shared/model/metric";
import type { IndexedSeries, SeriesIndex } from "./series-index.ts";

const TYPE_MASK = 7;
const DELTA = 8;

/** Of the series that is written. */
const values: number[] = [];

/** ref varint · type and temporality u8 · unit · help · label count varint · {name, value}; strings UTF-8 with their length. */
export function writeSeries(writer: ByteWriter, index: SeriesIndex, ref: number, metadata: MetricMetadata): void {
  writer.varint(ref);
  writer.u8(Math.max(0, METRIC_TYPES.indexOf(metadata.type)) | (index.temporality(ref) === "delta" ? DELTA : 0));
  writer.string(metadata.unit);
  writer.string(metadata.help);
  values.length = 0;
  index.appendValues(values, ref);
  writer.varint(values.length);
  for (const id of values) {
    writer.string(index.nameOf(id));
    writer.string(index.text(id));
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

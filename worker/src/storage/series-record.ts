import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import type { IndexedSeries } from "./series-index.ts";

const TYPES: readonly MetricType[] = ["unknown", "counter", "gauge", "histogram", "summary"];

/** ref varint · type u8 · unit · help · label count varint · {name, value}; strings UTF-8 with their length. */
export function writeSeries(writer: ByteWriter, series: IndexedSeries): void {
  writer.varint(series.ref);
  writer.u8(Math.max(0, TYPES.indexOf(series.metadata.type)));
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
  const metadata: MetricMetadata = { type: TYPES[reader.u8()] ?? "unknown", unit: reader.string(), help: reader.string() };
  const labels: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.string();
    labels[name] = reader.string();
  }
  return { ref, labels, metadata };
}

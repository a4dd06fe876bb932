import { type Field, concat, double, message, text, varint } from "./protobuf-writer.ts";

/** Writes ExportMetricsServiceRequest as an exporter does (opentelemetry/proto/metrics/v1/metrics.proto). */
export function fixed64(value: bigint | number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true);
  return bytes;
}

export const attribute = (field: number, key: string, value: string): Field => [
  field,
  2,
  message(text(1, key), [2, 2, message(text(1, value))]),
];

export const timeOf = (ms: number): Field => [3, 1, fixed64(BigInt(ms) * 1_000_000n)];

export const numberPoint = (ms: number, value: number, ...fields: readonly Field[]): Field => [
  1,
  2,
  message(timeOf(ms), [4, 1, double(value)], ...fields),
];

export const gauge = (...points: readonly Field[]): Field => [5, 2, message(...points)];

export const sum = (temporality: number, monotonic: boolean, ...points: readonly Field[]): Field => [
  7,
  2,
  message(...points, [2, 0, varint(temporality)], [3, 0, varint(monotonic ? 1 : 0)]),
];

export const metric = (name: string, unit: string, data: Field, description = ""): Uint8Array =>
  message(text(1, name), text(2, description), text(3, unit), data);

export const packed = (...values: readonly Uint8Array[]): Uint8Array => concat(...values);

/** A request of one resource and one scope. */
export function request(resource: Readonly<Record<string, string>>, ...metrics: readonly Uint8Array[]): Uint8Array {
  const attributes = Object.entries(resource).map(([key, value]) => attribute(1, key, value));
  const scope = message(text(1, "shop.meter"), text(2, "1.2"));
  const scopeMetrics = message([1, 2, scope], ...metrics.map((one): Field => [2, 2, one]));
  return message([1, 2, message([1, 2, message(...attributes)], [2, 2, scopeMetrics])]);
}

import type { BodyBudget } from "../body-budget.ts";
import type { ProtobufReader } from "../protobuf-reader.ts";
import type { OtlpExemplar } from "./model.ts";
import { readAttribute } from "./read-protobuf-value.ts";

const hexOf = (bytes: Uint8Array): string => Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** `Exemplar`, added to the others of its point unless the body holds too many. */
export function readExemplar(field: ProtobufReader, budget: BodyBudget, into: OtlpExemplar[]): void {
  if (!budget.spare("exemplars")) return field.skip();
  const reader = field.message();
  const attributes: (readonly [string, string])[] = [];
  let t = 0;
  let value = 0;
  let traceId = "";
  let spanId = "";
  while (reader.next()) {
    if (reader.field === 7) attributes.push(readAttribute(reader.message(), budget));
    else if (reader.field === 2) t = Number(reader.fixed64() / 1_000_000n);
    else if (reader.field === 3) value = reader.double();
    else if (reader.field === 6) value = Number(BigInt.asIntN(64, reader.fixed64()));
    else if (reader.field === 4) spanId = hexOf(reader.bytes());
    else if (reader.field === 5) traceId = hexOf(reader.bytes());
    else reader.skip();
  }
  into.push({ attributes, traceId, spanId, t, value });
}

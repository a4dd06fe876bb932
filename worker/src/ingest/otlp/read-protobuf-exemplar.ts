import type { ProtobufReader } from "../protobuf-reader.ts";
import type { OtlpExemplar } from "./model.ts";
import { readAttribute } from "./read-protobuf-value.ts";

const hexOf = (bytes: Uint8Array): string => Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** `Exemplar`. */
export function readExemplar(reader: ProtobufReader): OtlpExemplar {
  const attributes: (readonly [string, string])[] = [];
  let t = 0;
  let value = 0;
  let traceId = "";
  let spanId = "";
  while (reader.next()) {
    if (reader.field === 7) attributes.push(readAttribute(reader.message()));
    else if (reader.field === 2) t = Number(reader.fixed64() / 1_000_000n);
    else if (reader.field === 3) value = reader.double();
    else if (reader.field === 6) value = Number(BigInt.asIntN(64, reader.fixed64()));
    else if (reader.field === 4) spanId = hexOf(reader.bytes());
    else if (reader.field === 5) traceId = hexOf(reader.bytes());
    else reader.skip();
  }
  return { attributes, traceId, spanId, t, value };
}

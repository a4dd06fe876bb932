import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { MalformedProtobuf, ProtobufReader } from "./protobuf-reader.ts";

/** Times in ms, inclusive. */
export interface ReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
}

const OPERATORS: readonly Matcher["op"][] = ["=", "!=", "=~", "!~"];

function readMatcher(reader: ProtobufReader): Matcher {
  let type = 0;
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) type = reader.uint();
    else if (reader.field === 2) name = reader.string();
    else if (reader.field === 3) value = reader.string();
    else reader.skip();
  }
  const op = OPERATORS[type];
  if (op === undefined) throw new MalformedProtobuf(`matcher type ${type}`);
  return { name, op, value };
}

function readQuery(reader: ProtobufReader): ReadQuery {
  let startMs = 0;
  let endMs = 0;
  const matchers: Matcher[] = [];
  while (reader.next()) {
    if (reader.field === 1) startMs = reader.int();
    else if (reader.field === 2) endMs = reader.int();
    else if (reader.field === 3) matchers.push(readMatcher(reader.message()));
    else reader.skip();
  }
  return { startMs, endMs, matchers };
}

/** `ReadRequest.ResponseType` by number. */
const RESPONSE_TYPES = ["SAMPLES", "STREAMED_XOR_CHUNKS"] as const;
type ReadResponseType = (typeof RESPONSE_TYPES)[number];

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** The first one that the reader takes and that is known here; samples when it says nothing. */
  readonly responseType: ReadResponseType;
}

/** Packed, as proto3 writes them, or one by one. */
function readResponseTypes(reader: ProtobufReader, into: number[]): void {
  if (reader.wireType === 0) {
    into.push(reader.uint());
    return;
  }
  const packed = reader.message();
  while (!packed.atEnd) into.push(packed.uint());
}

/** `prometheus.ReadRequest`, unpacked. Hints are passed over. Failure `bad_data`, also where no response type that it accepts is known. */
export function decodeReadRequest(bytes: Uint8Array): Result<ReadRequest> {
  try {
    const reader = new ProtobufReader(bytes);
    const queries: ReadQuery[] = [];
    const types: number[] = [];
    while (reader.next()) {
      if (reader.field === 1) queries.push(readQuery(reader.message()));
      else if (reader.field === 2) readResponseTypes(reader, types);
      else reader.skip();
    }
    const known = types.length === 0 ? 0 : types.find((type) => type < RESPONSE_TYPES.length);
    const responseType = RESPONSE_TYPES[known ?? Infinity];
    if (responseType === undefined) {
      const supported = `map[${RESPONSE_TYPES.map((type) => `${type}:{}`).join(" ")}]`;
      const asked = types.slice(0, 10).join(" ");
      return fail("bad_data", `server does not support any of the requested response types: [${asked}]; supported: ${supported}`);
    }
    return ok({ queries, responseType });
  } catch (error) {
    if (error instanceof MalformedProtobuf) return fail("bad_data", `The body is no prometheus.ReadRequest: ${error.message}.`);
    throw error;
  }
}

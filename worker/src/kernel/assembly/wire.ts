// The protobuf wire format: a cursor, moved by what is read.
import { MALFORMED_PROTOBUF, fault, raise } from "./fault";

/** Where the next read begins. */
export let at: u32 = 0;

export function seek(to: u32): void {
  at = to;
}

/** At most ten bytes, the tenth at most 1. */
export function varint(end: u32): u64 {
  let value: u64 = 0;
  let p = at;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (p >= end) break;
    const byte = <u64>load<u8>(p++);
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      at = p;
      return value;
    }
  }
  raise(MALFORMED_PROTOBUF, p);
  at = end;
  return 0;
}

/** Field number times 8 plus wire type; 0 when it is no tag. */
export function tag(end: u32): u32 {
  const value = varint(end);
  if (value < 8 || value > 0xffff_ffff) {
    raise(MALFORMED_PROTOBUF, at);
    return 0;
  }
  return <u32>value;
}

/** End of the length-delimited field whose payload then begins at `at`; 0 when it runs past `end`. */
export function payload(end: u32): u32 {
  const size = varint(end);
  if (fault || size > <u64>(end - at)) {
    raise(MALFORMED_PROTOBUF, at);
    return 0;
  }
  return at + <u32>size;
}

/** Over a field that nobody reads. */
export function skip(wireType: u32, end: u32): bool {
  if (wireType == 0) {
    varint(end);
    return fault == 0;
  }
  let next: u32 = 0;
  if (wireType == 1 && end - at >= 8) next = at + 8;
  else if (wireType == 2) next = payload(end);
  else if (wireType == 5 && end - at >= 4) next = at + 4;
  if (next == 0) return raise(MALFORMED_PROTOBUF, at);
  at = next;
  return true;
}

// `io.prometheus.write.v2.Request` (remote write 2.0): symbols = 4, timeseries = 5; of them labels_refs = 1, samples = 2,
// histograms = 3, exemplars = 4, metadata = 5. The key of a series is its label fields as 1.0 would write them, then its
// metadata as a field 15 if it has any: when they change, the caller hears of it.
import { MALFORMED_PROTOBUF, NEEDS_OBJECTS, fault, raise } from "./fault";
import { SLACK, allocate, enlarge } from "./memory";
import { KEY, LENGTH, find, hash, insert, isEntry } from "./label-sets";
import { count } from "./columns";
import { begin, end as endSuccession, epoch, follow, guess, predicting } from "./succession";
import { sample, slowSample } from "./sample";
import { isUtf8 } from "./utf8";
import { at, payload, seek, skip, tag, varint } from "./wire";

const MAX_SYMBOLS: u32 = 131072;
const MAX_REFS: u32 = 4096;
const MAX_KEY: u32 = 65536;

/** Address and length of every symbol, 8 bytes each. */
let symbols: u32 = 0;
let symbolCapacity: u32 = 0;
let symbolCount: u32 = 0;
/** Of the series being read. */
let refs: u32 = 0;
let refCount: u32 = 0;
let key: u32 = 0;

export function forgetSymbols(): void {
  symbolCapacity = 0;
  refs = 0;
}

export function readRequest2(from: u32, end: u32): bool {
  if (refs == 0) {
    refs = allocate(MAX_REFS * 4);
    key = allocate(MAX_KEY + SLACK);
    if (refs == 0 || key == 0) return raise(NEEDS_OBJECTS, from);
  }
  if (!readSymbols(from, end)) return false;
  begin(1);
  seek(from);
  while (at < end) {
    const field = tag(end);
    if (field != 0x2a) {
      if (!skip(field & 7, end)) return false;
      continue;
    }
    const next = payload(end);
    if (!readSeries(at, next)) return false;
    seek(next);
  }
  endSuccession(1);
  return true;
}

/** Checks all fields of the request on the way. */
function readSymbols(from: u32, end: u32): bool {
  symbolCount = 0;
  seek(from);
  while (at < end) {
    const field = tag(end);
    if (fault) return false;
    if (field != 0x22) {
      if (field >> 3 == 4 || (field >> 3 == 5 && field != 0x2a)) return raise(MALFORMED_PROTOBUF, at);
      if (!skip(field & 7, end)) return false;
      continue;
    }
    const next = payload(end);
    if (next == 0) return false;
    if (!isUtf8(at, next)) return raise(MALFORMED_PROTOBUF, at);
    if (symbolCount == symbolCapacity && !growSymbols()) return raise(NEEDS_OBJECTS, at);
    store<u32>(symbols + (symbolCount << 3), at);
    store<u32>(symbols + (symbolCount << 3), next - at, 4);
    symbolCount += 1;
    seek(next);
  }
  return symbolCount == 0 || load<u32>(symbols, 4) == 0 || raise(MALFORMED_PROTOBUF, from);
}

function growSymbols(): bool {
  const to: u32 = symbolCapacity == 0 ? 4096 : symbolCapacity * 2;
  if (to > MAX_SYMBOLS) return false;
  symbols = enlarge(symbols, symbolCapacity * 8, to * 8);
  symbolCapacity = symbols == 0 ? 0 : to;
  return symbols != 0;
}

function readSeries(from: u32, end: u32): bool {
  const start = count;
  refCount = 0;
  let type: u64 = 0;
  let help: u32 = 0;
  let unit: u32 = 0;
  seek(from);
  while (at < end) {
    const begins = at;
    const short = load<u8>(at) == 0x12;
    const field = short ? 0x12 : tag(end);
    if (fault) return false;
    if (field == 0x12) {
      const next = short ? sample(begins, end) : slowSample(begins, end);
      if (next == 0) return false;
      seek(next);
      continue;
    }
    if (field == 0x0a) {
      const next = payload(end);
      if (next == 0) return false;
      while (at < next) if (!pushRef(symbol(next))) return false;
    } else if (field == 0x08) {
      if (!pushRef(symbol(end))) return false;
    } else if (field == 0x2a) {
      const next = payload(end);
      if (next == 0) return false;
      type = 0;
      help = 0;
      unit = 0;
      while (at < next) {
        const inner = tag(next);
        if (inner == 0x08) type = varint(next);
        else if (inner == 0x18) help = symbol(next);
        else if (inner == 0x20) unit = symbol(next);
        else if (inner >> 3 == 1 || inner >> 3 == 3 || inner >> 3 == 4) return raise(MALFORMED_PROTOBUF, at);
        else skip(inner & 7, next);
        if (fault) return false;
      }
    } else if (field >> 3 == 3 || field >> 3 == 4) return raise(NEEDS_OBJECTS, at);
    else if (field >> 3 < 3 || field >> 3 == 5) return raise(MALFORMED_PROTOBUF, at);
    else if (!skip(field & 7, end)) return false;
  }
  if ((refCount & 1) != 0) return raise(MALFORMED_PROTOBUF, end);
  if (count == start) return raise(NEEDS_OBJECTS, from);
  const length = writeKey(type > 7 ? 0 : <u32>type, help, unit);
  if (length == 0xffff_ffff) return raise(NEEDS_OBJECTS, from);
  return resolve(length, start);
}

/** Reads a reference to a symbol that there is. */
function symbol(end: u32): u32 {
  const ref = varint(end);
  if (ref >= symbolCount) {
    raise(MALFORMED_PROTOBUF, at);
    return 0;
  }
  return <u32>ref;
}

function pushRef(ref: u32): bool {
  if (fault) return false;
  if (refCount == MAX_REFS) return raise(NEEDS_OBJECTS, at);
  store<u32>(refs + (refCount << 2), ref);
  refCount += 1;
  return true;
}

function resolve(length: u32, start: u32): bool {
  if (predicting() && isEntry(guess, 1, key, length)) {
    follow(guess, start);
    return true;
  }
  const code = hash(key, length);
  let entry = find(code, 1, key, length);
  if (entry == 0) entry = insert(code, 1, key, length, epoch);
  if (entry == 0) return raise(NEEDS_OBJECTS, at);
  follow(entry, start);
  return true;
}

function lengthOf(ref: u32): u32 {
  return load<u32>(symbols + (ref << 3), 4);
}

function sizeOfVarint(value: u32): u32 {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

/** Returns the key's length, or 2^32 - 1 when it is longer than keys may be. */
function writeKey(type: u32, help: u32, unit: u32): u32 {
  let p = key;
  const limit = key + MAX_KEY;
  for (let i: u32 = 0; i < refCount; i += 2) {
    const name = load<u32>(refs + (i << 2));
    const value = load<u32>(refs + (i << 2), 4);
    const nameLength = lengthOf(name);
    const valueLength = lengthOf(value);
    if (nameLength > MAX_KEY || valueLength > MAX_KEY || p + nameLength + valueLength + 16 > limit) return 0xffff_ffff;
    p = writePrefix(p, 0x0a, 2 + sizeOfVarint(nameLength) + nameLength + sizeOfVarint(valueLength) + valueLength);
    p = writeSymbol(p, 0x0a, name);
    p = writeSymbol(p, 0x12, value);
  }
  if (symbolCount == 0) return p - key;
  const helpLength = lengthOf(help);
  const unitLength = lengthOf(unit);
  if (type == 0 && helpLength == 0 && unitLength == 0) return p - key;
  if (helpLength > MAX_KEY || unitLength > MAX_KEY || p + helpLength + unitLength + 16 > limit) return 0xffff_ffff;
  p = writePrefix(p, 0x7a, 4 + sizeOfVarint(helpLength) + helpLength + sizeOfVarint(unitLength) + unitLength);
  store<u8>(p, 0x08);
  store<u8>(p, <u8>type, 1);
  p = writeSymbol(p + 2, 0x12, help);
  p = writeSymbol(p, 0x1a, unit);
  return p - key;
}

function writePrefix(p: u32, tag: u32, length: u32): u32 {
  store<u8>(p++, <u8>tag);
  while (length > 0x7f) {
    store<u8>(p++, <u8>(length | 0x80));
    length >>= 7;
  }
  store<u8>(p, <u8>length);
  return p + 1;
}

function writeSymbol(p: u32, tag: u32, ref: u32): u32 {
  const from = load<u32>(symbols + (ref << 3));
  const length = lengthOf(ref);
  p = writePrefix(p, tag, length);
  if (length <= 16) {
    store<u64>(p, load<u64>(from));
    store<u64>(p, load<u64>(from, 8), 8);
  } else memory.copy(p, from, length);
  return p + length;
}

// `io.prometheus.write.v2.Request` (remote write 2.0): symbols = 4, timeseries = 5; of them labels_refs = 1, samples = 2,
// histograms = 3, exemplars = 4, metadata = 5. Symbols are known by their bytes like label sets, each by the address of its
// entry. The key of a series is words of 4 bytes: type, help and unit of its metadata, then name and value of each label;
// so that the caller hears of metadata that change.
import { MALFORMED_PROTOBUF, NEEDS_OBJECTS, fault, raise } from "./fault";
import { SLACK, allocate, enlarge } from "./memory";
import { LENGTH, SYMBOLS, WORDS, find, hash, insert, isEntry } from "./label-sets";
import { setAside } from "./aside";
import { count, rewind } from "./columns";
import { begin, end as endSuccession, epoch, follow, guess, lookUp, predicting } from "./succession";
import { resolvePending } from "./pending";
import { sample, slowSample } from "./sample";
import { isUtf8 } from "./utf8";
import { at, payload, seek, skip, tag, varint } from "./wire";

const MAX_SYMBOLS: u32 = 131072;
const MAX_WORDS: u32 = 4096;
const METADATA_WORDS: u32 = 3;
const KEYS: u32 = 1 << 18;

/** The entry of every symbol of the message, 4 bytes each. */
let symbols: u32 = 0;
let symbolCapacity: u32 = 0;
let symbolCount: u32 = 0;
/** Keys of pending series, one after the other; that of the series being read is last. */
let keys: u32 = 0;
let key: u32 = 0;
let words: u32 = 0;

export function forgetSymbols(): void {
  symbolCapacity = 0;
  keys = 0;
}

export function readRequest2(from: u32, end: u32): bool {
  if (keys == 0) keys = allocate(KEYS + SLACK);
  if (keys == 0) return raise(NEEDS_OBJECTS, from);
  begin(WORDS);
  if (!readSymbols(from, end)) return false;
  key = keys;
  seek(from);
  while (at < end) {
    const begins = at;
    const field = tag(end);
    if (field != 0x2a) {
      if (!skip(field & 7, end)) return false;
      continue;
    }
    const next = payload(end);
    if (!readSeries(begins, at, next)) return false;
    seek(next);
  }
  if (!resolvePending()) return false;
  endSuccession();
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
    if (symbolCount == symbolCapacity && !growSymbols()) return raise(NEEDS_OBJECTS, at);
    const entry = symbolEntry(at, next);
    if (entry == 0) return false;
    store<u32>(symbols + (symbolCount << 2), entry);
    symbolCount += 1;
    seek(next);
  }
  return symbolCount == 0 || load<u32>(load<u32>(symbols), LENGTH) == 0 || raise(MALFORMED_PROTOBUF, from);
}

function symbolEntry(from: u32, end: u32): u32 {
  const code = hash(from, end - from);
  const known = find(code, SYMBOLS, from, end - from);
  if (known != 0) return known;
  if (!isUtf8(from, end)) {
    raise(MALFORMED_PROTOBUF, from);
    return 0;
  }
  const entry = insert(code, SYMBOLS, from, end - from, epoch);
  if (entry == 0) raise(NEEDS_OBJECTS, from);
  return entry;
}

function growSymbols(): bool {
  const to: u32 = symbolCapacity == 0 ? 4096 : symbolCapacity * 2;
  if (to > MAX_SYMBOLS) return false;
  symbols = enlarge(symbols, symbolCapacity * 4, to * 4);
  symbolCapacity = symbols == 0 ? 0 : to;
  return symbols != 0;
}

/** Its field begins at `begins`. One with exemplars or histograms, or without samples, is set aside whole. */
function readSeries(begins: u32, from: u32, end: u32): bool {
  const start = count;
  if (key + MAX_WORDS * 4 > keys + KEYS) {
    if (!resolvePending()) return false;
    key = keys;
  }
  words = METADATA_WORDS;
  setMetadata(0, 0, 0);
  seek(from);
  while (at < end) {
    const place = at;
    const short = load<u8>(at) == 0x12;
    const field: u32 = short ? 0x12 : tag(end);
    if (fault) return false;
    if (field == 0x12) {
      const next = short ? sample(place, end) : slowSample(place, end);
      if (next == 0) return false;
      seek(next);
    } else if (field == 0x0a) {
      const next = payload(end);
      if (next == 0) return false;
      if (!readRefs(next)) return false;
    } else if (field == 0x08) {
      if (!pushWord(symbol(end))) return false;
    } else if (field == 0x2a) {
      const next = payload(end);
      if (next == 0 || !readMetadata(next)) return false;
    } else if (field >> 3 == 3 || field >> 3 == 4) {
      rewind(start);
      return setAside(begins, end);
    } else if (field >> 3 < 3 || field >> 3 == 5) return raise(MALFORMED_PROTOBUF, at);
    else if (!skip(field & 7, end)) return false;
  }
  if (((words - METADATA_WORDS) & 1) != 0) return raise(MALFORMED_PROTOBUF, end);
  if (count == start) return setAside(begins, end);
  const length = words << 2;
  if (predicting() && isEntry(guess, WORDS, key, length)) follow(guess, start);
  else if (lookUp(key, length, start)) key += length;
  return true;
}

/** References to symbols, packed; nearly all are of one byte or two. */
function readRefs(end: u32): bool {
  let p = at;
  while (p < end) {
    const short = <u32>load<u16>(p);
    let ref: u32;
    if ((short & 0x80) == 0) {
      ref = short & 0x7f;
      p += 1;
    } else if ((short & 0x8000) == 0) {
      ref = (short & 0x7f) | ((short >> 8) << 7);
      p += 2;
    } else {
      seek(p);
      if (!pushWord(symbol(end))) return false;
      p = at;
      continue;
    }
    if (p > end || ref >= symbolCount) return raise(MALFORMED_PROTOBUF, p);
    if (words == MAX_WORDS) return raise(NEEDS_OBJECTS, p);
    store<u32>(key + (words << 2), load<u32>(symbols + (ref << 2)));
    words += 1;
  }
  seek(end);
  return true;
}

/** The last one of a series counts. */
function readMetadata(end: u32): bool {
  let type: u64 = 0;
  let help: u32 = 0;
  let unit: u32 = 0;
  while (at < end) {
    const field = tag(end);
    if (field == 0x08) type = varint(end);
    else if (field == 0x18) help = symbol(end);
    else if (field == 0x20) unit = symbol(end);
    else if (field >> 3 == 1 || field >> 3 == 3 || field >> 3 == 4) return raise(MALFORMED_PROTOBUF, at);
    else skip(field & 7, end);
    if (fault) return false;
  }
  setMetadata(type > 7 ? 0 : <u32>type, help, unit);
  return true;
}

/** The empty text is 0, whether it was said or not. */
function setMetadata(type: u32, help: u32, unit: u32): void {
  store<u32>(key, type);
  store<u32>(key, help == 0 || load<u32>(help, LENGTH) == 0 ? 0 : help, 4);
  store<u32>(key, unit == 0 || load<u32>(unit, LENGTH) == 0 ? 0 : unit, 8);
}

/** Reads a reference to a symbol, gives the symbol's entry; 0 when there is none. */
function symbol(end: u32): u32 {
  const ref = varint(end);
  if (ref < symbolCount) return load<u32>(symbols + ((<u32>ref) << 2));
  raise(MALFORMED_PROTOBUF, at);
  return 0;
}

function pushWord(word: u32): bool {
  if (fault) return false;
  if (words == MAX_WORDS) return raise(NEEDS_OBJECTS, at);
  store<u32>(key + (words << 2), word);
  words += 1;
  return true;
}

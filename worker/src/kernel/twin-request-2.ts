import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";
import { METADATA_WORDS } from "./label-text.ts";
import { SYMBOLS, WORDS } from "./twin-label-sets.ts";
import type { LabelSets } from "./twin-label-sets.ts";
import { NeedsObjects } from "./twin-resolver.ts";
import type { SeriesResolver } from "./twin-resolver.ts";
import { readSample } from "./twin-sample.ts";
import { WireCursor } from "./twin-wire.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const MAX_SYMBOLS = 131_072;
const MAX_WORDS = 4096;

/** The key of the series being read: its metadata, then name and value of each label. Words are entries of symbols, but for the first. */
const words = new Uint32Array(MAX_WORDS);
const wordBytes = new Uint8Array(words.buffer);
const wordView = new DataView(words.buffer);

/** `io.prometheus.write.v2.Request` (remote write 2.0) in the first `length` bytes. Throws MalformedProtobuf, NeedsObjects. */
export function readRequest2(bytes: Uint8Array, length: number, resolver: SeriesResolver): void {
  const cursor = new WireCursor(bytes);
  resolver.begin(WORDS);
  const symbols = readSymbols(cursor, length, resolver.sets);
  cursor.at = 0;
  while (cursor.at < length) {
    const from = cursor.at;
    const tag = cursor.tag(length);
    if (tag === 0x2a) {
      const end = cursor.payload(length);
      if (readSeries(cursor, end, symbols, resolver)) continue;
      resolver.setAside(from, end);
      cursor.at = end;
    } else if (tag >>> 3 === 5) throw new MalformedProtobuf(`a series of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, length);
  }
  resolver.end();
}

/** The entry of every symbol. */
function readSymbols(cursor: WireCursor, length: number, sets: LabelSets): number[] {
  const symbols: number[] = [];
  while (cursor.at < length) {
    const tag = cursor.tag(length);
    if (tag === 0x22) {
      const end = cursor.payload(length);
      if (symbols.length === MAX_SYMBOLS) throw new NeedsObjects();
      symbols.push(symbolEntry(cursor, end, sets));
      cursor.at = end;
    } else if (tag >>> 3 === 4) throw new MalformedProtobuf(`a symbol of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, length);
  }
  if (symbols.length > 0 && sets.keyLength(symbols[0] ?? 0) !== 0) throw new MalformedProtobuf("the first symbol is not the empty string");
  return symbols;
}

function symbolEntry({ bytes, view, at }: WireCursor, end: number, sets: LabelSets): number {
  const hash = sets.hash(view, at, end - at);
  const known = sets.find(hash, SYMBOLS, view, at, end - at);
  if (known !== 0) return known;
  try {
    utf8.decode(bytes.subarray(at, end));
  } catch {
    throw new MalformedProtobuf(`a symbol is not UTF-8 at byte ${at}`);
  }
  return sets.insert(hash, SYMBOLS, bytes, at, end - at);
}

/** False for a series with exemplars or histograms, or without samples: of that nothing is taken. */
function readSeries(cursor: WireCursor, end: number, symbols: readonly number[], resolver: SeriesResolver): boolean {
  const { columns, guess, sets } = resolver;
  const start = columns.count;
  words.fill(0, 0, METADATA_WORDS);
  let used = METADATA_WORDS;
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === 0x0a) used = readRefs(cursor, cursor.payload(end), symbols, used);
    else if (tag === 0x08) used = pushWord(used, readSymbol(cursor, end, symbols));
    else if (tag === 0x12) readSample(cursor, cursor.payload(end), columns);
    else if (tag === 0x2a) readMetadata(cursor, cursor.payload(end), symbols, sets);
    else if (tag >>> 3 === 3 || tag >>> 3 === 4) {
      columns.count = start;
      return false;
    } else if (tag < 24 || tag >>> 3 === 5) throw new MalformedProtobuf(`a field of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, end);
  }
  if ((used - METADATA_WORDS) % 2 !== 0) throw new MalformedProtobuf("a series has a label name without a value");
  if (columns.count === start) return false;
  if (guess !== 0 && sets.equals(guess, WORDS, wordView, 0, used * 4)) resolver.follow(guess, start);
  else resolver.lookUp(wordBytes, wordView, 0, used * 4, start);
  return true;
}

function readRefs(cursor: WireCursor, end: number, symbols: readonly number[], from: number): number {
  let used = from;
  while (cursor.at < end) used = pushWord(used, readSymbol(cursor, end, symbols));
  return used;
}

function pushWord(used: number, word: number): number {
  if (used === MAX_WORDS) throw new NeedsObjects();
  words[used] = word;
  return used + 1;
}

/** Reads a reference to a symbol, gives the symbol's entry. */
function readSymbol(cursor: WireCursor, end: number, symbols: readonly number[]): number {
  const ref = cursor.uint(end);
  const entry = symbols[ref];
  if (entry === undefined) throw new MalformedProtobuf(`symbol ${ref} of ${symbols.length}`);
  return entry;
}

/** The last one of a series counts. */
function readMetadata(cursor: WireCursor, end: number, symbols: readonly number[], sets: LabelSets): void {
  let [type, help, unit] = [0, 0, 0];
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === 0x08) type = cursor.uint(end);
    else if (tag === 0x18) help = readSymbol(cursor, end, symbols);
    else if (tag === 0x20) unit = readSymbol(cursor, end, symbols);
    else if (tag >>> 3 === 1 || tag >>> 3 === 3 || tag >>> 3 === 4)
      throw new MalformedProtobuf(`a field of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, end);
  }
  words[0] = type > 7 ? 0 : type;
  // The empty text is 0, whether it was said or not.
  words[1] = sets.keyLength(help) === 0 ? 0 : help;
  words[2] = sets.keyLength(unit) === 0 ? 0 : unit;
}

import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";
import { METADATA_FIELD } from "./label-text.ts";
import { MAX_KEY } from "./twin-request.ts";
import { NeedsObjects } from "./twin-resolver.ts";
import type { SeriesResolver } from "./twin-resolver.ts";
import { readSample } from "./twin-sample.ts";
import { WireCursor } from "./twin-wire.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const MAX_SYMBOLS = 131_072;
const MAX_REFS = 4096;

/** `io.prometheus.write.v2.Request` (remote write 2.0) in the first `length` bytes. Throws MalformedProtobuf, NeedsObjects. */
export function readRequest2(bytes: Uint8Array, length: number, resolver: SeriesResolver): void {
  const cursor = new WireCursor(bytes);
  const symbols = readSymbols(cursor, length);
  resolver.begin(1);
  const writer = new KeyWriter(bytes, symbols);
  cursor.at = 0;
  while (cursor.at < length) {
    const tag = cursor.tag(length);
    if (tag === 0x2a) readSeries(cursor, cursor.payload(length), symbols.length / 2, writer, resolver);
    else if (tag >>> 3 === 5) throw new MalformedProtobuf(`a series of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, length);
  }
  resolver.end();
}

/** Start and end of every symbol. */
function readSymbols(cursor: WireCursor, length: number): number[] {
  const symbols: number[] = [];
  while (cursor.at < length) {
    const tag = cursor.tag(length);
    if (tag === 0x22) {
      const end = cursor.payload(length);
      checkText(cursor.bytes.subarray(cursor.at, end));
      if (symbols.length === MAX_SYMBOLS * 2) throw new NeedsObjects();
      symbols.push(cursor.at, end);
      cursor.at = end;
    } else if (tag >>> 3 === 4) throw new MalformedProtobuf(`a symbol of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, length);
  }
  if (symbols[0] !== symbols[1]) throw new MalformedProtobuf("the first symbol is not the empty string");
  return symbols;
}

function checkText(bytes: Uint8Array): void {
  try {
    utf8.decode(bytes);
  } catch {
    throw new MalformedProtobuf("a symbol is not UTF-8");
  }
}

function readSeries(cursor: WireCursor, end: number, symbols: number, writer: KeyWriter, resolver: SeriesResolver): void {
  const { columns } = resolver;
  const start = columns.count;
  const refs = writer.refs;
  refs.length = 0;
  const pushRef = (to: number): void => {
    const ref = readRef(cursor, to, symbols);
    if (refs.length === MAX_REFS) throw new NeedsObjects();
    refs.push(ref);
  };
  let metadata = { type: 0, help: 0, unit: 0 };
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === 0x0a) for (const to = cursor.payload(end); cursor.at < to;) pushRef(to);
    else if (tag === 0x08) pushRef(end);
    else if (tag === 0x12) readSample(cursor, cursor.payload(end), columns);
    else if (tag === 0x2a) metadata = readMetadata(cursor, cursor.payload(end), symbols);
    else if (tag >>> 3 === 3 || tag >>> 3 === 4) throw new NeedsObjects();
    else if (tag < 24 || tag >>> 3 === 5) throw new MalformedProtobuf(`a field of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, end);
  }
  if (refs.length % 2 !== 0) throw new MalformedProtobuf("a series has a label name without a value");
  if (columns.count === start) throw new NeedsObjects();
  const length = writer.write(metadata);
  const { guess, sets } = resolver;
  if (guess !== 0 && sets.equals(guess, 1, writer.view, 0, length)) resolver.follow(guess, start);
  else resolver.lookUp(writer.key, writer.view, 0, length, start);
}

function readRef(cursor: WireCursor, end: number, symbols: number): number {
  const ref = cursor.uint(end);
  if (ref >= symbols) throw new MalformedProtobuf(`symbol ${ref} of ${symbols}`);
  return ref;
}

interface Metadata {
  readonly type: number;
  readonly help: number;
  readonly unit: number;
}

function readMetadata(cursor: WireCursor, end: number, symbols: number): Metadata {
  let [type, help, unit] = [0, 0, 0];
  while (cursor.at < end) {
    const tag = cursor.tag(end);
    if (tag === 0x08) type = cursor.uint(end);
    else if (tag === 0x18) help = readRef(cursor, end, symbols);
    else if (tag === 0x20) unit = readRef(cursor, end, symbols);
    else if (tag >>> 3 === 1 || tag >>> 3 === 3 || tag >>> 3 === 4)
      throw new MalformedProtobuf(`a field of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, end);
  }
  return { type: type > 7 ? 0 : type, help, unit };
}

const sizeOfVarint = (value: number): number => (value < 0x80 ? 1 : value < 0x4000 ? 2 : 3);

/** Keys as 1.0 would write the labels, then the metadata, if any, as a field that 1.0 does not have. */
class KeyWriter {
  readonly key = new Uint8Array(MAX_KEY);
  readonly view = new DataView(this.key.buffer);
  /** Of the series being read: names and values in turn. */
  readonly refs: number[] = [];
  readonly #bytes: Uint8Array;
  readonly #symbols: readonly number[];
  #at = 0;

  constructor(bytes: Uint8Array, symbols: readonly number[]) {
    this.#bytes = bytes;
    this.#symbols = symbols;
  }

  /** Returns the key's length. */
  write({ type, help, unit }: Metadata): number {
    this.#at = 0;
    const { refs } = this;
    for (let i = 0; i < refs.length; i += 2) {
      const name = refs[i] as number;
      const value = refs[i + 1] as number;
      const size = this.#size(name) + this.#size(value);
      this.#prefix(0x0a, 2 + size);
      this.#symbol(0x0a, name);
      this.#symbol(0x12, value);
    }
    if (type === 0 && this.#size(help) <= 1 && this.#size(unit) <= 1) return this.#at;
    this.#prefix(METADATA_FIELD * 8 + 2, 4 + this.#size(help) + this.#size(unit));
    this.key[this.#at++] = 0x08;
    this.key[this.#at++] = type;
    this.#symbol(0x12, help);
    this.#symbol(0x1a, unit);
    return this.#at;
  }

  #length(ref: number): number {
    return (this.#symbols[ref * 2 + 1] ?? 0) - (this.#symbols[ref * 2] ?? 0);
  }

  /** Of a symbol with its length before it. */
  #size(ref: number): number {
    const length = this.#length(ref);
    return sizeOfVarint(length) + length;
  }

  #prefix(tag: number, length: number): void {
    if (this.#at + length + 5 > MAX_KEY) throw new NeedsObjects();
    this.key[this.#at++] = tag;
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) this.key[this.#at++] = (rest & 0x7f) | 0x80;
    this.key[this.#at++] = rest;
  }

  #symbol(tag: number, ref: number): void {
    this.#prefix(tag, this.#length(ref));
    const from = this.#symbols[ref * 2] ?? 0;
    const to = this.#symbols[ref * 2 + 1] ?? 0;
    for (let i = from; i < to; i++) this.key[this.#at++] = this.#bytes[i] as number;
  }
}

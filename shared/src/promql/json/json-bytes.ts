import type { NativeHistogram } from "../../model/histogram.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { formatSample } from "./float-format.ts";
import { putFour, putShortest, putTwo } from "./shortest-decimal.ts";

/** `[1700000000.123,"-1.7976931348623157e+308"],` at its longest. */
const SAMPLE_BYTES = 64;
const COMMA = 44;
const QUOTE = 34;

/** Beyond what pieces of an answer take nothing is kept. */
const MOST_KEPT = 262_144;
/** What the last answer was written into. The buffers of a small one are most of what it allocates, and have V8 collect everything the sooner. */
let kept: Uint8Array<ArrayBuffer> | null = null;

/** JSON as it is written, in UTF-8: of many short texts none is made that is not told itself. */
export class JsonBytes {
  private bytes: Uint8Array<ArrayBuffer>;
  private end = 0;

  constructor() {
    this.bytes = kept ?? new Uint8Array(4096);
    kept = null;
  }

  /** Nothing is written after this. */
  close(): void {
    if (this.bytes.length <= MOST_KEPT) kept = this.bytes;
    this.bytes = new Uint8Array();
  }

  get length(): number {
    return this.end;
  }

  /** What was written since the last time. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.end);
    this.end = 0;
    return taken;
  }

  text(text: string): void {
    const bytes = this.room(text.length);
    let at = this.end;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        const rest = encodeUtf8(text.slice(i));
        this.end = at;
        this.room(rest.length).set(rest, at);
        at += rest.length;
        break;
      }
      bytes[at++] = code;
    }
    this.end = at;
  }

  /** `[time,"value"]` of each float, with commas between; times in ms. Where there is a histogram there is no float. */
  floats(timestamps: ArrayLike<number>, values: ArrayLike<number>, histograms: readonly (NativeHistogram | undefined)[] | undefined): void {
    const bytes = this.room(timestamps.length * SAMPLE_BYTES);
    const view = new DataView(bytes.buffer);
    const begun = this.end;
    let at = begun;
    for (let i = 0; i < timestamps.length; i++) {
      if (histograms !== undefined && histograms[i] !== undefined) continue;
      if (at > begun) bytes[at++] = COMMA;
      bytes[at++] = 91; // [
      at = putTime(bytes, view, at, timestamps, i);
      bytes[at++] = COMMA;
      bytes[at++] = QUOTE;
      at = putSample(bytes, view, at, values, i);
      bytes[at++] = QUOTE;
      bytes[at++] = 93; // ]
    }
    this.end = at;
  }

  private room(more: number): Uint8Array {
    if (this.end + more > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.end + more));
      larger.set(this.bytes.subarray(0, this.end));
      this.bytes = larger;
    }
    return this.bytes;
  }
}

/** Ms as seconds, with three decimals or none, as samples have them. */
export function formatTime(ms: number): string {
  return ms % 1000 === 0 ? String(ms / 1000) : (ms / 1000).toFixed(3);
}

/** Times since 2001, until 2038, have as many digits. */
const TEN_DIGITS = 1_000_000_000;

/** What follows is given columns and a place in them: V8 makes an object of each float that is handed over by itself. */
function putTime(bytes: Uint8Array, view: DataView, at: number, timestamps: ArrayLike<number>, i: number): number {
  const ms = timestamps[i] as number;
  const seconds = Math.floor(ms / 1000);
  // What integers of 32 bits hold, until 2038, is written without a text.
  if (seconds < 0 || seconds !== (seconds | 0)) return putAscii(bytes, at, formatTime(ms));
  const after = seconds < TEN_DIGITS ? putInteger(bytes, at, seconds) : putTenDigits(view, at, seconds);
  const rest = ms - seconds * 1000;
  if (rest === 0) return after;
  if (rest !== (rest | 0)) return putAscii(bytes, at, formatTime(ms));
  bytes[after] = 46; // .
  bytes[after + 1] = 48 + ((rest / 100) | 0);
  bytes[after + 2] = 48 + (((rest / 10) | 0) % 10);
  bytes[after + 3] = 48 + (rest % 10);
  return after + 4;
}

/** 10^9 ≤ n < 2^31. */
function putTenDigits(view: DataView, at: number, n: number): number {
  const six = (n / 10_000) | 0;
  const first = (six / 10_000) | 0;
  putTwo(view, at, first);
  putFour(view, at + 2, six - first * 10_000);
  putFour(view, at + 6, n - six * 10_000);
  return at + 10;
}

function putSample(bytes: Uint8Array, view: DataView, at: number, values: ArrayLike<number>, i: number): number {
  const value = values[i] as number;
  if (value > 0 && value === (value | 0)) return putInteger(bytes, at, value);
  const after = putShortest(bytes, view, at, values, i);
  return after > at ? after : putAscii(bytes, at, formatSample(value));
}

function putAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** 0 ≤ n < 2^31. */
function putInteger(bytes: Uint8Array, at: number, n: number): number {
  let digits = 1;
  for (let power = 10; n >= power; power *= 10) digits++;
  const after = at + digits;
  let left = n;
  for (let place = after - 1; place >= at; place--) {
    const tenth = (left / 10) | 0;
    bytes[place] = 48 + left - tenth * 10;
    left = tenth;
  }
  return after;
}

/**
 * Samples of a WAL record as columns (SCHEMA.md, section 5): refs as runs that go up by one, times as runs of equal ones,
 * values in as few bytes as their decimal form allows. Hot loops: plain arithmetic over typed arrays.
 */
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";

/** Samples of one section at most, so that no record outgrows a row. */
export const MAX_SECTION = 65_536;

// Forms of a value, four bits each: 0 to 4 an integer of so many bytes, 6 to 9 thousandths of one to four bytes, and:
const WIDE = 5;
const THOUSANDTHS = 5;
const WIDE_THOUSANDTHS = 10;
const RAW = 15;
/** |integer| below this fits six bytes after zigzag. */
const MAX_WHOLE = 2 ** 46;

/** The most bytes `length` samples can take. */
export const columnBytes = (length: number): number => 16 + length * 22;

/** Writes the columns at `at` of `bytes`, which has room for `columnBytes(length)`; returns the end. */
export function writeColumns(
  bytes: Uint8Array,
  at: number,
  refs: Int32Array,
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
): number {
  let end = writeVarint(bytes, at, to - from);
  let expected = 0;
  for (let i = from; i < to;) {
    const start = refs[i] as number;
    let next = start + 1;
    let j = i + 1;
    while (j < to && refs[j] === next) {
      j++;
      next++;
    }
    end = writeRun(bytes, end, start - expected, j - i);
    expected = next;
    i = j;
  }
  let previous = 0;
  for (let i = from; i < to;) {
    const t = times[i] as number;
    let j = i + 1;
    while (j < to && times[j] === t) j++;
    end = writeRun(bytes, end, t - previous, j - i);
    previous = t;
    i = j;
  }
  return writeValues(bytes, end, values, from, to);
}

function writeValues(bytes: Uint8Array, at: number, values: Float64Array, from: number, to: number): number {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  let forms = at;
  let end = at + ((to - from + 1) >> 1);
  let pair = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    let form: number;
    let whole = value | 0;
    if (whole === value && (whole !== 0 || halves[2 * i + 1] === 0)) form = 0;
    else {
      const scaled = Math.round(value * 1000);
      whole = scaled | 0;
      if (whole === scaled && whole !== 0 && whole / 1000 === value) form = THOUSANDTHS;
      else {
        form = wideForm(value, scaled);
        if (form === RAW) {
          const low = halves[2 * i] as number;
          const high = halves[2 * i + 1] as number;
          bytes[end] = low;
          bytes[end + 1] = low >>> 8;
          bytes[end + 2] = low >>> 16;
          bytes[end + 3] = low >>> 24;
          bytes[end + 4] = high;
          bytes[end + 5] = high >>> 8;
          bytes[end + 6] = high >>> 16;
          bytes[end + 7] = high >>> 24;
          end += 8;
        } else {
          const wide = form === WIDE ? value : scaled;
          const zigzag = wide >= 0 ? wide * 2 : -wide * 2 - 1;
          const high = Math.floor(zigzag / 2 ** 32);
          bytes[end] = zigzag >>> 0;
          bytes[end + 1] = (zigzag >>> 0) >>> 8;
          bytes[end + 2] = (zigzag >>> 0) >>> 16;
          bytes[end + 3] = (zigzag >>> 0) >>> 24;
          bytes[end + 4] = high;
          bytes[end + 5] = high >>> 8;
          end += 6;
        }
        whole = 0;
      }
    }
    if (whole !== 0) {
      const zigzag = (whole << 1) ^ (whole >> 31);
      // Four bytes are written whatever the length: the next value goes over what is too much.
      bytes[end] = zigzag;
      bytes[end + 1] = zigzag >>> 8;
      bytes[end + 2] = zigzag >>> 16;
      bytes[end + 3] = zigzag >>> 24;
      const length = (39 - Math.clz32(zigzag)) >> 3;
      end += length;
      form += length;
    }
    if (((i - from) & 1) === 0) pair = form;
    else bytes[forms++] = pair | (form << 4);
  }
  if (((to - from) & 1) === 1) bytes[forms] = pair;
  return end;
}

/** The form of a value that four bytes cannot hold. */
function wideForm(value: number, scaled: number): number {
  if (Math.floor(value) === value && value !== 0 && value < MAX_WHOLE && value > -MAX_WHOLE) return WIDE;
  if (scaled < MAX_WHOLE && scaled > -MAX_WHOLE && scaled !== 0 && scaled / 1000 === value) return WIDE_THOUSANDTHS;
  return RAW;
}

/** One run: the difference from where it was expected, with a bit that says whether its length follows. */
function writeRun(bytes: Uint8Array, at: number, difference: number, length: number): number {
  const token = (difference >= 0 ? difference * 2 : -difference * 2 - 1) * 2;
  if (length === 1) return writeVarint(bytes, at, token);
  return writeVarint(bytes, writeVarint(bytes, at, token + 1), length - 2);
}

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 0x8000_0000) {
    bytes[end++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    bytes[end++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[end++] = rest;
  return end;
}

export interface WalColumns {
  readonly refs: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Reads what `writeColumns` wrote; throws RangeError where the bytes cannot be that. */
export function readColumns(reader: ByteReader, body: Uint8Array): WalColumns {
  const length = reader.varint();
  if (length > MAX_SECTION) throw new RangeError(`a section of ${length} samples`);
  const refs = new Int32Array(length);
  let expected = 0;
  for (let i = 0; i < length;) {
    const token = reader.varint();
    let ref = expected + differenceOf(token);
    const end = endOfRun(reader, token, i, length);
    if (ref < 0 || ref + end - i > 0x7fff_ffff) throw new RangeError(`series ref ${ref}`);
    while (i < end) refs[i++] = ref++;
    expected = ref;
  }
  const times = new Float64Array(length);
  let t = 0;
  for (let i = 0; i < length;) {
    const token = reader.varint();
    t += differenceOf(token);
    const end = endOfRun(reader, token, i, length);
    times.fill(t, i, end);
    i = end;
  }
  return { refs, times, values: readValues(reader, body, length) };
}

const differenceOf = (token: number): number => {
  const zigzag = Math.floor(token / 2);
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
};

function endOfRun(reader: ByteReader, token: number, from: number, length: number): number {
  const end = from + (token % 2 === 0 ? 1 : reader.varint() + 2);
  if (end > length) throw new RangeError(`a run of ${end - from} samples where ${length - from} are left`);
  return end;
}

function readValues(reader: ByteReader, body: Uint8Array, length: number): Float64Array {
  const values = new Float64Array(length);
  const halves = new Uint32Array(values.buffer);
  let forms = reader.offset;
  reader.bytes((length + 1) >> 1);
  let at = reader.offset;
  for (let i = 0; i < length; i++) {
    const pair = body[forms] as number;
    const form = (i & 1) === 0 ? pair & 15 : pair >> 4;
    if ((i & 1) === 1) forms++;
    const width = WIDTHS[form] as number;
    if (at + width > body.length) throw new RangeError(`values end at ${body.length}`);
    if (form === RAW) {
      halves[2 * i] = u32(body, at);
      halves[2 * i + 1] = u32(body, at + 4);
    } else if (width <= 4) {
      let zigzag = 0;
      for (let byte = 0; byte < width; byte++) zigzag |= (body[at + byte] as number) << (8 * byte);
      const whole = (zigzag >>> 1) ^ -(zigzag & 1);
      values[i] = form < WIDE ? whole : whole / 1000;
    } else {
      const zigzag = ((body[at + 4] as number) | ((body[at + 5] as number) << 8)) * 2 ** 32 + u32(body, at);
      const whole = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      values[i] = form === WIDE ? whole : whole / 1000;
    }
    at += width;
  }
  reader.offset = at;
  return values;
}

/** Bytes of each form; forms that are not written count as more than any record holds. */
const WIDTHS = Int32Array.of(0, 1, 2, 3, 4, 6, 1, 2, 3, 4, 6, 2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30, 8);

const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;

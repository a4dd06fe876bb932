/** What chunks of Prometheus's TSDB are written with (tsdb/chunkenc: bstream.go, varbit.go, xor.go of prometheus/prometheus). */
import type { BitSink } from "@sightline/shared/encoding/bit-sink";

/** 64 bits of two's complement; above 2^53 those of the number, which has lost the lowest. */
function put64(sink: BitSink, value: number): void {
  sink.put32(Math.floor(value / 2 ** 32) >>> 0, 32);
  sink.put32(value >>> 0, 32);
}

function putWide(sink: BitSink, value: number, width: number): void {
  if (width <= 32) {
    sink.put32(value >>> 0, width);
    return;
  }
  sink.put32(Math.floor(value / 2 ** 32) >>> 0, width - 32);
  sink.put32(value >>> 0, 32);
}

/** An integer behind a prefix of ones that names its width: nothing behind a lone zero, `widths[i]` bits behind i + 1 ones and a zero, 64 behind as many ones as there are widths and one more. */
export function putPrefixed(sink: BitSink, value: number, widths: readonly number[]): void {
  if (value === 0) {
    sink.put(0, 1);
    return;
  }
  for (let i = 0; i < widths.length; i++) {
    const width = widths[i] as number;
    const half = 2 ** (width - 1);
    if (value <= -half || value > half) continue;
    sink.put(2 ** (i + 2) - 2, i + 2);
    putWide(sink, value, width);
    return;
  }
  sink.put(2 ** (widths.length + 1) - 1, widths.length + 1);
  put64(sink, value);
}

const WIDTHS: readonly number[] = [3, 6, 9, 12, 18, 25, 56];

/** `putVarbitInt`. */
export const putVarbit = (sink: BitSink, value: number): void => putPrefixed(sink, value, WIDTHS);

/** `putVarbitUint`: the same widths, without a sign. */
export function putVarbitUnsigned(sink: BitSink, value: number): void {
  if (value === 0) {
    sink.put(0, 1);
    return;
  }
  const at = WIDTHS.findIndex((width) => value < 2 ** width);
  if (at < 0) {
    sink.put(255, 8);
    put64(sink, value);
    return;
  }
  sink.put(2 ** (at + 2) - 2, at + 2);
  putWide(sink, value, WIDTHS[at] as number);
}

/** LEB128, in whole bytes of the bit stream. */
export function putUvarint(sink: BitSink, value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) sink.put((rest % 128) | 128, 8);
  sink.put(rest, 8);
}

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/** A column of floats, each by XOR with the one before (Pelkonen et al., "Gorilla", VLDB 2015); by words, so that every NaN keeps its bits. */
export class XorWriter {
  #low = 0;
  #high = 0;
  /** Above every count of zeros as long as no window is open. */
  #leading = 255;
  #trailing = 0;

  /** As it stands. */
  first(sink: BitSink, low: number, high: number): void {
    this.#low = low;
    this.#high = high;
    sink.put32(high, 32);
    sink.put32(low, 32);
  }

  next(sink: BitSink, low: number, high: number): void {
    const xl = (low ^ this.#low) >>> 0;
    const xh = (high ^ this.#high) >>> 0;
    this.#low = low;
    this.#high = high;
    if (xl === 0 && xh === 0) {
      sink.put(0, 1);
      return;
    }
    const zeros = Math.min(31, xh !== 0 ? Math.clz32(xh) : 32 + Math.clz32(xl));
    const trailing = xl !== 0 ? 31 - Math.clz32(xl & -xl) : 63 - Math.clz32(xh & -xh);
    if (zeros >= this.#leading && trailing >= this.#trailing) sink.put(2, 2);
    else {
      this.#leading = zeros;
      this.#trailing = trailing;
      sink.put(3, 2);
      sink.put(zeros, 5);
      // 64 does not fit, and 0 does not occur.
      sink.put((64 - zeros - trailing) & 63, 6);
    }
    const length = 64 - this.#leading - this.#trailing;
    const shift = this.#trailing;
    const outLow = shift === 0 ? xl : shift < 32 ? ((xl >>> shift) | (xh << (32 - shift))) >>> 0 : xh >>> (shift - 32);
    const outHigh = shift < 32 ? xh >>> shift : 0;
    if (length > 32) sink.put32(outHigh, length - 32);
    sink.put32(outLow, Math.min(length, 32));
  }

  firstNumber(sink: BitSink, value: number): void {
    scratch[0] = value;
    this.first(sink, scratchWords[0] as number, scratchWords[1] as number);
  }

  nextNumber(sink: BitSink, value: number): void {
    scratch[0] = value;
    this.next(sink, scratchWords[0] as number, scratchWords[1] as number);
  }
}

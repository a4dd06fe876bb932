/** Decimals as integers: most measurements have few digits after the point, and integers pack where floats don't. A hot path. */
import { MAX_INTEGER } from "./integer-column.ts";

export const MAX_EXPONENT = 15;
export const POWERS = Float64Array.from({ length: MAX_EXPONENT + 1 }, (_, exponent) => Number(`1e${exponent}`));

let scaled = new Float64Array(1024);

/** What the last `scaleDecimals` left; valid until the next. */
export const scaledIntegers = (): Float64Array => scaled;

/**
 * The smallest power of ten that makes each of the first `count` values an exact integer, or -1 (NaN, -0, too many
 * digits). The quotient of integer and power has the bits of the value.
 */
export function scaleDecimals(values: Float64Array, count: number): number {
  if (scaled.length < count) scaled = new Float64Array(Math.max(count, scaled.length * 2));
  const integers = scaled;
  let exponent = 0;
  let power = 1;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    let integer = Math.round(value * power);
    if (integer / power !== value || integer > MAX_INTEGER || integer < -MAX_INTEGER) {
      const before = exponent;
      do {
        if (++exponent > MAX_EXPONENT) return -1;
        power = POWERS[exponent] as number;
        integer = Math.round(value * power);
      } while (integer / power !== value);
      if (integer > MAX_INTEGER || integer < -MAX_INTEGER || !widen(integers, i, POWERS[exponent - before] as number)) return -1;
    }
    if (integer === 0 && Object.is(value, -0)) return -1;
    integers[i] = integer;
  }
  return exponent;
}

/** Multiplying integer and power by the same power of ten leaves their quotient, correctly rounded, as it is. */
function widen(integers: Float64Array, count: number, factor: number): boolean {
  for (let i = 0; i < count; i++) {
    const integer = (integers[i] as number) * factor;
    if (integer > MAX_INTEGER || integer < -MAX_INTEGER) return false;
    integers[i] = integer;
  }
  return true;
}

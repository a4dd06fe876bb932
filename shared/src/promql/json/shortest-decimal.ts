/**
 * The fewest decimal digits that name a float, the closest to it of those (Steele and White, "How to print floating-point
 * numbers accurately", 1990), straight into bytes. As Errol does (Andrysco, Jhala and Lerner, "Printing floating-point numbers: a
 * faster, always correct method", 2016) with a product of two floats as the sum of two: scaled to 17 digits that is exact
 * here, as powers of ten up to 10^22 are floats themselves. What cannot be decided is left to whoever asks.
 */

const LEAST = 1e-6;
const END = 1e17;
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** The binary exponent of the least float, as floats have it. */
const FIRST_EXPONENT = 1023 - 20;
/** Half of what lies between neighbours, by binary exponent. */
const HALVES = Float64Array.from({ length: 80 }, (_, i) => 2 ** (FIRST_EXPONENT + i - 1023 - 53));
/** Halves a float's digits (Dekker, 1971). */
const SPLIT = 2 ** 27 + 1;
/** Of 17 digits the last eight are a number of their own. */
const LOW = 1e8;
/** So near a bound is undecided; what is not exact here is less. */
const DOUBT = 1e-6;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** The two digits of each number below a hundred, the first in the low byte. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, n) => ZERO + ((n / 10) | 0) + ((ZERO + (n % 10)) << 8));

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/**
 * The place after the digits of `values[i]`, as `String` has them; `at`, where nothing was written: not for magnitudes below 10^-6 or
 * from 10^17 up, powers of two, what is no number, and one in some 100,000 others. `view` is of the same bytes.
 */
export function putShortest(bytes: Uint8Array, view: DataView, at: number, values: ArrayLike<number>, i: number): number {
  const value = values[i] as number;
  const v = value < 0 ? -value : value;
  if (!(v >= LEAST && v < END)) return at;
  float[0] = v;
  const high = words[1] as number;
  // Below a power of two floats lie closer than above.
  if (words[0] === 0 && (high & 0xfffff) === 0) return at;
  const binary = high >>> 20;
  let exponent = ((binary - 1023) * 1233) >> 12;
  if (exponent < 0 ? v * (POWERS[-exponent - 1] as number) >= 1 : v >= (POWERS[exponent + 1] as number)) exponent++;
  const power = POWERS[16 - exponent] as number;
  const half = (HALVES[binary - FIRST_EXPONENT] as number) * power;
  const product = v * power;
  const rest = restOf(v, power, product);
  let upper = (product / LOW) | 0;
  const lower = product - upper * LOW;
  let digits = lower;
  // Between the bounds are at most one multiple of 100 and two of 10.
  // The nearest of each; where the product is off they are equally near, which is undecided.
  for (let unit = 100, part = 0.01; ; unit /= 10, part *= 10) {
    digits = Math.floor((lower + rest) * part + 0.5) * unit;
    const off = Math.abs(lower - digits + rest);
    if (Math.abs(off - half) < DOUBT) return at;
    if (off > half) continue;
    if (off > unit / 2 - DOUBT) return at;
    break;
  }
  if (digits < 0) {
    digits += LOW;
    upper--;
  } else if (digits >= LOW) {
    digits -= LOW;
    upper++;
  }
  if (upper < LOW || upper >= 10 * LOW) return at;
  if (value < 0) bytes[at] = MINUS;
  return putDigits(bytes, view, value < 0 ? at + 1 : at, upper, digits | 0, exponent + 1);
}

/** What a product of two floats is beside its float, exactly (Dekker, 1971). */
function restOf(a: number, b: number, product: number): number {
  const left = SPLIT * a;
  const right = SPLIT * b;
  const aHigh = left - (left - a);
  const bHigh = right - (right - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** Nine and eight digits, of which `whole` stand before the point; none of the zeros at the end of a fraction. */
function putDigits(bytes: Uint8Array, view: DataView, at: number, upper: number, lower: number, whole: number): number {
  const first = whole > 0 ? at + 1 : putZeros(bytes, at, -whole);
  const ninth = (upper / LOW) | 0;
  const middle = upper - ninth * LOW;
  bytes[first] = 48 + ninth;
  putFour(view, first + 1, (middle / 10_000) | 0);
  putFour(view, first + 5, middle % 10_000);
  putFour(view, first + 9, (lower / 10_000) | 0);
  putFour(view, first + 13, lower % 10_000);
  for (let i = at; i < at + whole; i++) bytes[i] = bytes[i + 1] as number;
  if (whole > 0) bytes[at + whole] = POINT;
  let end = first + 17;
  while (bytes[end - 1] === ZERO) end--;
  return bytes[end - 1] === POINT ? end - 1 : end;
}

/** What stands before the first digit of a fraction that begins with so many zeros. */
function putZeros(bytes: Uint8Array, at: number, zeros: number): number {
  bytes[at] = ZERO;
  bytes[at + 1] = POINT;
  let end = at + 2;
  for (let i = 0; i < zeros; i++) bytes[end++] = ZERO;
  return end;
}

/** Four digits; `n` < 10,000. */
export function putFour(view: DataView, at: number, n: number): void {
  const hundreds = (n / 100) | 0;
  putTwo(view, at, hundreds);
  putTwo(view, at + 2, n - hundreds * 100);
}

/** Two digits; `n` < 100. */
export function putTwo(view: DataView, at: number, n: number): void {
  view.setUint16(at, PAIRS[n] as number, true);
}

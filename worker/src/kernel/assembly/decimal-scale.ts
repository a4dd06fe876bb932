// Decimals as integers (shared/src/encoding/decimal-scale.ts, whose every step this repeats).

const MAX_SCALED: f64 = 1125899906842623;
const MAX_EXPONENT: u32 = 15;
// prettier-ignore
const POWERS: StaticArray<f64> = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

const MINUS_ZERO: i64 = i64.MIN_VALUE;
/** 1.5 × 2^52: what an integer of at most 51 bits is added to, so that the sum's low bits are the integer's. */
const BIASED: f64 = 6755399441055744;

function asInteger(value: f64): i64 {
  return reinterpret<i64>(value + BIASED) - reinterpret<i64>(BIASED);
}

/** As ECMAScript rounds: halves towards +∞. */
function round(value: f64): f64 {
  const up = ceil(value);
  return select<f64>(up, up - 1, up - 0.5 <= value);
}

/**
 * The smallest power of ten that makes each of `count` f64 at `values` an exact integer of below 2^50 in magnitude, written as i64 to
 * `integers`; -1 when there is none (NaN, -0, too many digits).
 */
export function scaleDecimals(values: usize, integers: usize, count: u32): i32 {
  const end = values + (count << 3);
  let from = values;
  let to = integers;
  // Most columns are integers as they come.
  for (; from < end; from += 8, to += 8) {
    const value = load<f64>(from);
    if (!(floor(value) == value && abs(value) <= MAX_SCALED)) break;
    if (reinterpret<i64>(value) == MINUS_ZERO) return -1;
    store<i64>(to, asInteger(value));
  }
  let exponent: u32 = 0;
  let power: f64 = 1;
  for (; from < end; from += 8, to += 8) {
    const value = load<f64>(from);
    let integer = round(value * power);
    if (integer / power != value || abs(integer) > MAX_SCALED) {
      const before = exponent;
      do {
        if (++exponent > MAX_EXPONENT) return -1;
        power = unchecked(POWERS[exponent]);
        integer = round(value * power);
      } while (integer / power != value);
      if (abs(integer) > MAX_SCALED || !widen(integers, to, unchecked(POWERS[exponent - before]))) return -1;
    }
    if (reinterpret<i64>(value) == MINUS_ZERO) return -1;
    store<i64>(to, asInteger(integer));
  }
  return exponent;
}

function widen(from: usize, to: usize, factor: f64): bool {
  for (let p = from; p < to; p += 8) {
    const integer = <f64>load<i64>(p) * factor;
    if (abs(integer) > MAX_SCALED) return false;
    store<i64>(p, asInteger(integer));
  }
  return true;
}

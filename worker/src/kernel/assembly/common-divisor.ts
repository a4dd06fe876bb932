// What divides all of a column's differences, or all but a few of them.
import { varintTo } from "./byte-sink";

const MAX_APART: u32 = 16;
/** Index and remainder of each difference that the divisor does not divide. */
const apartAt = memory.data(<i32>MAX_APART * 8, 8);
const apartBy = memory.data(<i32>MAX_APART * 8, 8);
let apart: u32 = 0;

export function bitWidth(value: u64): i32 {
  return 64 - <i32>clz(value);
}

function remainder(a: u64, b: u64): u64 {
  return (a | b) >> 32 == 0 ? <u64>(<u32>a % <u32>b) : a % b;
}

/** The greatest common divisor of the i64 in [from, to), 1 when all are 0; something less than `least` when it is less. */
export function divisorOf(from: usize, to: usize, least: u64): u64 {
  let divisor: u64 = 0;
  for (let p = from; p < to && (divisor == 0 || divisor >= least); p += 8) {
    let value = <u64>abs(load<i64>(p));
    if (value == 0) continue;
    if (popcnt(divisor) == 1) {
      // Pages and bytes: the lowest bit of either, without a division.
      divisor = min(divisor, value & -value);
      continue;
    }
    while (divisor != 0) {
      const rest = remainder(value, divisor);
      value = divisor;
      divisor = rest;
    }
    divisor = value;
  }
  return divisor == 0 ? 1 : divisor;
}

/**
 * Looks for a divisor of nearly all differences, `differences[1 … count)`, and takes the remainders of the others off them;
 * `known` divides all, and is the answer when none is worth it.
 */
export function setRemaindersApart(differences: usize, count: u32, known: u64): u64 {
  const end = differences + (count << 3);
  const middle = differences + (((count + 1) >> 1) << 3);
  const divisor = max(divisorOf(middle, end, known * 4), divisorOf(differences + 8, middle, known * 4));
  if (divisor < known * 4) return known;
  apart = 0;
  for (let p = differences + 8; p < end; p += 8) {
    let rest = load<i64>(p) % <i64>divisor;
    if (rest == 0) continue;
    if (rest < 0) rest += <i64>divisor;
    if (apart == MAX_APART) return known;
    store<u64>(apartAt + (apart << 3), p - differences);
    store<i64>(apartBy + (apart << 3), rest);
    apart += 1;
  }
  if (<i32>(apart * 5 * 8) > <i32>count * (bitWidth(divisor) - bitWidth(known))) return known;
  for (let i: u32 = 0; i < apart; i++) {
    const p = differences + <usize>load<u64>(apartAt + (i << 3));
    store<i64>(p, load<i64>(p) - load<i64>(apartBy + (i << 3)));
  }
  return divisor;
}

/** Those that were taken off: count varint, {distance from the one before varint, remainder varint}. */
export function remaindersTo(): void {
  varintTo(apart);
  let before: u64 = 0;
  for (let i: u32 = 0; i < apart; i++) {
    const index = load<u64>(apartAt + (i << 3)) >> 3;
    varintTo(index - before);
    varintTo(load<u64>(apartBy + (i << 3)));
    before = index;
  }
}

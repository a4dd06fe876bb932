// Twin of `turns` in worker/src/rules/detection/unsure-counters.ts.
import { BYTE_falls, BYTE_rises, BYTE_unsure, C_risen } from "./layout";
import {
  S_enoughFalls,
  S_mostFalls,
  S_remembered,
  S_rises,
  S_yearMs,
  UNSURE_broken,
  UNSURE_counts,
  UNSURE_named,
  UNSURE_unsettled,
} from "./tuning";

export const LEVEL: i32 = 0;
export const COUNTS: i32 = 1;
/** By this value the series turns out to be the other of both, or is settled. */
export const TURNS: i32 = 2;

/** What `judgedAs` found. */
let flags: i32 = 0;
let rises: i32 = 0;
let falls: i32 = 0;

/** What a series of no known type is judged as with this value; `learn` then keeps what was found. */
export function judgedAs(cell: usize, tMs: f64, value: f64): i32 {
  flags = load<u8>(cell, BYTE_unsure);
  if ((flags & UNSURE_unsettled) == 0) return TURNS;
  const before = load<f64>(cell, C_risen);
  rises = load<u8>(cell, BYTE_rises);
  falls = load<u8>(cell, BYTE_falls);
  if (value > before) rises++;
  else if (value < before) falls++;
  if ((flags & UNSURE_broken) == 0 && (!isInteger(value) || value < 0 || isTime(value, tMs))) flags |= UNSURE_broken;
  const did = (flags & UNSURE_counts) != 0;
  let counts: bool;
  if ((flags & UNSURE_named) == 0) {
    const begins = did && value < before / 2;
    if ((flags & UNSURE_broken) != 0 || (value < before && !begins)) return TURNS;
    counts = did || <f64>rises >= S_rises;
  } else counts = !(<f64>falls >= S_enoughFalls && <f64>falls > S_mostFalls * <f64>(rises + falls));
  if (counts != did) return TURNS;
  if (<f64>(rises + falls) >= S_remembered) {
    rises >>= 1;
    falls >>= 1;
  }
  return counts ? COUNTS : LEVEL;
}

export function learn(cell: usize, value: f64): void {
  store<f64>(cell, value, C_risen);
  store<u8>(cell, <u8>rises, BYTE_rises);
  store<u8>(cell, <u8>falls, BYTE_falls);
  store<u8>(cell, <u8>flags, BYTE_unsure);
}

function isInteger(value: f64): bool {
  return value - value == 0 && floor(value) == value;
}

function isTime(value: f64, tMs: f64): bool {
  return tMs > S_yearMs && (abs(value * 1000 - tMs) < S_yearMs || abs(value - tMs) < S_yearMs);
}

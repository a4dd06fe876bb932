// What worker/src/rules/evaluation.ts (`#observe`) and what it calls do with a sample, for series that are like most. What else there is,
// rules and SLOs, a series' first sample, silences, sums with their counts, rows that are to be made, the rich tier, is left to them, before anything is written.
import { greater } from "./extremes";
import { cellOf, slotOf, timeOf, valueOf } from "./cells";
import {
  BYTE_event,
  BYTE_judgedAs,
  BYTE_rich,
  BYTE_watched,
  C_counted,
  C_firstMs,
  C_foldCount,
  C_foldSum,
  C_growth,
  C_lastMs,
  C_lastValue,
  C_longestMs,
  C_newestMs,
  C_origin,
  C_run,
  C_stepMs,
  C_unit,
  I_row,
  I_slab,
  ROW_FROM_STEP,
} from "./layout";
import { readAhead } from "./read-ahead";
import { NO_SHEET, step } from "./row-step";
import { JUDGED_AS_part, JUDGED_AS_rate, JUDGED_AS_unsure, SUSPECT, S_decay, S_foldMs, S_silentMs, S_stepMs } from "./tuning";
import { COUNTS, TURNS, judgedAs, learn } from "./unsure-counter";

export let newestMs: f64 = 0;
export let isStep: bool = false;
export let score: f64 = 0;
export let value: f64 = 0;

/** From sample `from` on: the first that is left to the caller or, where it is a step that is of interest (`isStep`), taken. `end` without one. */
export function take(from: i32, end: i32): i32 {
  newestMs = 0;
  isStep = false;
  for (let i = from; i < end; i++) {
    readAhead(i, end);
    const slot = slotOf(i);
    if (slot >= 0 && (!observe(cellOf(slot), timeOf(i), valueOf(i)) || isStep)) return i;
  }
  return end;
}

/** False, with nothing done, of a sample that is left. */
function observe(cell: usize, tMs: f64, given: f64): bool {
  if (load<u8>(cell, BYTE_watched) != 0) return false;
  const before = load<f64>(cell, C_newestMs);
  if (tMs <= before) return true;
  const longest = load<f64>(cell, C_longestMs);
  const since = tMs - before;
  const kind = load<u8>(cell, BYTE_judgedAs);
  if (before == 0 || given != given || (kind & JUDGED_AS_part) != 0) return false;
  // A silence, or the end of one.
  if (!(since <= longest) && !(longest >= 0 && since < S_silentMs)) return false;
  const isUnsure = kind == JUDGED_AS_unsure;
  const judged = isUnsure ? judgedAs(cell, tMs, given) : kind == JUDGED_AS_rate ? COUNTS : 0;
  if (judged == TURNS) return false;
  if (judged == COUNTS ? !count(cell, tMs, given) : !gauge(cell, tMs, given)) return false;
  if (isUnsure) learn(cell, given);
  store<f64>(cell, tMs, C_newestMs);
  store<f64>(cell, since < longest ? longest - (longest - since) * S_decay : since, C_longestMs);
  newestMs = greater(newestMs, tMs);
  return true;
}

/** Twin of `rate` in worker/src/rules/detection/counted-steps.ts. */
function count(cell: usize, tMs: f64, given: f64): bool {
  const anchor = load<f64>(cell, C_stepMs);
  const newest = load<f64>(cell, C_counted);
  let stepMs = tMs;
  let growth: f64 = 0;
  if (anchor != 0 && !(given < newest)) {
    const grown = load<f64>(cell, C_growth) + given - newest;
    const elapsed = tMs - anchor;
    if (elapsed < S_stepMs) {
      stepMs = anchor;
      growth = grown;
    } else {
      const rate = (grown * 1000) / elapsed;
      if (rate == rate && !gauge(cell, tMs, rate)) return false;
    }
  }
  store<f64>(cell, stepMs, C_stepMs);
  store<f64>(cell, growth, C_growth);
  store<f64>(cell, given, C_counted);
  return true;
}

/** Twin of `observe` in shared/src/anomaly/detector-bank.ts. */
function gauge(cell: usize, tMs: f64, given: f64): bool {
  if (given - given != 0) return true;
  const run = load<f64>(cell, C_run);
  if (run == 0) return begin(cell, tMs, given, 1);
  const lastMs = load<f64>(cell, C_lastMs);
  const gapMs = tMs - lastMs;
  if (gapMs <= 0) return true;
  const folds = gapMs < S_foldMs && floor(tMs / S_foldMs) == floor(lastMs / S_foldMs);
  const row = load<i32>(cell, I_row);
  const folded = load<f64>(cell, C_foldCount);
  const origin = load<f64>(cell, C_origin);
  if (row == 0) {
    if (given != origin) {
      const steps = load<f64>(cell, C_foldSum);
      return steps < ROW_FROM_STEP && (folds || begin(cell, tMs, given, steps + 1));
    }
    if (folds) {
      store<f64>(cell, folded + 1, C_foldCount);
      return true;
    }
    store<f64>(cell, 0, C_foldCount);
    store<f64>(cell, load<f64>(cell, C_foldSum) + 1, C_foldSum);
    store<f64>(cell, run + 1, C_run);
    store<f64>(cell, tMs, C_lastMs);
    look(cell, 0, given);
    return true;
  }
  if (load<u8>(cell, BYTE_rich) != 0) return false;
  if (folds) {
    store<f64>(cell, load<f64>(cell, C_foldSum) + given, C_foldSum);
    store<f64>(cell, folded + 1, C_foldCount);
    return true;
  }
  let mean = given;
  if (folded > 0) {
    mean = load<f64>(cell, C_foldSum) / (folded + 1) + given / (folded + 1);
    if (mean - mean != 0) mean = given;
  }
  const unit = load<f64>(cell, C_unit);
  const found = step(<usize>load<u32>(cell, I_slab), (row - 1) & 255, tMs, gapMs, mean / unit - origin / unit);
  if (found == NO_SHEET) return false;
  if (folded > 0) {
    store<f64>(cell, 0, C_foldSum);
    store<f64>(cell, 0, C_foldCount);
  }
  store<f64>(cell, tMs, C_lastMs);
  store<f64>(cell, mean, C_lastValue);
  look(cell, found, given);
  return true;
}

/** A run of one value. */
function begin(cell: usize, tMs: f64, given: f64, steps: f64): bool {
  store<f64>(cell, tMs, C_lastMs);
  store<f64>(cell, given, C_lastValue);
  store<f64>(cell, steps, C_foldSum);
  store<f64>(cell, 0, C_foldCount);
  store<f64>(cell, given, C_origin);
  store<f64>(cell, tMs, C_firstMs);
  store<f64>(cell, 1, C_run);
  look(cell, 0, given);
  return true;
}

function look(cell: usize, found: f64, given: f64): void {
  if (found < SUSPECT && load<u8>(cell, BYTE_event) == 0) return;
  isStep = true;
  score = found;
  value = given;
}

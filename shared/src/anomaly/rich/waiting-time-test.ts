import { KIND } from "../kind.ts";
import { consider } from "./evidence.ts";
import { smoothSeasonAt } from "./expectation.ts";
import { M, MODEL_SIZE, P, R, W } from "./layout.ts";

const WEEK_MS = 604_800_000;
/** Until each hour of a week has come again, nothing may come on some days. */
const KNOWN_MS = WEEK_MS + 3_600_000;
/** Share of steps like the one before, below which what stops leaves its level or stands still, and is told as that. */
const REPEATS = 0.2;
/** What was expected meanwhile at least, and how many times the most there has been: what comes in batches keeps one waiting by itself. */
const FEWEST = 25;
const BEYOND_MOST = 1.5;
/** Times what comes on average, that is expected at most, and at least: what profiles say of hours in which next to nothing comes is their own error. */
const MOST_OFTEN = 4;
const SELDOM = 0.3;
/** How fast it is learned how many were expected when one came. */
const RATE = 1 / 32;

/**
 * Nothing comes any more of what comes one by one, as orders do of which most scrapes see none: a run of zeros is held against how many were to be expected in
 * it, so that it is the same at 15 s as at 5 min and a night says little. How often a step differs from the one before gives the rate, which follows the
 * profiles of day and week, the lower of both. What becomes rarer from day to day keeps waiting that many times longer than its lifetime says: where lately
 * more were expected when one came than are at a steady rate, so many times more are one. `share`: of steps that repeat the one before. Source: waiting times of an inhomogeneous
 * Poisson process, its time rescaled so that they are one on average (Cox & Lewis 1966).
 */
export function testWaitingTime(f: Float64Array, tMs: number, x: number, zero: number, share: number, caution: number): void {
  if (x > zero) {
    // What was told is not how long one waits by itself.
    if (f[R.runTold] === 0) {
      if (f[W.waited]! > f[W.most]!) f[W.most] = f[W.waited]!;
      f[W.rarer] = Math.fround(f[W.rarer]! + RATE * (f[W.waited]! * rarer(f, share) - f[W.rarer]!));
    }
    f[W.waited] = 0;
    return;
  }
  f[W.waited] = Math.fround(f[W.waited]! - (Math.log(Math.max(0.01, share)) * oftener(f, tMs, zero)) / rarer(f, share));
  if (f[R.runTold] === 1 || share < REPEATS || tMs - f[R.firstMs]! < KNOWN_MS) return;
  consider(f[W.waited]! / (Math.max(FEWEST, BEYOND_MOST * f[W.most]!) * caution), KIND.flatline);
}

/** How many times as rare as in its lifetime the series has become. */
const rarer = (f: Float64Array, share: number): number => Math.max(1, f[W.rarer]! / atOne(share));

/**
 * How many are expected when one comes, as they are counted here: one that comes alone makes two steps that differ, there and back. With a share p of steps in
 * which any come, (1 - p) / p are empty before one, and p² + (1 - p)² are like the step before.
 */
function atOne(share: number): number {
  const like = Math.min(Math.max(0.5, share), 1 - 1e-9);
  const some = (1 - Math.sqrt(2 * like - 1)) / 2;
  return (-Math.log(like) * (1 - some)) / some;
}

/** How many times as much as on average comes at this time, by the profile that has less. */
function oftener(f: Float64Array, tMs: number, zero: number): number {
  const mean = f[P.models + M.level]! - zero;
  let least = MOST_OFTEN;
  for (let m = 1; m <= 2; m++) {
    const at = P.models + m * MODEL_SIZE;
    const here = smoothSeasonAt(f, m, tMs) + f[at + M.level]! - zero;
    if (here === here && mean > 0) least = Math.min(least, here / mean);
  }
  return mean > 0 && least >= SELDOM ? least : 0;
}

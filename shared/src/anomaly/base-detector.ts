import { SUSPECT, gate } from "./alarm-gate.ts";
import { baseline } from "./baseline.ts";
import { blockNovelty, novelty } from "./block-novelty.ts";
import { KIND } from "./kind.ts";
import { B, D, H, PROTOTYPES, ROW, type Slab } from "./layout.ts";
import { remember } from "./prototypes.ts";
import { TUNING as T, haste, pace as paceOf } from "./tuning.ts";
import { usualRange } from "./usual-range.ts";
import { holdWild } from "./wild-value.ts";

export const LEARNING_STEPS = 12;
const LIMIT = 1e30;
/** Score of an anomaly. */
const TOLD = 0.5;

/**
 * Of the latest step of any series: its pace, the kind that what is strangest of it has, and what the rich tier weighs anew: novelty of the value in both ranges and
 * distance to the profiles (shares of the range), how far it missed what was expected (share of what counts in full), and the rest of its strangeness.
 */
export const latest = { pace: 1, kind: KIND.spike as number, novelty: 0, usual: 0, away: 0, miss: 0, rest: 0 };

/**
 * One step of one series, `gapMs` after the one before; `value` is in the series' own unit. Gives its score in [0, 1]. Hot path: plain
 * arithmetic on the slab, no objects.
 */
export function step(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number {
  const raw = strangeness(slab, row, tMs, gapMs, value);
  if (raw < 0) return 0;
  const h = row * ROW;
  const score = gate(slab.f32, h, raw, latest.pace, false);
  if (score >= SUSPECT) slab.f32[h + H.lastKind] = latest.kind;
  return score;
}

/**
 * A weighted sum: novelty of the value, of block means and spreads, distance to the day's and week's profiles, surprise against the best
 * baseline, and the flat run. The first three fade over the next steps. -1 while learning. Writes `latest`.
 */
export function strangeness(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number {
  const { f64, f32 } = slab;
  const h = row * ROW;
  const d = h >> 1;
  const n = f32[h + H.steps]!;
  const given = Math.max(-LIMIT, Math.min(LIMIT, value));
  const pace = keepTime(f32, h, n, gapMs);
  const previous = f64[d + D.previous]!;
  let low = f32[h + H.low]!;
  let high = f32[h + H.high]!;
  const x = given > high || given < low ? holdWild(f32, h, given, previous) : given;
  const smooth = n >= 2 ? (x + previous + f64[d + D.beforePrevious]!) / 3 : x;

  const centre = f64[d + D.level]!;
  const shrink = T.rangeDecay * pace;
  // A range set by one outlier long ago must not blind the series for ever.
  low += (centre - low) * shrink;
  high += (centre - high) * shrink;
  if (x === given) {
    low = Math.min(x, low);
    high = Math.max(x, high);
  }
  f32[h + H.low] = low;
  f32[h + H.high] = high;
  const range = high - low;

  const flat = flatRun(f32, h, n, x === previous);
  const usual = usualRange(f32, h, x, range);
  let valueNovelty = 0;
  let usualNovelty = 0;
  if (range > 0) {
    const distance = remember(f32, h + B.values, h + H.valueCount, PROTOTYPES, x, T.apart * range, T.pull);
    if (distance !== Infinity) {
      valueNovelty = Math.min(1, distance / range);
      usualNovelty = Math.min(1, distance / (2 * usual));
    }
  }
  blockNovelty(f32, h, x, range);
  const away = baseline(slab, row, tMs, x, smooth, n);
  const profile = range > 0 ? Math.min(1, away / range) : 0;

  const scale = f64[d + D.scale]!;
  const expected = f64[d + D.expected]!;
  const z = scale > 0 && n > 20 ? Math.min(LIMIT, Math.abs(x - expected) / scale) : 0;
  const tail = f32[h + H.tail]!;
  const beyond = z / Math.max(T.zFloor, T.tailMargin * tail);
  f32[h + H.tail] = z > tail ? Math.min(z, Math.max(2 * tail, 40)) : tail * (1 - T.tailDecay * pace);
  const surprise = beyond > 1 ? Math.min(2, beyond) : 0;

  f64[d + D.beforePrevious] = previous;
  f64[d + D.previous] = x;
  f32[h + H.steps] = n + 1;
  latest.pace = pace;
  if (n < LEARNING_STEPS) {
    // The step before may have been another series'.
    latest.novelty = latest.usual = latest.away = latest.miss = latest.rest = 0;
    latest.kind = x >= expected ? KIND.spike : KIND.dip;
    return -1;
  }

  const grown = n / (n + T.young);
  const miss = Math.min(1, z / T.zFull);
  const byValue = T.wValue * valueNovelty + T.wUsual * usualNovelty + T.wZ * miss;
  const byBlock = T.wBlock * novelty.mean + T.wBrief * novelty.brief;
  const bySpread = T.wSpread * novelty.spread;
  const byProfile = T.wProfile * profile;
  const byFlat = T.wFlat * flat;
  const bySurprise = T.wSurprise * T.threshold * surprise;
  const rest = bySurprise * Math.min(1, n / 60) + byFlat;
  const heldValue = Math.max(byValue, T.hold * f32[h + H.heldValue]!);
  const heldBlock = Math.max(byBlock + bySpread, T.hold * f32[h + H.heldBlock]!);
  const heldProfile = Math.max(byProfile, T.hold * f32[h + H.heldProfile]!);
  f32[h + H.heldValue] = heldValue;
  f32[h + H.heldBlock] = heldBlock;
  f32[h + H.heldProfile] = heldProfile;
  const raw = grown * (heldValue + heldBlock + heldProfile) + rest;
  latest.novelty = valueNovelty;
  latest.usual = usualNovelty;
  latest.away = profile;
  latest.miss = miss;
  latest.rest = rest;
  latest.kind = x >= expected ? KIND.spike : KIND.dip;
  // What nobody is told of needs no name.
  if (raw < T.threshold) return raw;

  // One far value widens the spread of its block without being at home in it.
  const spread = f32[h + H.spread]!;
  let kind = latest.kind;
  const strongest = Math.max(byValue, bySurprise, byBlock, bySpread, byProfile, byFlat);
  if (strongest === byFlat) kind = KIND.flatline;
  else if (strongest === byProfile) kind = KIND.seasonalBreak;
  else if (strongest === bySpread) kind = KIND.varianceChange;
  else if (strongest === byBlock) kind = Math.abs(x - expected) > 2 * scale ? KIND.levelShift : KIND.trendChange;
  else if (n > 96 && spread > 2.5 * f32[h + H.usualSpread]! && Math.abs(x - expected) < 3 * spread) kind = KIND.varianceChange;
  else if (Math.abs(smooth - expected) > 4 * scale && Math.abs(x - smooth) < 2 * scale) kind = KIND.levelShift;
  latest.kind = kind;
  return raw;
}

/** Learns the spacing; gives the pace of its forgetting. */
function keepTime(f32: Float32Array, h: number, n: number, gapMs: number): number {
  const spacing = f32[h + H.spacingMs]!;
  f32[h + H.gapMs] = gapMs;
  if (spacing !== gapMs) {
    const change = Math.max(-0.2 * spacing, Math.min(0.2 * spacing, 0.1 * (gapMs - spacing)));
    const now = spacing === 0 ? gapMs : spacing + change;
    f32[h + H.spacingMs] = now;
    f32[h + H.haste] = haste(now);
    if (gapMs > 10 * spacing && n > 10) f32[h + H.clock] = 0; // a block must not join what lies on both sides of a gap
    return paceOf(now);
  }
  return paceOf(spacing);
}

/**
 * How unusual the present run of equal values is: 1 is suspect, up to 3, 0 for series that often repeat themselves. As
 * far beyond where short steps raise the threshold: nothing else speaks while a series stands still. A run that was told is known, and not told again.
 */
function flatRun(f32: Float32Array, h: number, n: number, same: boolean): number {
  if (!same) {
    const run = f32[h + H.runLength]!;
    if (run > f32[h + H.longestRun]!) f32[h + H.longestRun] = run;
    f32[h + H.runLength] = 0;
    f32[h + H.changes]!++;
    return 0;
  }
  const run = f32[h + H.runLength]! + 1;
  f32[h + H.runLength] = run;
  if (run > 12 && f32[h + H.lastScore]! >= TOLD) f32[h + H.longestRun] = run;
  if (run < 12 || f32[h + H.changes]! <= 0.5 * n) return 0;
  return Math.min(3 * (1 + f32[h + H.haste]!), run / (24 + 6 * f32[h + H.longestRun]!));
}

import { gate } from "./alarm-gate.ts";
import { baseline } from "./baseline.ts";
import { blockNovelty, novelty } from "./block-novelty.ts";
import { KIND } from "./kind.ts";
import { B, H, PROTOTYPES } from "./layout.ts";
import { distance, remember } from "./prototypes.ts";
import { TUNING as T, pace } from "./tuning.ts";

export const LEARNING_STEPS = 12;
const LIMIT = 1e30;

/**
 * One step of one series at offsets h (head) and b (body); gives its score in [0, 1]. The strangeness is a weighted sum: novelty of the
 * value, of block means and spreads, distance to the day's and week's profiles, surprise against the best baseline, and the flat run.
 * Hot path: plain loops, no objects.
 */
export function step(head: Float64Array, h: number, body: Float32Array, b: number, tMs: number, value: number): number {
  const n = head[h + H.steps]!;
  const x = enter(head, h, n, tMs, value);
  const previous = head[h + H.previous]!;
  const smooth = n >= 2 ? (x + previous + head[h + H.beforePrevious]!) / 3 : x;

  let low = n === 0 ? x : head[h + H.low]!;
  let high = n === 0 ? x : head[h + H.high]!;
  const centre = head[h + H.level]!;
  const shrink = T.rangeDecay * pace(head[h + H.spacingMs]!);
  // A range set by one outlier long ago must not blind the series for ever.
  low = Math.min(x, low + (centre - low) * shrink);
  high = Math.max(x, high + (centre - high) * shrink);
  head[h + H.low] = low;
  head[h + H.high] = high;
  const range = high - low;

  const flat = flatRun(head, h, n, x, previous);
  let valueNovelty = 0;
  if (range > 0) {
    const count = head[h + H.valueCount]!;
    if (count > 0) valueNovelty = Math.min(1, distance(body, b + B.values, count, x) / range);
    head[h + H.valueCount] = remember(body, b + B.values, count, PROTOTYPES, x, T.apart * range, T.pull);
  }
  blockNovelty(head, h, body, b, x, range);
  const gap = baseline(head, h, body, b, tMs, x, smooth, n);
  const profile = range > 0 ? Math.min(1, gap / range) : 0;

  const scale = head[h + H.scale]!;
  const z = scale > 0 && n > 20 ? Math.abs(x - head[h + H.expected]!) / scale : 0;
  const tail = head[h + H.tail]!;
  const beyond = z / Math.max(T.zFloor, T.tailMargin * tail);
  head[h + H.tail] = z > tail ? Math.min(z, Math.max(2 * tail, 40)) : tail * (1 - T.tailDecay * pace(head[h + H.spacingMs]!));
  const surprise = beyond > 1 ? Math.min(2, beyond) : 0;

  head[h + H.beforePrevious] = previous;
  head[h + H.previous] = x;
  head[h + H.steps] = n + 1;

  const grown = n / (n + T.young);
  const byValue = T.wValue * valueNovelty + T.wZ * Math.min(1, z / T.zFull);
  const byBlock = T.wBlock * novelty.mean;
  const bySpread = T.wSpread * novelty.spread;
  const byProfile = T.wProfile * profile;
  const byFlat = T.wFlat * flat;
  const bySurprise = T.wSurprise * T.threshold * surprise;
  const raw = grown * (byValue + byBlock + bySpread + byProfile) + bySurprise * Math.min(1, n / 60) + byFlat;

  let kind: number = x >= head[h + H.expected]! ? KIND.spike : KIND.dip;
  const strongest = Math.max(byValue, bySurprise, byBlock, bySpread, byProfile, byFlat);
  if (strongest === byFlat) kind = KIND.flatline;
  else if (strongest === byProfile) kind = KIND.seasonalBreak;
  else if (strongest === bySpread) kind = KIND.varianceChange;
  else if (strongest === byBlock) kind = Math.abs(x - head[h + H.expected]!) > 2 * scale ? KIND.levelShift : KIND.trendChange;
  else if (head[h + H.spread]! > 2.5 * head[h + H.usualSpread]! && n > 96) kind = KIND.varianceChange;
  else if (Math.abs(smooth - head[h + H.expected]!) > 4 * scale && Math.abs(x - smooth) < 2 * scale) kind = KIND.levelShift;
  head[h + H.lastKind] = kind;
  if (n < LEARNING_STEPS) return 0;
  return gate(head, h, n, raw);
}

/** The value in the series' own unit; learns origin, unit and spacing. */
function enter(head: Float64Array, h: number, n: number, tMs: number, value: number): number {
  if (n === 0) head[h + H.origin] = value;
  else {
    const gap = tMs - head[h + H.lastMs]!;
    const spacing = head[h + H.spacingMs]!;
    head[h + H.gapMs] = gap;
    const change = Math.max(-0.2 * spacing, Math.min(0.2 * spacing, 0.1 * (gap - spacing)));
    head[h + H.spacingMs] = spacing === 0 ? gap : spacing + change;
    if (gap > 10 * spacing && n > 10) head[h + H.clock] = 0; // a block must not join what lies on both sides of a gap
  }
  head[h + H.lastMs] = tMs;
  head[h + H.lastValue] = value;
  const origin = head[h + H.origin]!;
  if (head[h + H.unit] === 0 && value !== origin)
    head[h + H.unit] = Math.min(1e300, Math.max(Math.abs(value / 2 - origin / 2) * 2, Math.abs(origin) * 1e-9, 1e-300));
  const unit = head[h + H.unit]!;
  const x = unit === 0 ? 0 : value / unit - origin / unit;
  return Math.max(-LIMIT, Math.min(LIMIT, x));
}

/** How unusual the present run of equal values is, 0 to 1; 0 for series that often repeat themselves. */
function flatRun(head: Float64Array, h: number, n: number, x: number, previous: number): number {
  let run = head[h + H.runLength]!;
  if (n > 0 && x === previous) run++;
  else {
    if (run > head[h + H.longestRun]!) head[h + H.longestRun] = run;
    run = 0;
    if (n > 0) head[h + H.changes]!++;
  }
  head[h + H.runLength] = run;
  const usual = 24 + 6 * head[h + H.longestRun]!;
  return run >= 12 && head[h + H.changes]! > 0.5 * n ? Math.min(1, run / usual) : 0;
}

import { B, BLOCK_PROTOTYPES, DAY_BINS, H, PROTOTYPES, RING, WEEK_BINS } from "./layout.ts";
import { distance, remember } from "./prototypes.ts";
import { TUNING as T } from "./tuning.ts";

const DAY_MS = 86_400_000;
const LIMIT = 1e30;

/** One step of one series at offsets h (head) and b (body); gives its score in [0, 1]. Hot path: plain loops, no objects. */
export function step(head: Float64Array, h: number, body: Float32Array, b: number, tMs: number, value: number): number {
  const n = head[h + H.steps]!;
  if (n === 0) {
    head[h + H.origin] = value;
    head[h + H.spacingMs] = 0;
  } else {
    const gap = tMs - head[h + H.lastMs]!;
    const spacing = head[h + H.spacingMs]!;
    head[h + H.lastGapMs] = gap;
    head[h + H.spacingMs] = spacing === 0 ? gap : spacing + Math.max(-0.2 * spacing, Math.min(0.2 * spacing, 0.1 * (gap - spacing)));
    if (gap > 10 * spacing && n > 10) head[h + H.clock] = 0; // the blocks must not join what lies on both sides of a gap
  }
  head[h + H.lastMs] = tMs;
  head[h + H.lastValue] = value;
  const origin = head[h + H.origin]!;
  if (head[h + H.unit] === 0 && value !== origin) head[h + H.unit] = Math.max(Math.abs(value - origin), Math.abs(origin) * 1e-9, 1e-300);
  const unit = head[h + H.unit]!;
  let x = unit === 0 ? 0 : value / unit - origin / unit;
  if (!(x < LIMIT)) x = LIMIT;
  if (!(x > -LIMIT)) x = -LIMIT;
  head[h + H.steps] = n + 1;

  const previous = head[h + H.previous]!;
  const smooth = n >= 2 ? (x + previous + head[h + H.beforePrevious]!) / 3 : x;
  head[h + H.beforePrevious] = previous;
  head[h + H.previous] = x;

  // Running range.
  let low = head[h + H.low]!;
  let high = head[h + H.high]!;
  if (n === 0) low = high = x;
  if (T.rangeDecay > 0) {
    const middle = head[h + H.level]!;
    low += (middle - low) * T.rangeDecay;
    high += (middle - high) * T.rangeDecay;
  }
  if (x < low) low = x;
  if (x > high) high = x;
  head[h + H.low] = low;
  head[h + H.high] = high;
  const range = high - low;
  const grown = n / (n + T.young);

  // Flat runs.
  let run = head[h + H.runLength]!;
  if (n > 0 && x === previous) run++;
  else {
    if (run > head[h + H.longestRun]!) head[h + H.longestRun] = run;
    run = 0;
  }
  head[h + H.runLength] = run;

  let novel = 0;
  let block = 0;
  let spreadNovel = 0;
  let profile = 0;
  let z = 0;
  let flat = 0;
  const inverse = range > 0 ? 1 / range : 0;
  if (range > 0) {
    const count = head[h + H.valueCount]!;
    novel = count > 0 ? Math.min(1, distance(body, b + B.values, count, x) * inverse) : 0;
    head[h + H.valueCount] = remember(body, b + B.values, count, PROTOTYPES, x, T.apart * range, T.pull);
  }

  // Blocks of 24 and 48 steps in a ring.
  const clock = head[h + H.clock]!;
  body[b + B.ring + (clock % RING)] = x;
  head[h + H.clock] = clock + 1;
  if (range > 0 && (clock + 1) % 6 === 0 && clock + 1 >= 24) {
    let sum24 = 0;
    for (let k = 0; k < 24; k++) sum24 += body[b + B.ring + ((clock - k + RING) % RING)]!;
    const mean24 = sum24 / 24;
    block = blockNovelty(head, h + H.shortCount, h + H.shortLow, body, b + B.short, mean24, inverse);
    if (clock + 1 >= 48) {
      let sum48 = 0;
      let square = 0;
      for (let k = 0; k < RING; k++) sum48 += body[b + B.ring + k]!;
      const mean48 = sum48 / RING;
      for (let k = 0; k < RING; k++) square += (body[b + B.ring + k]! - mean48) ** 2;
      block = Math.max(block, blockNovelty(head, h + H.longCount, h + H.longLow, body, b + B.long, mean48, inverse));
      const spread = Math.sqrt(square / RING);
      spreadNovel = blockNovelty(head, h + H.spreadCount, h + H.spreadLow, body, b + B.spread, spread, inverse);
    }
  }

  // Baselines: the level, the same half hour of the day, the same hour of the week.
  const level = head[h + H.level]!;
  const dayAt = b + B.day + (Math.floor((tMs % DAY_MS) / (DAY_MS / DAY_BINS)) % DAY_BINS);
  const weekAt = b + B.week + (Math.floor((tMs % (7 * DAY_MS)) / ((7 * DAY_MS) / WEEK_BINS)) % WEEK_BINS);
  const day = body[dayAt]!;
  const week = body[weekAt]!;
  const dayGap = Math.abs(smooth - day);
  const weekGap = Math.abs(smooth - week);
  const nearestGap = day === day ? (week === week && weekGap < dayGap ? weekGap : dayGap) : 0;
  profile = Math.min(1, nearestGap * inverse);

  const scale = head[h + H.levelError]!;
  const miss = x - level;
  if (n > 20 && scale > 0) z = Math.min(1, Math.abs(miss) / scale / T.zFull);

  if (run >= 24 && head[h + H.changes]! > 0.5 * n && run > 3 * head[h + H.longestRun]!) flat = Math.min(1, run / 96);
  if (n > 0 && x !== previous) head[h + H.changes]!++;

  let raw =
    grown * (T.wValue * novel + T.wBlock * block + T.wSpread * spreadNovel + T.wProfile * profile) + T.wZ * z * grown + T.wFlat * flat;
  if (n < 12) raw = 0;

  // Learn the baselines, surprises clipped.
  const rate = Math.max(T.levelRate, 1 / (n + 1));
  const clip = n < 10 ? Math.abs(miss) : 4 * scale + 1e-3 * range;
  head[h + H.level] = level + rate * Math.max(-clip, Math.min(clip, miss));
  head[h + H.levelError] =
    scale + Math.max(0.01, 1 / (n + 1)) * (Math.min(Math.abs(miss), n < 10 ? Infinity : 6 * scale + 1e-3 * range) - scale);
  body[dayAt] = day === day ? day + T.profileRate * (x - day) * 0.5 : x;
  body[weekAt] = week === week ? week + T.profileRate * (x - week) : x;
  head[h + H.expected] = level;
  head[h + H.scale] = scale;

  // One event, one alarm.
  const spacing = head[h + H.spacingMs]!;
  const heat = head[h + H.heat]! * T.heatDecay;
  const threshold = T.threshold * (1 + heat);
  let effective = raw;
  head[h + H.heat] = heat;
  if (n < head[h + H.refractoryUntilStep]!) {
    if (raw < T.breakOut * head[h + H.alarmRaw]!) effective = Math.min(raw, threshold) * 0.5;
  }
  const score = 1 / (1 + Math.exp(-T.steep * (effective / threshold - 1)));
  if (score >= 0.5) {
    const halfDay = spacing > 0 ? Math.min(T.refractory, 43_200_000 / spacing) : T.refractory;
    head[h + H.refractoryUntilStep] = n + Math.max(24, halfDay);
    head[h + H.alarmRaw] = raw;
    head[h + H.heat] = heat + T.heatGain;
  }
  head[h + H.lastScore] = score;
  return score;
}

/** Novelty of a block's statistic against its own prototypes, in units of the running range. */
function blockNovelty(
  head: Float64Array,
  countAt: number,
  lowAt: number,
  body: Float32Array,
  at: number,
  x: number,
  inverse: number,
): number {
  const count = head[countAt]!;
  const novelty = count > 0 ? Math.min(1, distance(body, at, count, x) * inverse) : 0;
  head[lowAt] = count === 0 ? x : Math.min(head[lowAt]!, x);
  head[countAt] = remember(body, at, count, BLOCK_PROTOTYPES, x, T.apart / inverse, T.pull);
  return novelty;
}

import { B, DAY_BINS, H, WEEK_BINS } from "./layout.ts";
import { TUNING as T } from "./tuning.ts";

const DAY_MS = 86_400_000;
const FAST = 0.25;

/** Which baseline gives the expected value. */
export const MODEL = { level: 0, fast: 1, day: 2, week: 3 } as const;

/**
 * The usual value: a slow and a fast level, the profile of the day (half hours) and of the week (hours), each with its mean absolute error;
 * the one that errs least speaks. Surprises are clipped before they are learned, so that an anomaly does not become the baseline at once.
 * Sources: Gelper, Fried & Croux 2010 (robust exponential smoothing); Taylor & Letham 2018 (daily and weekly profiles).
 * Writes `expected`, `scale` and `model`, then learns. Gives the distance of `smooth` to the nearer profile beyond that profile's usual error (0 without one).
 */
export function baseline(
  head: Float64Array,
  h: number,
  body: Float32Array,
  b: number,
  tMs: number,
  x: number,
  smooth: number,
  n: number,
): number {
  const dayMs = tMs - Math.floor(tMs / DAY_MS) * DAY_MS;
  const weekMs = tMs - Math.floor(tMs / (7 * DAY_MS)) * (7 * DAY_MS);
  const dayAt = b + B.day + Math.min(DAY_BINS - 1, Math.floor((dayMs * DAY_BINS) / DAY_MS));
  const weekAt = b + B.week + Math.min(WEEK_BINS - 1, Math.floor((weekMs * WEEK_BINS) / (7 * DAY_MS)));
  const day = body[dayAt]!;
  const week = body[weekAt]!;
  const level = head[h + H.level]!;
  const fast = head[h + H.fastLevel]!;
  const range = head[h + H.high]! - head[h + H.low]!;

  let expected = level;
  let scale = head[h + H.levelError]!;
  let model: number = MODEL.level;
  if (head[h + H.fastError]! < 0.8 * scale) {
    expected = fast;
    scale = head[h + H.fastError]!;
    model = MODEL.fast;
  }
  const seasoned = day === day && head[h + H.daySeen]! > DAY_BINS;
  if (seasoned && head[h + H.dayError]! < 0.9 * scale) {
    expected = day;
    scale = head[h + H.dayError]!;
    model = MODEL.day;
  }
  if (week === week && head[h + H.weekSeen]! > WEEK_BINS && head[h + H.weekError]! < 0.9 * scale) {
    expected = week;
    scale = head[h + H.weekError]!;
    model = MODEL.week;
  }
  head[h + H.expected] = expected;
  head[h + H.scale] = scale;
  head[h + H.model] = model;

  let gap = 0;
  if (day === day) {
    gap = Math.max(0, Math.abs(smooth - day) - T.profileSlack * head[h + H.dayError]!);
    if (week === week) gap = Math.min(gap, Math.max(0, Math.abs(smooth - week) - T.profileSlack * head[h + H.weekError]!));
  }

  // Learn. The spacing decides how much of a bin one visit renews, so that 5 s and 1 h series forget at the same pace.
  const errorRate = Math.max(0.01, 1 / (n + 1));
  const spacing = head[h + H.spacingMs]!;
  const floor = 1e-3 * range;
  const young = n < 10;
  const miss = x - level;
  const size = Math.abs(miss);
  const levelError = head[h + H.levelError]!;
  const clip = young ? size : 4 * levelError + floor;
  head[h + H.level] = level + Math.max(T.levelRate, 1 / (n + 1)) * Math.max(-clip, Math.min(clip, miss));
  head[h + H.levelError] = levelError + errorRate * (Math.min(size, young ? size : 6 * levelError + floor) - levelError);
  const fastMiss = x - fast;
  const fastError = head[h + H.fastError]!;
  head[h + H.fastLevel] = fast + Math.max(FAST, 1 / (n + 1)) * fastMiss;
  head[h + H.fastError] = fastError + errorRate * (Math.min(Math.abs(fastMiss), young ? Infinity : 6 * fastError + floor) - fastError);
  if (day === day) {
    const error = head[h + H.dayError]!;
    const seen = head[h + H.daySeen]!;
    const off = Math.abs(x - day);
    head[h + H.dayError] = error + Math.max(0.01, 1 / (seen + 1)) * (Math.min(off, seen < 10 ? Infinity : 6 * error + floor) - error);
    head[h + H.daySeen] = seen + 1;
    body[dayAt] = day + Math.min(0.6, (T.dayRenewal * spacing * DAY_BINS) / DAY_MS) * (x - day);
  } else body[dayAt] = x;
  if (week === week) {
    const error = head[h + H.weekError]!;
    const seen = head[h + H.weekSeen]!;
    const off = Math.abs(x - week);
    head[h + H.weekError] = error + Math.max(0.01, 1 / (seen + 1)) * (Math.min(off, seen < 10 ? Infinity : 6 * error + floor) - error);
    head[h + H.weekSeen] = seen + 1;
    body[weekAt] = week + Math.min(0.8, (T.weekRenewal * spacing * WEEK_BINS) / (7 * DAY_MS)) * (x - week);
  } else body[weekAt] = x;
  return gap;
}

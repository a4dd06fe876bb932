import { D, DAY_BINS, H, ROW, type Slab, WEEK_BINS, onSheet, seen, sheetOf } from "./layout.ts";
import { bins, binsAt } from "./time-bins.ts";
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
export function baseline(slab: Slab, row: number, tMs: number, x: number, smooth: number, n: number): number {
  const { f64, f32 } = slab;
  const h = row * ROW;
  const d = h >> 1;
  binsAt(tMs);
  const daySheet = sheetOf(slab, bins.day);
  const weekSheet = sheetOf(slab, bins.week);
  const dayAt = onSheet(bins.day, row);
  const weekAt = onSheet(bins.week, row);
  const day = daySheet[dayAt]!;
  const week = weekSheet[weekAt]!;
  const level = f64[d + D.level]!;
  const fast = f64[d + D.fastLevel]!;
  const levelError = f64[d + D.levelError]!;
  const fastError = f64[d + D.fastError]!;
  const dayError = f32[h + H.dayError]!;
  const weekError = f32[h + H.weekError]!;
  const daySeen = f32[h + H.daySeen]!;
  const weekSeen = f32[h + H.weekSeen]!;

  let expected = level;
  let scale = levelError;
  let model: number = MODEL.level;
  if (fastError < 0.8 * scale) {
    expected = fast;
    scale = fastError;
    model = MODEL.fast;
  }
  if (day !== 0 && daySeen > DAY_BINS && dayError < 0.9 * scale) {
    expected = day;
    scale = dayError;
    model = MODEL.day;
  }
  if (week !== 0 && weekSeen > WEEK_BINS && weekError < 0.9 * scale) {
    expected = week;
    scale = weekError;
    model = MODEL.week;
  }
  f64[d + D.expected] = expected;
  f64[d + D.scale] = scale;
  f32[h + H.model] = model;

  let gap = 0;
  if (day !== 0) {
    gap = Math.max(0, Math.abs(smooth - day) - T.profileSlack * dayError);
    if (week !== 0) gap = Math.min(gap, Math.max(0, Math.abs(smooth - week) - T.profileSlack * weekError));
  }

  // Learn. The spacing decides how much of a bin one visit renews, so that 5 s and 1 h series forget at the same pace.
  const share = 1 / (n + 1);
  const errorRate = Math.max(0.01, share);
  const spacing = f32[h + H.spacingMs]!;
  const floor = 1e-3 * (f32[h + H.high]! - f32[h + H.low]!);
  const young = n < 10;
  const miss = x - level;
  const size = Math.abs(miss);
  const clip = young ? size : 4 * levelError + floor;
  f64[d + D.level] = level + Math.max(T.levelRate, share) * Math.max(-clip, Math.min(clip, miss));
  f64[d + D.levelError] = levelError + errorRate * ((young ? size : Math.min(size, 6 * levelError + floor)) - levelError);
  const fastMiss = x - fast;
  const fastSize = Math.abs(fastMiss);
  f64[d + D.fastLevel] = fast + Math.max(FAST, share) * fastMiss;
  f64[d + D.fastError] = fastError + errorRate * ((young ? fastSize : Math.min(fastSize, 6 * fastError + floor)) - fastError);
  if (day !== 0) {
    const off = Math.abs(x - day);
    const rate = daySeen < 99 ? 1 / (daySeen + 1) : 0.01;
    f32[h + H.dayError] = dayError + rate * ((daySeen < 10 ? off : Math.min(off, 6 * dayError + floor)) - dayError);
    f32[h + H.daySeen] = daySeen + 1;
    daySheet[dayAt] = seen(day + Math.min(0.6, spacing * DAY_RENEWAL) * (x - day));
  } else daySheet[dayAt] = seen(x);
  if (week !== 0) {
    const off = Math.abs(x - week);
    const rate = weekSeen < 99 ? 1 / (weekSeen + 1) : 0.01;
    f32[h + H.weekError] = weekError + rate * ((weekSeen < 10 ? off : Math.min(off, 6 * weekError + floor)) - weekError);
    f32[h + H.weekSeen] = weekSeen + 1;
    weekSheet[weekAt] = seen(week + Math.min(0.8, spacing * WEEK_RENEWAL) * (x - week));
  } else weekSheet[weekAt] = seen(x);
  return gap;
}

/** Share of a bin renewed by a step, for each ms of spacing. */
const DAY_RENEWAL = (T.dayRenewal * DAY_BINS) / DAY_MS;
const WEEK_RENEWAL = (T.weekRenewal * WEEK_BINS) / (7 * DAY_MS);

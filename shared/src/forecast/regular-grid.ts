import type { ForecastRefusal } from "../model/forecast.ts";

/** A series on even steps, gaps filled along the line between their ends; values divided by `scale` (largest magnitude at most 1). */
export interface RegularGrid {
  readonly y: Float64Array;
  /** 1 at the steps that no sample fell into. */
  readonly missing: Uint8Array;
  /** Ms between values. */
  readonly stepMs: number;
  /** Ms of the newest sample, and how long before it the middle of the last step lies. */
  readonly lastMs: number;
  readonly lagMs: number;
  readonly scale: number;
  /** The least of the given values, and the last. */
  readonly low: number;
  readonly newest: number;
  /** How many of the given values the last of `y` is the mean of. */
  readonly newestCount: number;
  /** Standard deviation of samples about the mean of their step, in units of `y`: what a mean hides. */
  readonly within: number;
  /** The same as a share of that mean; of no use where one is not positive. */
  readonly withinShare: number;
  /** Median spacing of the given samples, ms. */
  readonly spacingMs: number;
}

export const FEWEST_POINTS = 20;
const MOST_POINTS = 2016;
const FEWEST_STEPS_AHEAD = 12;
const MOST_STEPS_AHEAD = 200;
const LARGEST_EMPTY_SHARE = 0.6;
/** By how much steps may be shorter, or longer, to go into a day. */
const LEAST_OF_STEP = 0.7;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What happens within a step has no like where it is this many times what happened within any other. */
const NO_LIKE = 3;

function refuse(code: ForecastRefusal["refused"]["code"], reason: string): ForecastRefusal {
  return { refused: { code, reason } };
}

/** Means of the samples per step. The step is a multiple of the median spacing, coarse enough to bound the work. Times ascending, ms. */
export function regularGrid(timestamps: ArrayLike<number>, values: ArrayLike<number>, horizonMs: number): RegularGrid | ForecastRefusal {
  const total = Math.min(timestamps.length, values.length);
  const times: number[] = [];
  const kept: number[] = [];
  let scale = 0;
  let low = Infinity;
  for (let i = 0; i < total; i++) {
    const t = timestamps[i]!;
    const value = values[i]!;
    if (!Number.isFinite(t) || !Number.isFinite(value)) continue;
    if (times.length > 0 && t <= times[times.length - 1]!) continue;
    times.push(t);
    kept.push(value);
    scale = Math.max(scale, Math.abs(value));
    low = Math.min(low, value);
  }
  const n = times.length;
  if (n < FEWEST_POINTS) {
    if (total >= FEWEST_POINTS && n < total / 2)
      return refuse(
        "not_finite",
        `${total - n} of ${total} samples are not finite numbers; a forecast needs at least ${FEWEST_POINTS} that are.`,
      );
    return refuse(
      "too_short",
      `There ${n === 1 ? "is 1 sample" : `are ${n} samples`}; a forecast needs at least ${FEWEST_POINTS}. Widen the range or wait for more.`,
    );
  }
  if (!(horizonMs > 0) || !Number.isFinite(horizonMs))
    return refuse("too_short", "The horizon is not a positive number of milliseconds; ask for a time ahead.");
  const spacings = new Float64Array(n - 1);
  for (let i = 1; i < n; i++) spacings[i - 1] = times[i]! - times[i - 1]!;
  spacings.sort();
  const spacingMs = spacings[(n - 1) >> 1]!;
  const lastMs = times[n - 1]!;
  const span = lastMs - times[0]!;
  const wanted = Math.max(span / (MOST_POINTS - 1), Math.min(horizonMs / MOST_STEPS_AHEAD, span / 60));
  const multiple = Math.max(
    1,
    Math.min(Math.ceil(wanted / spacingMs - 1e-9), Math.floor(Math.max(1, horizonMs / FEWEST_STEPS_AHEAD / spacingMs))),
  );
  const stepMs = spacingMs * asOftenADay(multiple, spacingMs, span);
  // The newest sample is the end of the last step, not its middle: half a step is not like the others.
  const lagMs = (stepMs - spacingMs) / 2;
  const cells = Math.min(MOST_POINTS, Math.round((span - lagMs) / stepMs) + 1);

  const sum = new Float64Array(cells);
  const squares = new Float64Array(cells);
  const count = new Float64Array(cells);
  const lows = new Float64Array(cells).fill(Infinity);
  const highs = new Float64Array(cells).fill(-Infinity);
  for (let i = n - 1; i >= 0; i--) {
    const cell = cells - 1 - Math.round((lastMs - lagMs - times[i]!) / stepMs);
    if (cell < 0) break;
    const value = scale > 0 ? kept[i]! / scale : 0;
    sum[cell]! += value;
    squares[cell]! += value * value;
    count[cell]!++;
    lows[cell] = Math.min(lows[cell]!, value);
    highs[cell] = Math.max(highs[cell]!, value);
  }
  let filled = 0;
  let scatter = 0;
  let shareScatter = 0;
  let shared = 0;
  let first = -1;
  for (let i = 0; i < cells; i++) {
    if (!(count[i]! > 0)) continue;
    if (first < 0) first = i;
    filled++;
    const own = Math.max(0, squares[i]! - (sum[i]! * sum[i]!) / count[i]!);
    scatter += own;
    shareScatter += own === 0 ? 0 : own / (sum[i]! / count[i]!) ** 2;
    shared += count[i]! - 1;
  }
  if (filled < FEWEST_POINTS)
    return refuse("too_short", `The samples fill ${filled} steps of ${describeMs(stepMs)}; a forecast needs at least ${FEWEST_POINTS}.`);
  const empty = 1 - filled / (cells - first);
  if (empty > LARGEST_EMPTY_SHARE)
    return refuse(
      "too_gappy",
      `${Math.round(empty * 100)}% of the steps of ${describeMs(stepMs)} have no sample; at most ${LARGEST_EMPTY_SHARE * 100}% may be missing.`,
    );
  const newest = kept[n - 1]!;
  const lastRange = highs[cells - 1]! - lows[cells - 1]!;
  if (lastRange > NO_LIKE * highs.subarray(first, cells - 1).reduce((widest, high, i) => Math.max(widest, high - lows[first + i]!), 0)) {
    // The mean of a step in which the level jumped as it never did is of no level: the newest one is.
    const after = kept.slice(n - count[cells - 1]!).filter((value) => Math.abs(value - newest) / scale <= lastRange / 2);
    count[cells - 1] = after.length;
    sum[cells - 1] = after.reduce((total, value) => total + value / scale, 0);
  }
  const deviation = (squared: number): number => (shared > 0 ? Math.sqrt((squared / shared) * (1 - filled / (filled + shared))) : 0);
  const y = new Float64Array(cells - first);
  let previous = -1;
  for (let i = first; i < cells; i++) {
    if (!(count[i]! > 0)) continue;
    y[i - first] = sum[i]! / count[i]!;
    const from = previous < 0 ? i : previous + 1;
    for (let gap = from; gap < i; gap++) {
      const share = (gap - previous) / (i - previous);
      y[gap - first] = y[previous - first]! * (1 - share) + y[i - first]! * share;
    }
    previous = i;
  }
  return {
    y,
    missing: Uint8Array.from(count.subarray(first), (samples) => (samples > 0 ? 0 : 1)),
    stepMs,
    lastMs,
    lagMs,
    scale,
    low,
    newest,
    newestCount: count[cells - 1]!,
    within: deviation(scatter),
    withinShare: deviation(shareScatter),
    spacingMs,
  };
}

/**
 * Steps of which no whole number makes a day (or an hour, where they are shorter) lose what it looks like: somewhat shorter ones, or longer ones, are
 * taken where these go into it, and the history has two of them.
 */
function asOftenADay(multiple: number, spacingMs: number, spanMs: number): number {
  const unit = multiple * spacingMs < HOUR ? HOUR : DAY;
  if (spanMs < 2 * unit) return multiple;
  const least = Math.max(Math.ceil(LEAST_OF_STEP * multiple), Math.ceil(spanMs / (MOST_POINTS - 1) / spacingMs));
  const most = Math.floor(multiple / LEAST_OF_STEP);
  const shorter = Array.from({ length: Math.max(0, multiple - least + 1) }, (_, i) => multiple - i);
  const longer = Array.from({ length: Math.max(0, most - multiple) }, (_, i) => multiple + i + 1);
  return [...shorter, ...longer].find((each) => unit % (each * spacingMs) === 0) ?? multiple;
}

function describeMs(ms: number): string {
  if (ms >= 86_400_000) return `${round(ms / 86_400_000)} d`;
  if (ms >= 3_600_000) return `${round(ms / 3_600_000)} h`;
  if (ms >= 60_000) return `${round(ms / 60_000)} min`;
  return `${round(ms / 1000)} s`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

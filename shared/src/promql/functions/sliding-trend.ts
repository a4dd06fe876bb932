/**
 * Least squares of sliding windows (deriv, predict_linear) from the sums that Prometheus's `linearRegression` takes, without
 * going through each window: sums of the window's older part, one row for each step that begins there, and of its newer part,
 * as in `sliding-sum`. All are compensated; times are seconds from a sample inside the window, as sums of times since 1970
 * would leave nothing of the differences.
 */
import { timeOf } from "../evaluation/steps.ts";
import type { FloatColumn } from "./float-windows.ts";

/**
 * A difference that is less than this share of what is subtracted keeps so few digits that another order of adding gives others:
 * as Prometheus's order is the one that counts, such windows are gone through in it.
 */
const LOST = 4e-6;

/** A row: sums of x, y, xy and xx, each followed by what rounding lost of it. */
const ROW = 8;
const [X, Y, XY, XX] = [0, 2, 4, 6];

/** Knuth's exact sum of two numbers (The Art of Computer Programming 2, 4.2.2, theorem B). */
function addTo(row: Float64Array, at: number, term: number): void {
  const sum = row[at] as number;
  const total = sum + term;
  const added = total - sum;
  row[at] = total;
  row[at + 1] = (row[at + 1] as number) + (sum - (total - added)) + (term - added);
}

function addSample(row: Float64Array, x: number, y: number): void {
  addTo(row, X, x);
  addTo(row, Y, y);
  addTo(row, XY, x * y);
  addTo(row, XX, x * x);
}

function joined(older: Float64Array, base: number, newer: Float64Array, at: number): number {
  const sum = older[base + at] as number;
  const term = newer[at] as number;
  const total = sum + term;
  const added = total - sum;
  return total + (sum - (total - added) + (term - added) + (older[base + at + 1] as number) + (newer[at + 1] as number));
}

/** `ahead`: seconds from the step's own time to that of the prediction, a value per step; without it the slope per second. */
export function slidingTrend(ahead?: Float64Array): FloatColumn {
  let older = new Float64Array(0);
  const newer = new Float64Array(ROW);
  return ({ floats, bounds, read, steps, doubtful }, values, kinds) => {
    const { times, lo, hi } = bounds;
    const { count } = read;
    if (older.length < count * ROW) older = new Float64Array(count * ROW);
    let middle = 0;
    let reached = 0;
    let originMs = 0;
    // Of the samples up to `seen` the last that differs from the one before it: a window that begins there or later is constant.
    let seen = 1;
    let changed = 0;
    for (let step = 0; step < count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (from === to) continue;
      if (from >= middle) {
        originMs = times[to - 1] as number;
        let last = step;
        while (last + 1 < count && (lo[last + 1] as number) < to) last++;
        newer.fill(0);
        for (let i = to - 1; i >= from; i--) {
          addSample(newer, ((times[i] as number) - originMs) / 1000, floats[i] as number);
          for (; last >= step && lo[last] === i; last--) for (let k = 0; k < ROW; k++) older[last * ROW + k] = newer[k] as number;
        }
        newer.fill(0);
        middle = to;
        reached = to;
      }
      for (; reached < to; reached++) addSample(newer, ((times[reached] as number) - originMs) / 1000, floats[reached] as number);
      for (; seen < to; seen++) if (floats[seen] !== floats[seen - 1]) changed = seen;
      const n = to - from;
      if (n < 2) continue;
      kinds[step] = 1;
      if (changed <= from) {
        const constant = floats[from] as number;
        // A slope of 0 leads nowhere, but a time ahead that is unknown or endless has no value: 0 times it is NaN.
        const leads = ahead === undefined ? 0 : Number.isFinite(ahead[step]) ? constant : NaN;
        values[step] = Number.isFinite(constant) ? leads : NaN;
        continue;
      }
      const row = step * ROW;
      const x = joined(older, row, newer, X);
      const y = joined(older, row, newer, Y);
      const xy = joined(older, row, newer, XY);
      const xx = joined(older, row, newer, XX);
      const covariance = xy - (x * y) / n;
      const variance = xx - (x * x) / n;
      const slope = covariance / variance;
      // Prometheus's times are seconds from the first sample, or from the step.
      const shift = ((ahead === undefined ? (times[from] as number) : timeOf(steps, step)) - originMs) / 1000;
      const far = Math.abs(shift);
      const seconds = ahead === undefined ? 0 : (ahead[step] as number);
      const value = ahead === undefined ? slope : y / n + slope * (seconds + shift - x / n);
      if (
        Math.abs(covariance) < LOST * (Math.abs(xy) + far * Math.abs(y)) ||
        variance < 10 * LOST * (xx + far * (2 * Math.abs(x) + n * far)) ||
        (ahead !== undefined && Math.abs(value) < LOST * (Math.abs(y / n) + Math.abs(slope) * (Math.abs(seconds) + far + Math.abs(x / n))))
      )
        doubtful.push(step);
      values[step] = value;
    }
  };
}

/** Range functions of floats by name, where there is a form that slides; the others go window by window (`windows.ts`). */
import type { FloatColumn, FloatWindows } from "./float-windows.ts";
import { rateColumn } from "./rate-column.ts";
import { slidingExtreme } from "./sliding-extreme.ts";
import { slidingQuantile } from "./sliding-quantile.ts";
import { slidingSum } from "./sliding-sum.ts";
import { slidingTrend } from "./sliding-trend.ts";
import { slidingVariance } from "./sliding-variance.ts";

/** A value that the window's first and last index give, of windows that hold at least `least` samples. */
function ofBounds(least: number, value: (w: FloatWindows, from: number, to: number) => number): FloatColumn {
  return (w, values, kinds) => {
    const { lo, hi } = w.bounds;
    for (let step = 0; step < w.read.count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (to - from < least) continue;
      values[step] = value(w, from, to);
      kinds[step] = 1;
    }
  };
}

/** Counts of sample pairs that differ, from prefix sums. */
function transitionColumn(differs: (now: number, before: number) => boolean): FloatColumn {
  return ({ floats, bounds, read }, values, kinds) => {
    const sums = new Int32Array(floats.length);
    for (let i = 1; i < floats.length; i++)
      sums[i] = (sums[i - 1] as number) + (differs(floats[i] as number, floats[i - 1] as number) ? 1 : 0);
    const { lo, hi } = bounds;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (from === to) continue;
      values[step] = (sums[to - 1] as number) - (sums[from] as number);
      kinds[step] = 1;
    }
  };
}

function lastTwo(perSecond: boolean): FloatColumn {
  return ofBounds(2, ({ floats, bounds }, _, to) => {
    const now = floats[to - 1] as number;
    const before = floats[to - 2] as number;
    const change = perSecond && now < before ? now : now - before;
    return perSecond ? change / (((bounds.times[to - 1] as number) - (bounds.times[to - 2] as number)) / 1000) : change;
  });
}

const changed = (now: number, before: number): boolean => now !== before && !(now !== now && before !== before);

/** Those that ask when a sample's counting began. */
export const READS_STARTS: ReadonlySet<string> = new Set(["rate", "increase", "irate", "resets"]);

/** `param`: the function's first scalar argument, a value per step. */
export function floatColumn(name: string, param: Float64Array | undefined): FloatColumn | undefined {
  switch (name) {
    case "rate":
      return rateColumn(true, true);
    case "increase":
      return rateColumn(true, false);
    case "delta":
      return rateColumn(false, false);
    case "irate":
      return lastTwo(true);
    case "idelta":
      return lastTwo(false);
    case "sum_over_time":
      return slidingSum(false);
    case "avg_over_time":
      return slidingSum(true);
    case "min_over_time":
      return slidingExtreme(-1, false);
    case "max_over_time":
      return slidingExtreme(1, false);
    case "ts_of_min_over_time":
      return slidingExtreme(-1, true);
    case "ts_of_max_over_time":
      return slidingExtreme(1, true);
    case "deriv":
      return slidingTrend();
    case "predict_linear":
      return param === undefined ? undefined : slidingTrend(param);
    case "stddev_over_time":
      return slidingVariance(true);
    case "stdvar_over_time":
      return slidingVariance(false);
    case "quantile_over_time":
      return param === undefined ? undefined : slidingQuantile(param);
    case "count_over_time":
      return ofBounds(1, (_, from, to) => to - from);
    case "absent_over_time":
    case "present_over_time":
      return ofBounds(1, () => 1);
    case "last_over_time":
      return ofBounds(1, ({ floats }, _, to) => floats[to - 1] as number);
    case "first_over_time":
      return ofBounds(1, ({ floats }, from) => floats[from] as number);
    case "changes":
      return transitionColumn(changed);
    case "resets":
      return transitionColumn((now, before) => now < before);
    default:
      return undefined;
  }
}

/**
 * Sums of sliding windows without subtraction, so that what left a window leaves no error behind: sums of the window's
 * older part from each sample to its end, computed once per turn, and one running sum of the newer part ("two stacks",
 * Tangwongsan et al., In-Order Sliding-Window Aggregation in Worst-Case Constant Time, 2017). Both are compensated
 * (Kahan, Neumaier).
 */
import type { FloatColumn, FloatWindows } from "./float-windows.ts";
import { meanOf } from "./over-time.ts";

export function slidingSum(mean: boolean): FloatColumn {
  let sums = new Float64Array(0);
  let losses = new Float64Array(0);
  return ({ floats, bounds, read }: FloatWindows, values, kinds) => {
    const { lo, hi } = bounds;
    if (sums.length < floats.length) {
      sums = new Float64Array(floats.length);
      losses = new Float64Array(floats.length);
    }
    let middle = 0;
    let reached = 0;
    let sum = 0;
    let lost = 0;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = hi[step] as number;
      if (from === to) continue;
      if (from >= middle) {
        let s = 0;
        let c = 0;
        for (let i = to - 1; i >= from; i--) {
          const x = floats[i] as number;
          const t = s + x;
          if (!Number.isFinite(t)) c = 0;
          else c += Math.abs(s) >= Math.abs(x) ? s - t + x : x - t + s;
          s = t;
          sums[i] = s;
          losses[i] = c;
        }
        middle = to;
        reached = to;
        sum = 0;
        lost = 0;
      }
      for (; reached < to; reached++) {
        const x = floats[reached] as number;
        const t = sum + x;
        if (!Number.isFinite(t)) lost = 0;
        else lost += Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum;
        sum = t;
      }
      const older = sums[from] as number;
      let total = older + sum;
      if (Number.isFinite(total))
        total += (Math.abs(older) >= Math.abs(sum) ? older - total + sum : sum - total + older) + lost + (losses[from] as number);
      values[step] = !mean ? total : Number.isFinite(total) ? total / (to - from) : meanOf(floats, from, to);
      kinds[step] = 1;
    }
  };
}

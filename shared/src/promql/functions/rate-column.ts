/** rate, increase and delta of all windows: as `extrapolatedFloat`, with the sums of resets slid. */
import type { WindowBounds } from "../select/window-bounds.ts";
import type { FloatColumn, FloatWindows } from "./float-windows.ts";
import { SlidingResets } from "./sliding-resets.ts";

/** What the times of samples give, the same for every series that has them, and so has the same `bounds.lo`. Windows of fewer than two samples have a factor of NaN. */
interface Extrapolation {
  readonly bounds: WindowBounds;
  /** By which the change is multiplied. */
  readonly factors: Float64Array;
  /** Seconds between the first and the last sample, and from the window's start to the first. */
  readonly sampled: Float64Array;
  readonly toStart: Float64Array;
  /** And from the last to its end. */
  readonly toEnd: Float64Array;
}

function extrapolationOf({ bounds, read, rangeMs }: FloatWindows, per: number): Extrapolation {
  const { times, lo, hi } = bounds;
  const factors = new Float64Array(read.count).fill(NaN);
  const sampled = new Float64Array(read.count);
  const toStart = new Float64Array(read.count);
  const toEnd = new Float64Array(read.count);
  for (let step = 0; step < read.count; step++) {
    const from = lo[step] as number;
    const to = (hi[step] as number) - 1;
    if (to - from < 1) continue;
    const firstMs = times[from] as number;
    const lastMs = times[to] as number;
    const end = read.startMs + step * read.stepMs;
    const seconds = (lastMs - firstMs) / 1000;
    const between = seconds / (to - from);
    const threshold = between * 1.1;
    let before = (firstMs - (end - rangeMs)) / 1000;
    let after = (end - lastMs) / 1000;
    if (before >= threshold) before = between / 2;
    if (after >= threshold) after = between / 2;
    sampled[step] = seconds;
    toStart[step] = before;
    toEnd[step] = after;
    factors[step] = (seconds + before + after) / seconds / per;
  }
  return { bounds, factors, sampled, toStart, toEnd };
}

export function rateColumn(counter: boolean, perSecond: boolean): FloatColumn {
  let known: Extrapolation | undefined;
  return (windows, values, kinds) => {
    const { floats, bounds, read, rangeMs } = windows;
    const per = perSecond ? rangeMs / 1000 : 1;
    if (known?.bounds.lo !== bounds.lo) known = extrapolationOf(windows, per);
    const { factors, sampled, toStart, toEnd } = known;
    const { lo, hi } = bounds;
    const resets = counter ? SlidingResets.of(floats) : undefined;
    for (let step = 0; step < read.count; step++) {
      const from = lo[step] as number;
      const to = (hi[step] as number) - 1;
      if (to - from < 1) continue;
      const first = floats[from] as number;
      let change = (floats[to] as number) - first;
      if (resets !== undefined) change = resets.corrected(change, from, to);
      kinds[step] = 1;
      // A counter was not below zero: it is not thought to have begun before it would have been there.
      if (counter && change > 0 && first >= 0) {
        const seconds = sampled[step] as number;
        const toZero = seconds * (first / change);
        if (toZero < (toStart[step] as number)) {
          values[step] = change * ((seconds + toZero + (toEnd[step] as number)) / seconds / per);
          continue;
        }
      }
      values[step] = change * (factors[step] as number);
    }
  };
}

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
  /** The part of the change that the first sample is at most where zero may lie between it and the window's start, a little too large: to multiply is cheaper than to divide. */
  readonly nearZero: Float64Array;
}

function extrapolationOf({ bounds, read, rangeMs }: FloatWindows, per: number): Extrapolation {
  const { times, lo, hi } = bounds;
  const factors = new Float64Array(read.count).fill(NaN);
  const sampled = new Float64Array(read.count);
  const toStart = new Float64Array(read.count);
  const toEnd = new Float64Array(read.count);
  const nearZero = new Float64Array(read.count);
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
    nearZero[step] = (before / seconds) * (1 + 1e-9);
    factors[step] = (seconds + before + after) / seconds / per;
  }
  return { bounds, factors, sampled, toStart, toEnd, nearZero };
}

export function rateColumn(counter: boolean, perSecond: boolean): FloatColumn {
  let known: Extrapolation | undefined;
  return (windows, values, kinds) => {
    const { floats, ascending, bounds, rangeMs } = windows;
    const per = perSecond ? rangeMs / 1000 : 1;
    if (known?.bounds.lo !== bounds.lo) known = extrapolationOf(windows, per);
    const resets = counter && !ascending ? SlidingResets.of(floats) : undefined;
    // A function of its own: V8 would compile the loop into the generator that calls this one, where it takes half as long again.
    rates(known, floats, resets, counter, per, values, kinds);
  };
}

function rates(
  known: Extrapolation,
  floats: Float64Array,
  resets: SlidingResets | undefined,
  counter: boolean,
  per: number,
  values: Float64Array,
  kinds: Uint8Array,
): void {
  const { factors, nearZero } = known;
  const { lo, hi } = known.bounds;
  for (let step = 0; step < values.length; step++) {
    const from = lo[step] as number;
    const to = (hi[step] as number) - 1;
    if (to <= from) continue;
    const first = floats[from] as number;
    let change = (floats[to] as number) - first;
    if (resets !== undefined) change = resets.corrected(change, from, to);
    kinds[step] = 1;
    if (counter && first <= change * (nearZero[step] as number) && first >= 0) values[step] = fromZero(known, step, first, change, per);
    else values[step] = change * (factors[step] as number);
  }
}

/** A counter was not below zero: it is not thought to have begun before it would have been there. */
function fromZero({ factors, sampled, toStart, toEnd }: Extrapolation, step: number, first: number, change: number, per: number): number {
  const seconds = sampled[step] as number;
  const toZero = seconds * (first / change);
  if (change > 0 && toZero < (toStart[step] as number)) return change * ((seconds + toZero + (toEnd[step] as number)) / seconds / per);
  return change * (factors[step] as number);
}

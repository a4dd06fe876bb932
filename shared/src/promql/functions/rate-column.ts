/** rate, increase and delta of all windows: as `extrapolatedFloat`, with the sums of resets slid. */
import type { FloatColumn, FloatWindows } from "./float-windows.ts";
import { SlidingResets } from "./sliding-resets.ts";

/** What the times of samples give, the same for every series that has them, and so has the same `bounds.lo`; of windows of two samples or more. */
interface Extrapolation {
  readonly windows: FloatWindows;
  /** By which the change is multiplied. */
  readonly factors: Float64Array;
  /** The part of the change that the first sample is at most where zero may lie between it and the window's start, a little too large: to multiply is cheaper than to divide. */
  readonly nearZero: Float64Array;
  /** The largest of them. */
  readonly nearest: number;
  /** Of the window that was looked at last. */
  readonly reach: Reach;
}

/** Of a window, in seconds: from its first sample to its last, and what is taken for the counter's before and after those. */
interface Reach {
  sampled: number;
  before: number;
  after: number;
}

function reachOf({ bounds, read, rangeMs }: FloatWindows, step: number, into: Reach): void {
  const from = bounds.lo[step] as number;
  const to = (bounds.hi[step] as number) - 1;
  const firstMs = bounds.times[from] as number;
  const lastMs = bounds.times[to] as number;
  const end = read.startMs + step * read.stepMs;
  into.sampled = (lastMs - firstMs) / 1000;
  into.before = (firstMs - (end - rangeMs)) / 1000;
  into.after = (end - lastMs) / 1000;
  const between = into.sampled / (to - from);
  const threshold = between * 1.1;
  if (into.before >= threshold) into.before = between / 2;
  if (into.after >= threshold) into.after = between / 2;
}

function extrapolationOf(windows: FloatWindows, per: number): Extrapolation {
  const { bounds, read } = windows;
  const { times, lo, hi } = bounds;
  const { count } = read;
  const factors = new Float64Array(count);
  const nearZero = new Float64Array(count);
  const reach = { sampled: 0, before: 0, after: 0 };
  let nearest = 0;
  let [near, factor] = [0, 0];
  let [samplesBefore, leadBefore, trailBefore] = [0, 0, 0];
  for (let step = 0; step < count; step++) {
    const from = lo[step] as number;
    const samples = (hi[step] as number) - from;
    if (samples < 2) continue;
    const end = read.startMs + step * read.stepMs;
    const lead = (times[from] as number) - end;
    const trail = end - (times[from + samples - 1] as number);
    // What is sampled regularly is the same in each window.
    if (samples !== samplesBefore || lead !== leadBefore || trail !== trailBefore) {
      reachOf(windows, step, reach);
      const { sampled, before, after } = reach;
      near = (before / sampled) * (1 + 1e-9);
      factor = (sampled + before + after) / sampled / per;
      if (near > nearest) nearest = near;
      [samplesBefore, leadBefore, trailBefore] = [samples, lead, trail];
    }
    nearZero[step] = near;
    factors[step] = factor;
  }
  return { windows, factors, nearZero, nearest, reach };
}

export function rateColumn(counter: boolean, perSecond: boolean): FloatColumn {
  let known: Extrapolation | undefined;
  return (windows, values, kinds) => {
    const { floats, ascending, bounds, rangeMs } = windows;
    const per = perSecond ? rangeMs / 1000 : 1;
    if (known?.windows.bounds.lo !== bounds.lo) known = extrapolationOf(windows, per);
    // Functions of their own: V8 would compile the loop into the generator that calls this one, where it takes half as long again.
    if (!counter || (ascending && isFarFromZero(known, floats))) differences(known, floats, values, kinds);
    else rates(known, floats, ascending ? undefined : SlidingResets.of(floats), per, values, kinds);
  };
}

/** Of floats that ascend: whether the first of no window is near zero beside its change. */
function isFarFromZero({ nearest }: Extrapolation, floats: Float64Array): boolean {
  const first = floats[0] as number;
  return first > ((floats[floats.length - 1] as number) - first) * nearest;
}

function differences(known: Extrapolation, floats: Float64Array, values: Float64Array, kinds: Uint8Array): void {
  const { factors } = known;
  const { lo, hi } = known.windows.bounds;
  for (let step = 0; step < values.length; step++) {
    const from = lo[step] as number;
    const to = (hi[step] as number) - 1;
    if (to <= from) continue;
    kinds[step] = 1;
    values[step] = ((floats[to] as number) - (floats[from] as number)) * (factors[step] as number);
  }
}

/** Of a counter. */
function rates(
  known: Extrapolation,
  floats: Float64Array,
  resets: SlidingResets | undefined,
  per: number,
  values: Float64Array,
  kinds: Uint8Array,
): void {
  const { factors, nearZero } = known;
  const { lo, hi } = known.windows.bounds;
  for (let step = 0; step < values.length; step++) {
    const from = lo[step] as number;
    const to = (hi[step] as number) - 1;
    if (to <= from) continue;
    const first = floats[from] as number;
    let change = (floats[to] as number) - first;
    if (resets !== undefined) change = resets.corrected(change, from, to);
    kinds[step] = 1;
    if (first <= change * (nearZero[step] as number) && first >= 0) values[step] = fromZero(known, step, first, change, per);
    else values[step] = change * (factors[step] as number);
  }
}

/** A counter was not below zero: it is not thought to have begun before it would have been there. */
function fromZero({ windows, factors, reach }: Extrapolation, step: number, first: number, change: number, per: number): number {
  reachOf(windows, step, reach);
  const toZero = reach.sampled * (first / change);
  if (change > 0 && toZero < reach.before) return change * ((reach.sampled + toZero + reach.after) / reach.sampled / per);
  return change * (factors[step] as number);
}

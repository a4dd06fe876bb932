/**
 * Samples of one series to aggregates over buckets. Stale markers are no samples, but end them; NaN counts, makes the sum NaN and is
 * passed over by min and max unless there is nothing else, as PromQL's *_over_time do. Increases pass over NaN.
 * Sums of decimals are exact, others are summed after Neumaier (1974).
 */
import { POWERS, scaleDecimals, scaledIntegers } from "../encoding/decimal-scale.ts";
import type { RollupColumns, SketchBins } from "../model/rollup.ts";
import { isStaleAt } from "../model/sample.ts";
import { sketchOf } from "./quantile-sketch.ts";
import { sketchColumns } from "./sketch-columns.ts";

let kept = new Float64Array(1024);
let keptTimes = new Float64Array(1024);
/** When a stale marker followed each; Infinity where none did. */
let staleAfter = new Float64Array(1024);

function dropStale(times: Float64Array, values: Float64Array): number {
  if (kept.length < values.length) {
    kept = new Float64Array(values.length);
    keptTimes = new Float64Array(values.length);
    staleAfter = new Float64Array(values.length);
  }
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (isStaleAt(values, i)) {
      if (count > 0 && staleAfter[count - 1] === Infinity) staleAfter[count - 1] = times[i] as number;
      continue;
    }
    keptTimes[count] = times[i] as number;
    staleAfter[count] = Infinity;
    kept[count++] = value;
  }
  return count;
}

/**
 * Aggregates of ascending samples at each of `resolutions` (ms, each a multiple of the one before or not); null where no
 * sample is left. `sketched` tells for each resolution whether it keeps distributions.
 */
export function rollUp(
  times: Float64Array,
  values: Float64Array,
  resolutions: readonly number[],
  sketched: readonly boolean[],
): readonly RollupColumns[] | null {
  const count = dropStale(times, values);
  if (count === 0) return null;
  const exponent = scaleDecimals(kept, count);
  return resolutions.map((resolution, at) => rollUpAt(count, resolution, sketched[at] === true, exponent));
}

function rollUpAt(count: number, resolutionMs: number, sketched: boolean, exponent: number): RollupColumns {
  let buckets = 0;
  for (let i = 0, end = -Infinity; i < count; i++) {
    if ((keptTimes[i] as number) <= end) continue;
    end = Math.ceil((keptTimes[i] as number) / resolutionMs) * resolutionMs;
    buckets += 1;
  }
  const column = (): Float64Array<ArrayBuffer> => new Float64Array(buckets);
  const ends = column();
  const counts = column();
  const sums = column();
  const mins = column();
  const maxs = column();
  const firsts = column();
  const lasts = column();
  const firstTimes = column();
  const lastTimes = column();
  const innerIncreases = column();
  const staleTimes = column();
  const sketches: (SketchBins | undefined)[] = [];
  for (let bucket = 0, from = 0; from < count; bucket++) {
    const end = Math.ceil((keptTimes[from] as number) / resolutionMs) * resolutionMs;
    let to = from;
    let min = kept[from] as number;
    let max = min;
    let increase = 0;
    let resets = 0;
    let opening = Number.NaN;
    let previous = Number.NaN;
    for (; to < count && (keptTimes[to] as number) <= end; to++) {
      const value = kept[to] as number;
      if (value < min || min !== min) min = value;
      if (value > max || max !== max) max = value;
      if (value !== value) continue;
      if (value < previous) resets += 1;
      if (previous === previous) increase += value < previous ? value : value - previous;
      else opening = value;
      previous = value;
    }
    ends[bucket] = end;
    counts[bucket] = to - from;
    sums[bucket] = sumOf(from, to, exponent);
    mins[bucket] = min;
    maxs[bucket] = max;
    firsts[bucket] = kept[from] as number;
    lasts[bucket] = kept[to - 1] as number;
    firstTimes[bucket] = keptTimes[from] as number;
    lastTimes[bucket] = keptTimes[to - 1] as number;
    staleTimes[bucket] = staleAfter[to - 1] as number;
    innerIncreases[bucket] = resets === 0 ? (opening === opening ? previous - opening : 0) : decimal(increase, exponent);
    if (sketched) sketches.push(sketchOf(kept.subarray(from, to)));
    from = to;
  }
  const ended = withStale(staleTimes);
  const columns = { resolutionMs, ends, counts, sums, mins, maxs, firsts, lasts, firstTimes, lastTimes, innerIncreases, ...ended };
  return sketched ? { ...columns, sketches: sketchColumns(sketches) } : columns;
}

/** Where the series ended at all. */
export const withStale = (staleTimes: Float64Array): Pick<RollupColumns, "staleTimes"> =>
  staleTimes.some((t) => t < Infinity) ? { staleTimes } : {};

/** Differences of decimals are decimals: what binary arithmetic left over is taken off. */
function decimal(value: number, exponent: number): number {
  if (exponent < 0) return value;
  const power = POWERS[exponent] as number;
  const integer = Math.round(value * power);
  return Math.abs(integer) < Number.MAX_SAFE_INTEGER ? integer / power : value;
}

function sumOf(from: number, to: number, exponent: number): number {
  if (exponent >= 0) {
    const integers = scaledIntegers();
    let sum = 0;
    for (let i = from; i < to; i++) sum += integers[i] as number;
    if (Math.abs(sum) <= Number.MAX_SAFE_INTEGER) return sum / (POWERS[exponent] as number);
  }
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = kept[i] as number;
    const next = sum + value;
    if (Math.abs(next) === Infinity) lost = 0;
    else lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Range functions over whole buckets and the raw samples that follow them. */
import { type RollupColumns, rolledUpUntil } from "../../model/rollup.ts";
import { putMade } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { type Column, isEmpty, newColumn, putFloat, type Steps, timeOf } from "../evaluation/steps.ts";
import { scaleHistogram } from "../histogram/arithmetic.ts";
import { WINDOW_HISTOGRAM_NS, WINDOW_NS, WINDOW_SAMPLE_NS, type WindowFunction, type WindowValue } from "../select/window.ts";
import type { WindowSeries } from "../select/window-series.ts";
import { DigestWindows } from "./digest-windows.ts";
import { extrapolationFactor } from "./rate.ts";
import { SketchWindow } from "./sketch-window.ts";

/** Buckets bLo…bHi-1 and raw samples fLo…fHi-1 lie in the window (startMs, endMs]. One object is reused for all steps. */
interface RollupWindow {
  readonly rollup: RollupColumns;
  readonly times: Float64Array;
  readonly floats: Float64Array;
  bLo: number;
  bHi: number;
  fLo: number;
  fHi: number;
  startMs: number;
  endMs: number;
}

/** Kahan-Neumaier over both parts. */
function sum(w: RollupWindow): number {
  let total = 0;
  let lost = 0;
  const add = (x: number): void => {
    const t = total + x;
    if (!Number.isFinite(t)) lost = 0;
    else lost += Math.abs(total) >= Math.abs(x) ? total - t + x : x - t + total;
    total = t;
  };
  for (let i = w.bLo; i < w.bHi; i++) add(w.rollup.sums[i] ?? 0);
  for (let i = w.fLo; i < w.fHi; i++) add(w.floats[i] ?? 0);
  return total + lost;
}

function count(w: RollupWindow): number {
  let n = w.fHi - w.fLo;
  for (let i = w.bLo; i < w.bHi; i++) n += w.rollup.counts[i] ?? 0;
  return n;
}

function extreme(w: RollupWindow, sign: 1 | -1): number {
  const column = sign === 1 ? w.rollup.maxs : w.rollup.mins;
  let best = NaN;
  for (let i = w.bLo; i < w.bHi; i++) {
    const x = column[i] ?? NaN;
    if (x * sign > best * sign || best !== best) best = x;
  }
  for (let i = w.fLo; i < w.fHi; i++) {
    const x = w.floats[i] ?? NaN;
    if (x * sign > best * sign || best !== best) best = x;
  }
  return best;
}

const first = (w: RollupWindow): number => (w.bLo < w.bHi ? w.rollup.firsts[w.bLo] : w.floats[w.fLo]) ?? NaN;
const last = (w: RollupWindow): number => (w.fLo < w.fHi ? w.floats[w.fHi - 1] : w.rollup.lasts[w.bHi - 1]) ?? NaN;
const firstMs = (w: RollupWindow): number => (w.bLo < w.bHi ? w.rollup.firstTimes[w.bLo] : w.times[w.fLo]) ?? 0;
const lastMs = (w: RollupWindow): number => (w.fLo < w.fHi ? w.times[w.fHi - 1] : w.rollup.lastTimes[w.bHi - 1]) ?? 0;

/** Growth of a counter from the first sample of the window to its last, resets corrected. */
function growth(w: RollupWindow): number {
  const { firsts, lasts, innerIncreases } = w.rollup;
  let total = 0;
  let before = NaN;
  for (let i = w.bLo; i < w.bHi; i++) {
    const x = firsts[i] ?? 0;
    if (before === before) total += x < before ? x : x - before;
    total += innerIncreases[i] ?? 0;
    before = lasts[i] ?? 0;
  }
  for (let i = w.fLo; i < w.fHi; i++) {
    const x = w.floats[i] ?? 0;
    if (before === before) total += x < before ? x : x - before;
    before = x;
  }
  return total;
}

/** rate, increase and delta, extrapolated over the moved window as over any. Per second of it. */
function perSecond(w: RollupWindow, counter: boolean): number | undefined {
  const n = count(w);
  if (n < 2) return undefined;
  const change = counter ? growth(w) : last(w) - first(w);
  const factor = extrapolationFactor(w, firstMs(w), lastMs(w), n, counter ? { first: first(w), change } : undefined);
  return (change * factor) / ((w.endMs - w.startMs) / 1000);
}

type RollupFunction = (w: RollupWindow, rangeMs: number) => number | undefined;

/** Amounts are stretched to the range asked for where only a tier was left that does not divide it. */
const stretch = (w: RollupWindow, rangeMs: number): number => (rangeMs % w.rollup.resolutionMs === 0 ? 1 : rangeMs / (w.endMs - w.startMs));
const seconds = (rangeMs: number): number => rangeMs / 1000;
const times = (x: number | undefined, by: number): number | undefined => (x === undefined ? undefined : x * by);

const FUNCTIONS: Readonly<Record<string, RollupFunction>> = {
  absent_over_time: () => 1,
  present_over_time: () => 1,
  avg_over_time: (w) => sum(w) / count(w),
  count_over_time: (w, rangeMs) => count(w) * stretch(w, rangeMs),
  sum_over_time: (w, rangeMs) => sum(w) * stretch(w, rangeMs),
  min_over_time: (w) => extreme(w, -1),
  max_over_time: (w) => extreme(w, 1),
  first_over_time: first,
  last_over_time: last,
  ts_of_first_over_time: (w) => firstMs(w) / 1000,
  ts_of_last_over_time: (w) => lastMs(w) / 1000,
  rate: (w) => perSecond(w, true),
  increase: (w, rangeMs) => times(perSecond(w, true), seconds(rangeMs)),
  delta: (w, rangeMs) => times(perSecond(w, false), seconds(rangeMs)),
};

/** Pass over histograms, of whose buckets the columns of floats tell nothing. */
const FLOATS_ONLY: ReadonlySet<string> = new Set(["min_over_time", "max_over_time"]);

/** Amounts are stretched as those of floats are. */
function* ofDigests(digests: DigestWindows, func: string, ofSamples: WindowFunction, by: number, pace: Pace): Stepwise<WindowValue> {
  if (func === "count_over_time") return digests.count * by;
  const value = yield* digests.value(ofSamples, pace);
  const amount = func === "increase" || func === "delta";
  return amount && by !== 1 && typeof value === "object" ? scaleHistogram(value, by) : value;
}

/** Whether the function needs every histogram: digests of them do not tell it. */
export const needsAllHistograms = (func: string | undefined, { digests }: RollupColumns): boolean =>
  digests !== undefined && (func === "sum_over_time" || func === "avg_over_time");

/**
 * One column from a series of which the past is rolled up. Where a window begins before the last bucket's end both its ends move
 * back to multiples of the resolution r, by less than r: also an end among raw samples, or the window would be longer than was asked for. The value is the one raw samples give for the moved window, exactly
 * (`quantile_over_time`: within the sketch's relative error of an order statistic). A range shorter than r reads the last
 * whole bucket. `ofSamples`: the function as it reads samples, which it does with digests of histograms.
 */
export function* slideRollup(
  series: WindowSeries,
  rollup: RollupColumns,
  read: Steps,
  rangeMs: number,
  func: string,
  q: Float64Array | undefined,
  ofSamples: WindowFunction,
  dropName: boolean,
  pace: Pace,
): Stepwise<Column | undefined> {
  const { ends, resolutionMs } = rollup;
  const { floatTimes, floats } = series;
  const column = newColumn(series.labels, read.count, dropName);
  const w: RollupWindow = { rollup, times: floatTimes, floats, bLo: 0, bHi: 0, fLo: 0, fHi: 0, startMs: 0, endMs: 0 };
  const fn = FUNCTIONS[func];
  const sketch = func === "quantile_over_time" ? new SketchWindow(rollup, floats) : undefined;
  const digests = rollup.digests === undefined && series.histograms.length === 0 ? undefined : new DigestWindows(series, rollup);
  const rolledUp = rolledUpUntil(rollup);
  for (let step = 0; step < read.count; step++) {
    const end = timeOf(read, step);
    const back = end - rangeMs < rolledUp ? resolutionMs : 1;
    w.endMs = Math.floor(end / back) * back;
    w.startMs = Math.floor((end - rangeMs) / back) * back;
    if (w.startMs >= w.endMs) w.startMs = w.endMs - resolutionMs;
    for (; w.bHi < ends.length && (ends[w.bHi] ?? 0) <= w.endMs; w.bHi++);
    for (; w.bLo < w.bHi && (ends[w.bLo] ?? 0) <= w.startMs; w.bLo++);
    for (; w.fHi < floatTimes.length && (floatTimes[w.fHi] ?? 0) <= w.endMs; w.fHi++);
    for (; w.fLo < w.fHi && (floatTimes[w.fLo] ?? 0) <= w.startMs; w.fLo++);
    if (digests?.move(w) === true && !(FLOATS_ONLY.has(func) && digests.hasFloats)) {
      if (pace.spend(WINDOW_NS + (w.bHi - w.bLo + 1) * WINDOW_HISTOGRAM_NS)) yield;
      const value = yield* ofDigests(digests, func, ofSamples, stretch(w, rangeMs), pace);
      if (typeof value === "number") putFloat(column, step, value);
      else if (value !== undefined && putMade(column, step, value, pace)) yield;
      continue;
    }
    if (w.bLo === w.bHi && w.fLo === w.fHi) continue;
    if (pace.spend(WINDOW_NS + (w.bHi - w.bLo + w.fHi - w.fLo) * WINDOW_SAMPLE_NS)) yield;
    const value = sketch === undefined ? fn?.(w, rangeMs) : sketch.quantile(w, q?.[step] ?? NaN);
    if (value !== undefined) putFloat(column, step, value);
  }
  return isEmpty(column) ? undefined : column;
}

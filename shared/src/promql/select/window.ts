/** Slides a window (left end open, right end closed) over a series, a function of the window at each step. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { putMade } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { type Column, isEmpty, newColumn, putFloat, type Steps, timeOf } from "../evaluation/steps.ts";
import { firstAfter } from "./first-after.ts";
import type { WindowSeries } from "./window-series.ts";

/** Samples of `series` at indices lo…hi-1 of each kind lie in the window. One object is reused for all steps. */
export interface Window {
  series: WindowSeries;
  fLo: number;
  fHi: number;
  hLo: number;
  hHi: number;
  /** How many histograms these stand for, where some are digests of others. */
  histogramCount?: number;
  /** Open left and closed right end of the window, ms. */
  startMs: number;
  endMs: number;
  /** The step's own time, ms (differs from endMs under offset or @). */
  evalMs: number;
  step: number;
}

/** What a window function gives: a float, a histogram, or nothing; of a window with very many samples, or with histograms, in steps of work. */
export type WindowValue = number | NativeHistogram | undefined;
export type WindowResult = WindowValue | Stepwise<WindowValue>;
export type WindowFunction = (window: Window, pace: Pace) => WindowResult;

/** A step; a sample, and a histogram, of a window that is gone through for its step alone. */
export const WINDOW_NS = 12;
export const WINDOW_SAMPLE_NS = 4;
export const WINDOW_HISTOGRAM_NS = 200;

/** Those that go through them more than once, in order of value, or with more to compute. */
const SLOW_SAMPLE_NS: ReadonlyMap<string, number> = new Map([
  ["mad_over_time", 120],
  ["quantile_over_time", 60],
  ["deriv", 12],
  ["predict_linear", 12],
  ["double_exponential_smoothing", 12],
  ["stddev_over_time", 12],
  ["stdvar_over_time", 12],
]);

/** Some steps of a column that has the others already. */
export interface PartOfColumn {
  readonly column: Column;
  readonly steps: readonly number[];
}

export const isStepwise = (result: WindowResult): result is Stepwise<WindowValue> => typeof result === "object" && "next" in result;

/** `func` has the name by which what the function takes for a sample is known. Stops between windows as `pace` says. */
export function* slide(
  series: WindowSeries,
  read: Steps,
  steps: Steps,
  rangeMs: number,
  fn: WindowFunction,
  dropName: boolean,
  func: string,
  pace: Pace,
  part?: PartOfColumn,
): Stepwise<Column | undefined> {
  const sampleNs = SLOW_SAMPLE_NS.get(func) ?? WINDOW_SAMPLE_NS;
  const column = part?.column ?? newColumn(series.labels, steps.count, dropName || series.dropName);
  const window: Window = { series, fLo: 0, fHi: 0, hLo: 0, hHi: 0, startMs: 0, endMs: 0, evalMs: 0, step: 0 };
  const { floatTimes, histogramTimes } = series;
  const count = part?.steps.length ?? steps.count;
  const first = timeOf(read, part?.steps[0] ?? 0);
  window.fHi = firstAfter(floatTimes, first);
  window.fLo = firstAfter(floatTimes, first - rangeMs);
  for (let at = 0; at < count; at++) {
    const step = part?.steps[at] ?? at;
    const end = timeOf(read, step);
    const start = end - rangeMs;
    while (window.fHi < floatTimes.length && (floatTimes[window.fHi] ?? 0) <= end) window.fHi++;
    while (window.fLo < window.fHi && (floatTimes[window.fLo] ?? 0) <= start) window.fLo++;
    while (window.hHi < histogramTimes.length && (histogramTimes[window.hHi] ?? 0) <= end) window.hHi++;
    while (window.hLo < window.hHi && (histogramTimes[window.hLo] ?? 0) <= start) window.hLo++;
    if (window.fLo === window.fHi && window.hLo === window.hHi) continue;
    const work = (window.fHi - window.fLo) * sampleNs + (window.hHi - window.hLo) * WINDOW_HISTOGRAM_NS;
    if (pace.spend(WINDOW_NS + work)) yield;
    window.startMs = start;
    window.endMs = end;
    window.evalMs = timeOf(steps, step);
    window.step = step;
    const given = fn(window, pace);
    const result = isStepwise(given) ? yield* given : given;
    if (typeof result === "number") putFloat(column, step, result);
    else if (result !== undefined && putMade(column, step, result, pace)) yield;
  }
  return isEmpty(column) ? undefined : column;
}

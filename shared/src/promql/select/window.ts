/** Slides a window (left end open, right end closed) over a series, a function of the window at each step. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { type Column, isEmpty, newColumn, putFloat, putHistogram, type Steps, timeOf } from "../evaluation/steps.ts";
import type { WindowSeries } from "./window-series.ts";

/** Samples of `series` at indices lo…hi-1 of each kind lie in the window. One object is reused for all steps. */
export interface Window {
  series: WindowSeries;
  fLo: number;
  fHi: number;
  hLo: number;
  hHi: number;
  /** Open left and closed right end of the window, ms. */
  startMs: number;
  endMs: number;
  /** The step's own time, ms (differs from endMs under offset or @). */
  evalMs: number;
  step: number;
}

/** What a window function gives: a float, a histogram, or nothing. */
export type WindowFunction = (window: Window) => number | NativeHistogram | undefined;

export function slide(
  series: WindowSeries,
  read: Steps,
  steps: Steps,
  rangeMs: number,
  fn: WindowFunction,
  dropName: boolean,
): Column | undefined {
  const column = newColumn(series.labels, steps.count, dropName || series.dropName);
  const window: Window = { series, fLo: 0, fHi: 0, hLo: 0, hHi: 0, startMs: 0, endMs: 0, evalMs: 0, step: 0 };
  const { floatTimes, histogramTimes } = series;
  for (let step = 0; step < steps.count; step++) {
    const end = timeOf(read, step);
    const start = end - rangeMs;
    while (window.fHi < floatTimes.length && (floatTimes[window.fHi] ?? 0) <= end) window.fHi++;
    while (window.fLo < window.fHi && (floatTimes[window.fLo] ?? 0) <= start) window.fLo++;
    while (window.hHi < histogramTimes.length && (histogramTimes[window.hHi] ?? 0) <= end) window.hHi++;
    while (window.hLo < window.hHi && (histogramTimes[window.hLo] ?? 0) <= start) window.hLo++;
    if (window.fLo === window.fHi && window.hLo === window.hHi) continue;
    window.startMs = start;
    window.endMs = end;
    window.evalMs = timeOf(steps, step);
    window.step = step;
    const result = fn(window);
    if (typeof result === "number") putFloat(column, step, result);
    else if (result !== undefined) putHistogram(column, step, result);
  }
  return isEmpty(column) ? undefined : column;
}

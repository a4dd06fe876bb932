/** `anchored` and `smoothed` (experimental): windows that take in, or interpolate towards, the samples around their ends. */
import type { SelectedSeries } from "../../model/sample.ts";
import type { VectorSelector } from "../ast.ts";
import { type Column, isEmpty, newColumn, putFloat, type Steps, timeOf } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import type { Window, WindowFunction } from "./window.ts";
import { type WindowSeries, windowSeries } from "./window-series.ts";

const ANCHORED = new Set(["resets", "changes", "rate", "increase", "delta"]);
const SMOOTHED = new Set(["rate", "increase", "delta"]);

/** Refuses functions that have no anchored or smoothed form, whether or not there is data. */
export function checkRangeExtension(extension: "anchored" | "smoothed", func: string): void {
  const allowed = extension === "anchored" ? ANCHORED : SMOOTHED;
  if (!allowed.has(func))
    throw new QueryError("execution", `${extension} modifier can only be used with: ${[...allowed].sort().join(", ")} - not with ${func}`);
}

export function checkInstantExtension(node: VectorSelector): void {
  if (node.extension === "anchored") throw new QueryError("execution", "anchored modifier can only be used with range selectors");
}

/** Value at `t` on the line between the samples around it; undefined where one side is missing. */
function interpolate(series: WindowSeries, t: number, counter: boolean, lookbackMs: number, hold: boolean): number | undefined {
  const { floatTimes, floats } = series;
  let after = 0;
  while (after < floatTimes.length && (floatTimes[after] ?? 0) < t) after++;
  if (floatTimes[after] === t) return floats[after];
  const beforeT = floatTimes[after - 1];
  const afterT = floatTimes[after];
  const before = beforeT !== undefined && beforeT > t - lookbackMs ? floats[after - 1] : undefined;
  const next = afterT !== undefined && afterT <= t + lookbackMs ? floats[after] : undefined;
  if (before === undefined) return hold ? next : undefined;
  if (next === undefined || beforeT === undefined || afterT === undefined) return before;
  // Through a counter reset the line starts from 0.
  const from = counter && next < before ? 0 : before;
  return from + ((next - from) * (t - beforeT)) / (afterT - beforeT);
}

function rangeColumn(
  series: WindowSeries,
  read: Steps,
  steps: Steps,
  rangeMs: number,
  lookbackMs: number,
  extension: "anchored" | "smoothed",
  func: string,
  dropName: boolean,
  fn: WindowFunction,
): Column | undefined {
  const column = newColumn(series.labels, steps.count, dropName || series.dropName);
  const { floatTimes, floats } = series;
  const counter = func === "rate" || func === "increase";
  for (let step = 0; step < steps.count; step++) {
    const end = timeOf(read, step);
    const start = end - rangeMs;
    const times: number[] = [];
    const values: number[] = [];
    let anyInside = false;
    for (let i = 0; i < floatTimes.length; i++) {
      const t = floatTimes[i] ?? 0;
      if (t <= start || t > end) continue;
      times.push(t);
      values.push(floats[i] ?? 0);
      anyInside = true;
    }
    if (extension === "anchored" && !anyInside) continue;
    if (func === "resets" || func === "changes") {
      const value = overAnchored(series, start, end, lookbackMs, steps, step, fn);
      if (value !== undefined) putFloat(column, step, value);
      continue;
    }
    if (extension === "anchored") {
      let before = -1;
      while (before + 1 < floatTimes.length && (floatTimes[before + 1] ?? 0) <= start) before++;
      const value = before >= 0 && (floatTimes[before] ?? 0) > start - lookbackMs ? floats[before] : values[0];
      times.unshift(start);
      values.unshift(value ?? 0);
    } else {
      const first = interpolate(series, start, counter, lookbackMs, true);
      const last = interpolate(series, end, counter, lookbackMs, true);
      if (first === undefined || last === undefined) continue;
      times.unshift(start);
      values.unshift(first);
      if (times.at(-1) !== end) {
        times.push(end);
        values.push(last);
      }
    }
    let change = (values.at(-1) ?? 0) - (values[0] ?? 0);
    if (counter) {
      for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) change += values[i - 1] ?? 0;
    }
    putFloat(column, step, func === "rate" ? change / (rangeMs / 1000) : change);
  }
  return isEmpty(column) ? undefined : column;
}

/** changes and resets from the last sample at or before the window's start. */
function overAnchored(
  series: WindowSeries,
  start: number,
  end: number,
  lookbackMs: number,
  steps: Steps,
  step: number,
  fn: WindowFunction,
): number | undefined {
  const { floatTimes } = series;
  let lo = 0;
  while (lo < floatTimes.length && (floatTimes[lo] ?? 0) <= start - lookbackMs) lo++;
  let hi = lo;
  while (hi < floatTimes.length && (floatTimes[hi] ?? 0) <= end) hi++;
  if (hi === lo) return undefined;
  let first = lo;
  while (first < hi - 1 && (floatTimes[first] ?? 0) <= start) first++;
  const window: Window = {
    series,
    fLo: Math.max(lo, first - 1),
    fHi: hi,
    hLo: 0,
    hHi: 0,
    startMs: start,
    endMs: end,
    evalMs: timeOf(steps, step),
    step,
  };
  const result = fn(window);
  return typeof result === "number" ? result : undefined;
}

function instantColumn(series: SelectedSeries, read: Steps, lookbackMs: number): Column | undefined {
  const cut = windowSeries(series);
  const column = newColumn(series.labels, read.count, false);
  for (let step = 0; step < read.count; step++) {
    const value = interpolate(cut, timeOf(read, step), false, lookbackMs, false);
    if (value !== undefined) putFloat(column, step, value);
  }
  return isEmpty(column) ? undefined : column;
}

export const extendWindow = { range: rangeColumn, instant: instantColumn };

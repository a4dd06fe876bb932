/** `anchored` and `smoothed` (experimental): windows that take in, or interpolate towards, the samples around their ends. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Span, VectorSelector } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { putMade, workOn } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { type Column, isEmpty, newColumn, putFloat, type Steps, timeOf } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { mixedKinds, mixedSchemas, notACounter, notAGauge } from "../functions/window-notes.ts";
import { scaleHistogram } from "../histogram/arithmetic.ts";
import { isCustom } from "../histogram/buckets.ts";
import { beganAnew, between, combine, type SampleValue } from "./between.ts";
import { isStepwise, WINDOW_NS, type Window, type WindowFunction } from "./window.ts";
import { type WindowSeries, windowSeries } from "./window-series.ts";

const ANCHORED = new Set(["resets", "changes", "rate", "increase", "delta"]);
const SMOOTHED = new Set(["rate", "increase", "delta"]);

export interface ExtendedCall {
  readonly extension: "anchored" | "smoothed";
  readonly func: string;
  /** The times at which windows end, and the steps they belong to. */
  readonly read: Steps;
  readonly steps: Steps;
  readonly rangeMs: number;
  readonly lookbackMs: number;
  readonly notes: Annotations;
  readonly span: Span;
}

/** Refuses functions that have no anchored or smoothed form, whether or not there is data. */
export function checkRangeExtension(extension: "anchored" | "smoothed", func: string): void {
  const allowed = extension === "anchored" ? ANCHORED : SMOOTHED;
  if (!allowed.has(func))
    throw new QueryError("execution", `${extension} modifier can only be used with: ${[...allowed].sort().join(", ")} - not with ${func}`);
}

export function checkInstantExtension(node: VectorSelector): void {
  if (node.extension === "anchored") throw new QueryError("execution", "anchored modifier can only be used with range selectors");
}

/** Samples of one kind at indices lo…hi-1. */
interface Run {
  readonly times: Float64Array;
  readonly values: ArrayLike<SampleValue>;
  readonly lo: number;
  readonly hi: number;
}

/** Of a series' floats and histograms those in (from, to], as steps go on; two kinds at once are none, and a note. */
class RunReader {
  private readonly series: WindowSeries;
  private fLo = 0;
  private fHi = 0;
  private hLo = 0;
  private hHi = 0;
  constructor(series: WindowSeries) {
    this.series = series;
  }

  /** Of the window before. */
  get samples(): number {
    return this.fHi - this.fLo + this.hHi - this.hLo;
  }

  private cut(from: number, to: number): void {
    const { floatTimes, histogramTimes } = this.series;
    while (this.fHi < floatTimes.length && (floatTimes[this.fHi] as number) <= to) this.fHi++;
    while (this.fLo < this.fHi && (floatTimes[this.fLo] as number) <= from) this.fLo++;
    while (this.hHi < histogramTimes.length && (histogramTimes[this.hHi] as number) <= to) this.hHi++;
    while (this.hLo < this.hHi && (histogramTimes[this.hLo] as number) <= from) this.hLo++;
  }

  read(from: number, to: number, notes: Annotations, span: Span): Run | undefined {
    this.cut(from, to);
    const { series, fLo, fHi, hLo, hHi } = this;
    if (fLo < fHi && hLo < hHi) {
      notes.warn(mixedKinds(series.labels), span);
      return undefined;
    }
    if (fLo < fHi) return { times: series.floatTimes, values: series.floats, lo: fLo, hi: fHi };
    return hLo < hHi ? { times: series.histogramTimes, values: series.histograms, lo: hLo, hi: hHi } : undefined;
  }

  /** A window of all samples in (start, end] and the newest one of (from, start]. */
  anchored(from: number, start: number, end: number): Pick<Window, "fLo" | "fHi" | "hLo" | "hHi"> | undefined {
    this.cut(from, end);
    const { series, fHi, hHi } = this;
    const { floatTimes, histogramTimes } = series;
    let { fLo, hLo } = this;
    while (fLo < fHi && (floatTimes[fLo] as number) <= start) fLo++;
    while (hLo < hHi && (histogramTimes[hLo] as number) <= start) hLo++;
    if (fLo === fHi && hLo === hHi) return undefined;
    const floatBefore = fLo > this.fLo ? (floatTimes[fLo - 1] as number) : -Infinity;
    const histogramBefore = hLo > this.hLo ? (histogramTimes[hLo - 1] as number) : -Infinity;
    if (floatBefore > histogramBefore) fLo--;
    else if (histogramBefore > floatBefore) hLo--;
    return { fLo, fHi, hLo, hHi };
  }
}

/** A sample of a window, gone through several times. */
const SAMPLE_NS = 60;

function* rangeColumn(
  series: WindowSeries,
  call: ExtendedCall,
  fn: WindowFunction,
  dropName: boolean,
  pace: Pace,
): Stepwise<Column | undefined> {
  const { read, steps, rangeMs, lookbackMs, func, extension } = call;
  const column = newColumn(series.labels, steps.count, dropName || series.dropName);
  const reader = new RunReader(series);
  for (let step = 0; step < steps.count; step++) {
    const end = timeOf(read, step);
    const start = end - rangeMs;
    let result: SampleValue | undefined;
    if (pace.spend(WINDOW_NS + reader.samples * SAMPLE_NS)) yield;
    if (func === "resets" || func === "changes") {
      const bounds = reader.anchored(start - lookbackMs, start, end);
      if (bounds !== undefined) {
        const given = fn({ ...bounds, series, startMs: start, endMs: end, evalMs: timeOf(steps, step), step }, pace);
        result = isStepwise(given) ? yield* given : given;
      }
    } else {
      const run = reader.read(start - lookbackMs, extension === "smoothed" ? end + lookbackMs : end, call.notes, call.span);
      if (run !== undefined) {
        for (let i = run.lo; i < run.hi && typeof run.values[i] === "object"; i++)
          if (pace.spend(2 * workOn(run.values[i] as NativeHistogram))) yield;
        result = changeOver(series, run, start, end, call);
      }
    }
    if (typeof result === "number") putFloat(column, step, result);
    else if (result !== undefined && putMade(column, step, result, pace)) yield;
  }
  return isEmpty(column) ? undefined : column;
}

/** rate, increase or delta from the value at the window's start to the one at its end (Prometheus `extendedRate`). */
function changeOver(series: WindowSeries, run: Run, start: number, end: number, call: ExtendedCall): SampleValue | undefined {
  const { times } = run;
  const smoothed = call.extension === "smoothed";
  const counter = call.func !== "delta";
  let last = run.hi - 1;
  if (smoothed) while (last > run.lo && (times[last - 1] as number) >= end) last--;
  let first = run.lo;
  while (first < last && (times[first + 1] as number) <= start) first++;
  if ((times[last] as number) <= start || (smoothed && (times[first] as number) > end)) return undefined;
  const used: SampleValue[] = [];
  for (let i = first; i <= last; i++) used.push(run.values[i] ?? 0);
  if (!fit(series, used, counter, call)) return undefined;

  const share = (t: number, i: number): number => (t - (times[i] as number)) / ((times[i + 1] as number) - (times[i] as number));
  const fromBefore = smoothed && first < last && (times[first] as number) < start;
  const towardsNext = smoothed && first < last && (times[last] as number) > end;
  const one = used[0] ?? 0;
  const newest = used.at(-1) ?? 0;
  const left = fromBefore ? between(one, used[1] ?? 0, share(start, first), counter) : one;
  const right = towardsNext ? between(used.at(-2) ?? 0, newest, share(end, last - 1), counter) : newest;
  let change = left === undefined || right === undefined ? undefined : combine(right, left, -1);
  // What a reset took away is added; one that the left end is interpolated across is in that already.
  const afterLeft = fromBefore && typeof left === "number" && !(towardsNext && used.length === 2);
  const kept = afterLeft ? [left, ...used.slice(1)] : used.slice(fromBefore ? 1 : 0);
  for (const [i, before] of (counter ? kept.slice(0, -1) : []).entries())
    if (change !== undefined && beganAnew(kept[i + 1] ?? 0, before)) change = combine(change, before, 1);
  if (change === undefined) return undefined;
  const seconds = call.func === "rate" ? call.rangeMs / 1000 : 1;
  return typeof change === "number" ? change / seconds : { ...scaleHistogram(change, seconds, true), counterResetHint: "gauge" };
}

/** Whether the samples go together; says so where they do not, or are not what the function is for. */
function fit(series: WindowSeries, used: readonly SampleValue[], counter: boolean, call: ExtendedCall): boolean {
  const histograms = used.filter((value) => typeof value === "object");
  const [first] = histograms;
  const last = histograms.at(-1);
  if (first === undefined || last === undefined) return true;
  if (histograms.some((h) => isCustom(h) !== isCustom(first))) {
    call.notes.warn(mixedSchemas(series.labels), call.span);
    return false;
  }
  if (counter) {
    if (histograms.some((h) => h.counterResetHint === "gauge")) call.notes.warn(notACounter(series.labels), call.span);
  } else if (first.counterResetHint !== "gauge" || last.counterResetHint !== "gauge") call.notes.warn(notAGauge(series.labels), call.span);
  return true;
}

function* instantColumn(
  series: SelectedSeries,
  read: Steps,
  lookbackMs: number,
  notes: Annotations,
  span: Span,
  pace: Pace,
): Stepwise<Column | undefined> {
  const reader = new RunReader(windowSeries(series));
  const column = newColumn(series.labels, read.count, false);
  for (let step = 0; step < read.count; step++) {
    const t = timeOf(read, step);
    const run = reader.read(t - lookbackMs, t + lookbackMs, notes, span);
    if (run === undefined) continue;
    let at = run.lo - 1;
    while (at + 1 < run.hi && (run.times[at + 1] as number) <= t) at++;
    const before = run.values[at];
    const after = run.values[at + 1];
    if (at < run.lo || before === undefined) continue;
    const time = run.times[at] as number;
    let value: SampleValue | undefined = before;
    if (time !== t && at + 1 < run.hi && after !== undefined) {
      // A float may be a gauge; a histogram says so.
      const counter = typeof after === "object" && after.counterResetHint !== "gauge";
      value = between(before, after, (t - time) / ((run.times[at + 1] as number) - time), counter);
      if (value === undefined) notes.warn(mixedSchemas(series.labels), span);
    }
    if (typeof value === "number") putFloat(column, step, value);
    else if (value !== undefined && putMade(column, step, value, pace)) yield;
  }
  return isEmpty(column) ? undefined : column;
}

export const extendWindow = { range: rangeColumn, instant: instantColumn };

/**
 * The windows of a subquery of very many steps of its own: these are evaluated some at a time, so that nothing made of them takes long in one go. A value at a
 * step depends on no other step, so the windows are those of one go.
 */
import type { Labels } from "../../model/labels.ts";
import { seriesKey } from "../../model/labels.ts";
import type { QueryParams, Select, SelectRequest } from "../api.ts";
import type { Expr } from "../ast.ts";
import { firstAfter } from "../select/first-after.ts";
import { type WindowSeries, windowFromColumn } from "../select/window-series.ts";
import { KeptReads } from "./kept-reads.ts";
import type { Reads } from "./merged-requests.ts";
import { type Pace, SERIES_NS, type Stepwise } from "./pace.ts";
import { joinRenamed } from "./renamed-windows.ts";
import { collectRequests } from "./requests.ts";
import { childrenOf } from "./shared-expressions.ts";
import { allTimes, type Column, type Steps, timeOf, type Value } from "./steps.ts";

/** Fewer are evaluated in one go. */
const LEAST = 16_384;
/** What is done anew for each part, as to fill the first window of a long range, is done so often at most. */
const MOST_PARTS = 32;
/** To evaluate a node at a step, of one series. */
const NODE_NS = 30;
/** To put a value in its place. */
const VALUE_NS = 4;

/** What an expression gives whatever the step is, and the samples of one. */
export interface Constant {
  readonly value: Value;
  readonly samples: number;
}

/** A subquery that is being evaluated: its steps, how many of them at a time, what is the same in all of them, and the windows of those within it. */
export interface Inner {
  readonly steps: Steps;
  readonly atOnce: number;
  readonly constant: Map<Expr, Constant>;
  readonly windows: Map<Expr, readonly WindowSeries[]>;
}

/** How many steps are evaluated at a time. */
export const stepsAtOnce = ({ count }: Steps): number => (count <= 2 * LEAST ? count : Math.max(LEAST, Math.ceil(count / MOST_PARTS)));

/** Reads that have been asked for all steps, for parts of them. */
export function readsOfAll(expr: Expr, steps: Steps, params: QueryParams, all: Select): Reads {
  const kept = new KeptReads(all);
  const requests: SelectRequest[] = [];
  collectRequests(expr, steps, params, requests);
  for (const request of requests) if (!kept.has(request)) kept.add(request, all(request));
  return { select: (request) => ({ series: kept.select(request), fresh: false }) };
}

const sizeOf = (expr: Expr): number => childrenOf(expr).reduce((sum, child) => sum + sizeOf(child), 1);

/** `evaluate` gives the vector of some of the steps. */
export function* subqueryWindows(
  expr: Expr,
  steps: Steps,
  atOnce: number,
  evaluate: (part: Steps) => Stepwise<Column[]>,
  pace: Pace,
): Stepwise<WindowSeries[]> {
  const stepNs = sizeOf(expr) * NODE_NS;
  const joined = new Map<string, Parts>();
  for (let from = 0; from < steps.count; from += atOnce) {
    const count = Math.min(atOnce, steps.count - from);
    const part = { startMs: timeOf(steps, from), stepMs: steps.stepMs, count };
    const times = allTimes(part);
    for (const column of yield* evaluate(part)) {
      const key = seriesKey(column.labels);
      let parts = joined.get(key);
      if (parts === undefined) joined.set(key, (parts = { labels: column.labels, dropName: column.dropName, windows: [] }));
      parts.windows.push(windowFromColumn(column, times));
      if (pace.spend(SERIES_NS + count * VALUE_NS)) yield;
    }
    // What evaluates a series at a time counts its series, and not what it does to one.
    if (atOnce < steps.count && pace.spend(count * stepNs)) yield;
  }
  const times = allTimes(steps);
  if (pace.spend(steps.count * VALUE_NS)) yield;
  const series: WindowSeries[] = [];
  for (const parts of joined.values()) {
    series.push(whole(parts, times));
    if (pace.spend(SERIES_NS + steps.count * VALUE_NS)) yield;
  }
  return yield* joinRenamed(series, pace);
}

/** Of those of all parts what one of them reads: later than `afterMs`, and not later than `untilMs`. */
export function* windowsBetween(all: readonly WindowSeries[], afterMs: number, untilMs: number, pace: Pace): Stepwise<WindowSeries[]> {
  const found: WindowSeries[] = [];
  for (const { floatTimes, floats, histogramTimes, histograms, labels, dropName } of all) {
    const [from, to] = [firstAfter(floatTimes, afterMs), firstAfter(floatTimes, untilMs)];
    const [first, end] = [firstAfter(histogramTimes, afterMs), firstAfter(histogramTimes, untilMs)];
    if (pace.spend(SERIES_NS + (end - first) * VALUE_NS)) yield;
    if (from === to && first === end) continue;
    found.push({
      labels,
      dropName,
      floatTimes: floatTimes.subarray(from, to),
      floats: floats.subarray(from, to),
      histogramTimes: histogramTimes.subarray(first, end),
      histograms: histograms.slice(first, end),
    });
  }
  return found;
}

interface Parts {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly windows: WindowSeries[];
}

function whole({ labels, dropName, windows }: Parts, times: Float64Array): WindowSeries {
  const floats = joinedColumn(windows.map((window) => window.floats));
  return {
    labels,
    dropName,
    floats,
    // Those of a series without gaps are shared by all such.
    floatTimes: floats.length === times.length ? times : joinedColumn(windows.map((window) => window.floatTimes)),
    histogramTimes: joinedColumn(windows.map((window) => window.histogramTimes)),
    histograms: windows.flatMap((window) => window.histograms),
  };
}

function joinedColumn(parts: readonly Float64Array[]): Float64Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

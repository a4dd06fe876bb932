/** Range functions over native histograms. */
import { type NativeHistogram, emptyLike } from "../../model/histogram.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { combineHistograms, isCounterReset, scaleHistogram } from "../histogram/arithmetic.ts";
import { isCustom } from "../histogram/buckets.ts";
import { meanOfHistograms, sumOfHistograms } from "../histogram/sum.ts";
import type { Window, WindowValue } from "../select/window.ts";
import { extrapolationFactor, isReset } from "./rate.ts";
import type { WindowCall } from "./window-call.ts";
import { mixedKinds, mixedSchemas, notACounter, notAGauge } from "./window-notes.ts";

/** rate, increase and delta of native histograms (Prometheus `histogramRate`), extrapolated like floats by the count. */
export function* histogramRate(w: Window, call: WindowCall, counter: boolean, perSecond: boolean, pace: Pace): Stepwise<WindowValue> {
  const { histogramTimes } = w.series;
  const histograms = w.series.histograms.slice(w.hLo, w.hHi);
  const first = histograms[0];
  const second = histograms[1];
  const last = histograms.at(-1);
  if (first === undefined || second === undefined || last === undefined) return undefined;
  if (counter && histograms.some((h) => h.counterResetHint === "gauge")) call.notes.warn(notACounter(w.series.labels), call.span);
  if (!counter && (first.counterResetHint !== "gauge" || last.counterResetHint !== "gauge")) {
    call.notes.warn(notAGauge(w.series.labels), call.span);
  }
  if (pace.spend(workOn(first) + workOn(second) + workOn(last))) yield;
  // After a reset between the first two the first does not count, whatever its buckets.
  let before = counter && isCounterReset(second, first) ? emptyLike(second) : first;
  const layouts = counter ? histograms.slice(1) : [last];
  if (layouts.some((h) => isCustom(h) !== isCustom(before))) {
    call.notes.warn(mixedSchemas(w.series.labels), call.span);
    return undefined;
  }
  const difference = combineHistograms(last, before, -1);
  if (difference === undefined) return undefined;
  let reconciled = difference.boundsReconciled;
  let change = difference.histogram;
  if (counter) {
    for (const now of histograms.slice(1)) {
      if (pace.spend(workOn(now) + workOn(before))) yield;
      if (isCounterReset(now, before)) {
        if (pace.spend(workOn(change))) yield;
        const sum = combineHistograms(change, before, 1);
        if (sum === undefined) return undefined;
        reconciled ||= sum.boundsReconciled;
        change = sum.histogram;
      }
      before = now;
    }
  }
  if (reconciled) call.notes.info("mismatched custom buckets were reconciled during subtraction", call.span);
  const zero = counter ? { first: first.count, change: change.count } : undefined;
  const factor = extrapolationFactor(
    w,
    histogramTimes[w.hLo] ?? 0,
    histogramTimes[w.hHi - 1] ?? 0,
    w.histogramCount ?? histograms.length,
    zero,
  );
  const scale = perSecond ? factor / ((w.endMs - w.startMs) / 1000) : factor;
  return { ...scaleHistogram(change, scale), counterResetHint: "gauge" };
}

/** irate and idelta: the last two samples of the window. */
export function* lastTwo(w: Window, call: WindowCall, perSecond: boolean, pace: Pace): Stepwise<WindowValue> {
  const { floats, floatTimes, histograms, histogramTimes } = w.series;
  const samples: { readonly t: number; readonly v: number | NativeHistogram }[] = [];
  for (let i = Math.max(w.fLo, w.fHi - 2); i < w.fHi; i++) samples.push({ t: floatTimes[i] ?? 0, v: floats[i] ?? 0 });
  for (let i = Math.max(w.hLo, w.hHi - 2); i < w.hHi; i++) {
    const v = histograms[i];
    if (v !== undefined) samples.push({ t: histogramTimes[i] ?? 0, v });
  }
  samples.sort((a, b) => a.t - b.t);
  const before = samples.at(-2);
  const now = samples.at(-1);
  if (before === undefined || now === undefined) return undefined;
  const seconds = (now.t - before.t) / 1000;
  if (seconds === 0) return undefined;
  if (typeof before.v === "number" && typeof now.v === "number") {
    const change = perSecond && isReset(w.series, w.fHi - 1) ? now.v : now.v - before.v;
    return perSecond ? change / seconds : change;
  }
  if (typeof before.v === "number" || typeof now.v === "number") {
    call.notes.warn(mixedKinds(w.series.labels), call.span);
    return undefined;
  }
  if (pace.spend(workOn(now.v) + workOn(before.v))) yield;
  if (perSecond && (now.v.counterResetHint === "gauge" || before.v.counterResetHint === "gauge"))
    call.notes.warn(notACounter(w.series.labels), call.span);
  if (!perSecond && (now.v.counterResetHint !== "gauge" || before.v.counterResetHint !== "gauge"))
    call.notes.warn(notAGauge(w.series.labels), call.span);
  let change: NativeHistogram = now.v;
  if (!perSecond || !isCounterReset(now.v, before.v)) {
    const difference = combineHistograms(now.v, before.v, -1);
    if (difference === undefined) {
      call.notes.warn(mixedSchemas(w.series.labels), call.span);
      return undefined;
    }
    if (difference.boundsReconciled) call.notes.info("mismatched custom buckets were reconciled during subtraction", call.span);
    change = difference.histogram;
  }
  return { ...(perSecond ? scaleHistogram(change, seconds, true) : change), counterResetHint: "gauge" };
}

function* ofWindow(w: Window, call: WindowCall, of: typeof sumOfHistograms, pace: Pace): Stepwise<WindowValue> {
  const [first, ...others] = w.series.histograms.slice(w.hLo, w.hHi);
  if (first === undefined) return undefined;
  const total = yield* of(first, others, pace);
  if (total === undefined) {
    call.notes.warn(mixedSchemas(w.series.labels), call.span);
    return undefined;
  }
  const { histogram, boundsReconciled, resetsConflict } = total;
  if (resetsConflict) call.notes.warn("conflicting counter resets during histogram aggregation", call.span);
  if (boundsReconciled) call.notes.info("mismatched custom buckets were reconciled during aggregation", call.span);
  // Prometheus averages reconciled histograms by differences, which makes gauges of them.
  return boundsReconciled && of === meanOfHistograms ? { ...histogram, counterResetHint: "gauge" } : histogram;
}

export const histogramSum = (w: Window, call: WindowCall, pace: Pace): Stepwise<WindowValue> => ofWindow(w, call, sumOfHistograms, pace);

export const histogramAverage = (w: Window, call: WindowCall, pace: Pace): Stepwise<WindowValue> =>
  ofWindow(w, call, meanOfHistograms, pace);

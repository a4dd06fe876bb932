/** Range functions by name. Those that take parameters get them at the step. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { equalHistograms, isCounterReset } from "../histogram/arithmetic.ts";
import type { Window, WindowFunction } from "../select/window.ts";
import { histogramAverage, histogramRate, histogramSum, lastTwo } from "./histogram-windows.ts";
import {
  avgOverTime,
  madOverTime,
  maxOverTime,
  minOverTime,
  quantileOverTime,
  sumOverTime,
  tsOfMaxOverTime,
  tsOfMinOverTime,
  varianceOverTime,
} from "./over-time.ts";
import { beginsInside, extrapolatedFloat, isReset } from "./rate.ts";
import { histogramsIgnored, mixedKinds } from "./window-notes.ts";
import type { WindowCall } from "./window-call.ts";
import { checkFactors, deriv, doubleExponentialSmoothing, predictLinear } from "./trend.ts";

const floatsIn = (w: Window): number => w.fHi - w.fLo;
const histogramsIn = (w: Window): number => w.hHi - w.hLo;

/** Functions whose result keeps the metric name. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(["last_over_time", "first_over_time"]);

/** Functions of floats alone: histograms in the window are passed over, and said so when there are floats too. */
function floatsOnly(name: string, call: WindowCall, fn: WindowFunction): WindowFunction {
  return (w, pace) => {
    if (floatsIn(w) === 0) return undefined;
    if (histogramsIn(w) > 0) call.notes.info(histogramsIgnored(w.series.labels), call.span);
    return fn(w, pace);
  };
}

function mixed(w: Window, call: WindowCall): boolean {
  if (floatsIn(w) === 0 || histogramsIn(w) === 0) return false;
  call.notes.warn(mixedKinds(w.series.labels), call.span);
  return true;
}

function rateLike(call: WindowCall, counter: boolean, perSecond: boolean): WindowFunction {
  return (w, pace) => {
    if (floatsIn(w) + histogramsIn(w) < 2 && !(counter && beginsInside(w))) return undefined;
    if (mixed(w, call)) return undefined;
    if (floatsIn(w) === 0) return histogramRate(w, call, counter, perSecond, pace);
    return extrapolatedFloat(w, counter, perSecond);
  };
}

/** Changes or resets from sample to sample, floats and histograms in one order of time. */
function* transitions(w: Window, reset: boolean, pace: Pace): Stepwise<number> {
  const { floats, floatTimes, histograms, histogramTimes } = w.series;
  let count = 0;
  let f = w.fLo;
  let h = w.hLo;
  let before: number | (typeof histograms)[number] | undefined;
  let floatBefore = -1;
  while (f < w.fHi || h < w.hHi) {
    const isFloat = h >= w.hHi || (f < w.fHi && (floatTimes[f] ?? 0) < (histogramTimes[h] ?? 0));
    const now = isFloat ? floats[f++] : histograms[h++];
    if (now !== undefined && before !== undefined) {
      if (typeof now !== typeof before) count++;
      else if (typeof now === "number" && typeof before === "number") {
        const anew = reset && f - 2 === floatBefore ? isReset(w.series, f - 1) : now < before;
        if (reset ? anew : now !== before && !(now !== now && before !== before)) count++;
      } else if (typeof now === "object" && typeof before === "object") {
        if (pace.spend(workOn(now) + workOn(before))) yield;
        if (reset ? isCounterReset(now, before) : !equalHistograms(now, before)) count++;
      }
    }
    if (isFloat) floatBefore = f - 1;
    before = now;
  }
  return count;
}

function edge(w: Window, last: boolean, time: boolean): number | NativeHistogram | undefined {
  const { floats, floatTimes, histograms, histogramTimes } = w.series;
  const f = last ? w.fHi - 1 : w.fLo;
  const h = last ? w.hHi - 1 : w.hLo;
  const fT = floatsIn(w) === 0 ? undefined : floatTimes[f];
  const hT = histogramsIn(w) === 0 ? undefined : histogramTimes[h];
  const histogram = hT !== undefined && (fT === undefined || (last ? hT > fT : hT < fT));
  if (time) return ((histogram ? hT : fT) ?? 0) / 1000;
  return histogram ? histograms[h] : floats[f];
}

export function windowFunction(name: string, call: WindowCall): WindowFunction | undefined {
  const param = (index: number, w: Window): number => call.params[index]?.[w.step] ?? NaN;
  switch (name) {
    case "rate":
      return rateLike(call, true, true);
    case "increase":
      return rateLike(call, true, false);
    case "delta":
      return rateLike(call, false, false);
    case "irate":
      return (w, pace) => lastTwo(w, call, true, pace);
    case "idelta":
      return (w, pace) => lastTwo(w, call, false, pace);
    case "sum_over_time":
      return (w, pace) => (mixed(w, call) ? undefined : floatsIn(w) > 0 ? sumOverTime(w) : histogramSum(w, call, pace));
    case "avg_over_time":
      return (w, pace) => (mixed(w, call) ? undefined : floatsIn(w) > 0 ? avgOverTime(w) : histogramAverage(w, call, pace));
    case "count_over_time":
      return (w) => floatsIn(w) + histogramsIn(w);
    case "present_over_time":
      return () => 1;
    case "last_over_time":
      return (w) => edge(w, true, false);
    case "first_over_time":
      return (w) => edge(w, false, false);
    case "ts_of_last_over_time":
      return (w) => edge(w, true, true);
    case "ts_of_first_over_time":
      return (w) => edge(w, false, true);
    case "changes":
      return (w, pace) => transitions(w, false, pace);
    case "resets":
      return (w, pace) => transitions(w, true, pace);
    case "min_over_time":
      return floatsOnly(name, call, minOverTime);
    case "max_over_time":
      return floatsOnly(name, call, maxOverTime);
    case "ts_of_min_over_time":
      return floatsOnly(name, call, tsOfMinOverTime);
    case "ts_of_max_over_time":
      return floatsOnly(name, call, tsOfMaxOverTime);
    case "stddev_over_time":
      return floatsOnly(name, call, (w) => Math.sqrt(varianceOverTime(w)));
    case "stdvar_over_time":
      return floatsOnly(name, call, varianceOverTime);
    case "mad_over_time":
      return floatsOnly(name, call, madOverTime);
    case "quantile_over_time":
      return floatsOnly(name, call, (w, pace) => quantileOverTime(w, param(0, w), pace));
    case "deriv":
      return trendOf(call, deriv);
    case "predict_linear":
      return trendOf(call, (w) => predictLinear(w, param(0, w)));
    case "double_exponential_smoothing": {
      const smooth = floatsOnly(name, call, (w) => doubleExponentialSmoothing(w, param(0, w), param(1, w)));
      return (w, pace) => {
        checkFactors(param(0, w), param(1, w));
        return smooth(w, pace);
      };
    }
    default:
      return undefined;
  }
}

/** Regressions say when histograms were passed over, even where too few floats are left. */
function trendOf(call: WindowCall, fn: (w: Window) => number | undefined): WindowFunction {
  return (w) => {
    if (floatsIn(w) < 2) {
      if (floatsIn(w) === 1 && histogramsIn(w) > 0) call.notes.info(histogramsIgnored(w.series.labels), call.span);
      return undefined;
    }
    if (histogramsIn(w) > 0) call.notes.info(histogramsIgnored(w.series.labels), call.span);
    return fn(w);
  };
}

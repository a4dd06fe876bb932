/** Fills in counter reset hints that storage left unknown, sample by sample (Prometheus `HistogramStatsIterator`). */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { isCounterReset } from "../histogram/arithmetic.ts";

export function* withDetectedResets(series: SelectedSeries, pace: Pace): Stepwise<SelectedSeries> {
  if (series.histograms === undefined) return series;
  let before: NativeHistogram | undefined;
  const histograms: (NativeHistogram | undefined)[] = [];
  for (const now of series.histograms) {
    const last = before;
    if (now !== undefined) before = now;
    if (now === undefined || now.counterResetHint !== "unknown" || last === undefined || last.counterResetHint === "gauge") {
      histograms.push(now);
      continue;
    }
    if (pace.spend(workOn(now) + workOn(last))) yield;
    histograms.push({ ...now, counterResetHint: isCounterReset(now, last) ? "reset" : "not_reset" });
  }
  return { ...series, histograms };
}

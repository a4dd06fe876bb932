/** Fills in counter reset hints that storage left unknown, sample by sample (Prometheus `HistogramStatsIterator`). */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import { isCounterReset } from "../histogram/arithmetic.ts";

export function withDetectedResets(series: SelectedSeries): SelectedSeries {
  if (series.histograms === undefined) return series;
  let before: NativeHistogram | undefined;
  const histograms = series.histograms.map((now) => {
    if (now === undefined) return undefined;
    const last = before;
    before = now;
    if (now.counterResetHint !== "unknown" || last === undefined || last.counterResetHint === "gauge") return now;
    return { ...now, counterResetHint: isCounterReset(now, last) ? ("reset" as const) : ("not_reset" as const) };
  });
  return { ...series, histograms };
}

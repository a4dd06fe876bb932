/** Instant selection: at each step the newest sample of the lookback, unless that is a stale marker. */
import { fillFromRollup } from "./rollup-instant.ts";
import { StaleMarkers } from "./stale.ts";
import { isStale, type SelectedSeries } from "../../model/sample.ts";
import { type Column, newColumn, putFloat, putHistogram, type Steps, timeOf } from "../evaluation/steps.ts";

/** `times` receives the sample's own time (ms) at every step that has one, for `timestamp()`. */
export function selectInstant(series: SelectedSeries, read: Steps, lookbackMs: number, times?: Float64Array): Column | undefined {
  const { timestamps, values, histograms } = series;
  const column = newColumn(series.labels, read.count, false);
  const stale = new StaleMarkers(values);
  let any = false;
  let next = 0;
  for (let step = 0; step < read.count; step++) {
    const t = timeOf(read, step);
    while (next < timestamps.length && (timestamps[next] ?? 0) <= t) next++;
    const at = next - 1;
    if (at < 0 || (timestamps[at] ?? 0) <= t - lookbackMs) continue;
    const value = values[at] ?? 0;
    const histogram = histograms?.[at];
    if (histogram === undefined ? value !== value && stale.at(at) : isStale(histogram.sum)) continue;
    if (histogram === undefined) putFloat(column, step, value);
    else putHistogram(column, step, histogram);
    if (times !== undefined) times[step] = timestamps[at] ?? 0;
    any = true;
  }
  if (series.rollup !== undefined && fillFromRollup(column, series.rollup, read, lookbackMs, timestamps[0] ?? Infinity, times)) any = true;
  return any ? column : undefined;
}

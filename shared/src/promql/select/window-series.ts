/** A series cut for range functions: floats and histograms apart, stale markers gone. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Labels } from "../../model/labels.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import { StaleMarkers } from "./stale.ts";
import { isStale, type SelectedSeries } from "../../model/sample.ts";
import { ABSENT, type Column, FLOAT, type Steps, timeOf } from "../evaluation/steps.ts";

export interface WindowSeries {
  readonly labels: Labels;
  readonly floatTimes: Float64Array;
  readonly floats: Float64Array;
  readonly histogramTimes: Float64Array;
  readonly histograms: readonly NativeHistogram[];
  readonly dropName: boolean;
  /** What came before the samples, in buckets. */
  readonly rollup?: RollupColumns;
  /** Running sum of what counter resets took away, filled on first use. */
  resets?: Float64Array;
}

export function windowSeries(series: SelectedSeries): WindowSeries {
  const { timestamps, values, histograms } = series;
  const past = series.rollup === undefined ? {} : { rollup: series.rollup };
  const stale = new StaleMarkers(values);
  let clean = histograms === undefined;
  for (let i = 0; clean && i < values.length; i++) if (values[i] !== values[i] && stale.at(i)) clean = false;
  if (clean)
    return {
      labels: series.labels,
      floatTimes: timestamps,
      floats: values,
      histogramTimes: new Float64Array(0),
      histograms: [],
      dropName: false,
      ...past,
    };
  const floatTimes: number[] = [];
  const floats: number[] = [];
  const histogramTimes: number[] = [];
  const kept: NativeHistogram[] = [];
  for (let i = 0; i < values.length; i++) {
    const histogram = histograms?.[i];
    const value = values[i] ?? 0;
    if (histogram !== undefined) {
      if (isStale(histogram.sum)) continue;
      histogramTimes.push(timestamps[i] ?? 0);
      kept.push(histogram);
    } else if (!stale.at(i)) {
      floatTimes.push(timestamps[i] ?? 0);
      floats.push(value);
    }
  }
  return {
    labels: series.labels,
    floatTimes: Float64Array.from(floatTimes),
    floats: Float64Array.from(floats),
    histogramTimes: Float64Array.from(histogramTimes),
    histograms: kept,
    dropName: false,
    ...past,
  };
}

/** The result of a subquery's inner evaluation as samples. */
export function windowFromColumn(column: Column, steps: Steps): WindowSeries {
  const floatTimes: number[] = [];
  const floats: number[] = [];
  const histogramTimes: number[] = [];
  const histograms: NativeHistogram[] = [];
  for (let step = 0; step < steps.count; step++) {
    const kind = column.kinds[step] ?? ABSENT;
    if (kind === ABSENT) continue;
    const histogram = column.histograms?.[step];
    if (kind === FLOAT) {
      floatTimes.push(timeOf(steps, step));
      floats.push(column.values[step] ?? 0);
    } else if (histogram !== undefined) {
      histogramTimes.push(timeOf(steps, step));
      // Between the steps of a subquery samples are skipped, so what storage knew of resets no longer holds.
      histograms.push(histogram.counterResetHint === "gauge" ? histogram : { ...histogram, counterResetHint: "unknown" });
    }
  }
  return {
    labels: column.labels,
    floatTimes: Float64Array.from(floatTimes),
    floats: Float64Array.from(floats),
    histogramTimes: Float64Array.from(histogramTimes),
    histograms,
    dropName: column.dropName,
  };
}

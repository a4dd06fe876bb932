/** A series cut for range functions: floats and histograms apart, stale markers gone. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Labels } from "../../model/labels.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import { StaleMarkers } from "./stale.ts";
import { isStale, type SelectedSeries } from "../../model/sample.ts";
import { ABSENT, type Column, FLOAT } from "../evaluation/steps.ts";

export interface WindowSeries {
  readonly labels: Labels;
  readonly floatTimes: Float64Array;
  readonly floats: Float64Array;
  /** Whether it is known that no float is NaN or less than the one before. */
  readonly ascending?: boolean;
  readonly histogramTimes: Float64Array;
  readonly histograms: readonly NativeHistogram[];
  readonly dropName: boolean;
  /** What came before the samples, in buckets. */
  readonly rollup?: RollupColumns;
  /** Of the floats (counter-starts.ts). */
  readonly starts?: Float64Array;
}

export function windowSeries(series: SelectedSeries): WindowSeries {
  const { timestamps, values, histograms } = series;
  const past = series.rollup === undefined ? {} : { rollup: series.rollup };
  const ascending = series.ascending === values;
  if (histograms === undefined && (ascending || !hasStale(values)))
    return {
      labels: series.labels,
      floatTimes: timestamps,
      floats: values,
      ascending,
      histogramTimes: new Float64Array(0),
      histograms: [],
      dropName: false,
      ...past,
      ...(series.starts === undefined ? {} : { starts: series.starts }),
    };
  const stale = new StaleMarkers(values);
  const floatTimes = new Float64Array(values.length);
  const floats = new Float64Array(values.length);
  const histogramTimes: number[] = [];
  const kept: NativeHistogram[] = [];
  const starts = series.starts === undefined ? undefined : new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const histogram = histograms?.[i];
    if (histogram !== undefined) {
      if (isStale(histogram.sum)) continue;
      histogramTimes.push(timestamps[i] ?? 0);
      kept.push(histogram);
    } else if (!stale.at(i)) {
      floatTimes[count] = timestamps[i] ?? 0;
      if (starts !== undefined) starts[count] = series.starts?.[i] ?? 0;
      floats[count++] = values[i] ?? 0;
    }
  }
  return {
    labels: series.labels,
    floatTimes: floatTimes.subarray(0, count),
    floats: floats.subarray(0, count),
    histogramTimes: Float64Array.from(histogramTimes),
    histograms: kept,
    dropName: false,
    ...past,
    ...(starts === undefined ? {} : { starts: starts.subarray(0, count) }),
  };
}

/** Most series hold none, and no NaN or infinity at all: differences with themselves that sum up to zero say so soonest. */
function hasStale(values: Float64Array): boolean {
  const { length } = values;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const v = values[i] as number;
    const w = values[i + 1] as number;
    const x = values[i + 2] as number;
    const y = values[i + 3] as number;
    a += v - v;
    b += w - w;
    c += x - x;
    d += y - y;
  }
  for (; i < length; i++) {
    const v = values[i] as number;
    a += v - v;
  }
  if (a + b + c + d === 0) return false;
  const stale = new StaleMarkers(values);
  for (i = 0; i < length; i++) if (values[i] !== values[i] && stale.at(i)) return true;
  return false;
}

/** The result of a subquery's inner evaluation as samples; `times` are those of all its steps, which a column without gaps shares. */
export function windowFromColumn(column: Column, times: Float64Array): WindowSeries {
  const { kinds, values } = column;
  let present = 0;
  for (let step = 0; step < times.length; step++) if (kinds[step] === FLOAT) present++;
  if (present === times.length) {
    const { labels, dropName } = column;
    return { labels, floatTimes: times, floats: values, histogramTimes: new Float64Array(0), histograms: [], dropName };
  }
  const floatTimes = new Float64Array(present);
  const floats = new Float64Array(present);
  const histogramTimes: number[] = [];
  const histograms: NativeHistogram[] = [];
  for (let step = 0, at = 0; step < times.length; step++) {
    const kind = kinds[step];
    if (kind === FLOAT) {
      floatTimes[at] = times[step] as number;
      floats[at++] = values[step] as number;
      continue;
    }
    const histogram = kind === ABSENT ? undefined : column.histograms?.[step];
    if (histogram === undefined) continue;
    histogramTimes.push(times[step] as number);
    // Between the steps of a subquery samples are skipped, so what storage knew of resets no longer holds.
    histograms.push(histogram.counterResetHint === "gauge" ? histogram : { ...histogram, counterResetHint: "unknown" });
  }
  return {
    labels: column.labels,
    floatTimes,
    floats,
    histogramTimes: Float64Array.from(histogramTimes),
    histograms,
    dropName: column.dropName,
  };
}

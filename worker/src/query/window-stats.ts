import type { SeriesStats } from "@sightline/shared/api/responses";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SeriesReads } from "./series-reads.ts";
import { runQuery } from "./prometheus-query.ts";
import { formatLabels } from "@sightline/shared/model/labels";

const MAX_SERIES = 2000;

/** Moments and quantiles over (endMs − windowMs, endMs] of every series a selector matches. Failures of the selector, `limit`. */
export function windowStats(reads: SeriesReads, selector: string, windowMs: number, endMs: number): Result<readonly SeriesStats[]> {
  const refs = reads.refs([selector]);
  if (!refs.ok) return refs;
  if (refs.value.length > MAX_SERIES)
    return fail("limit", `${refs.value.length} series match, statistics take at most ${MAX_SERIES}; narrow the selector`);
  const found: SeriesStats[] = [];
  for (const series of reads.store.read(refs.value, endMs - windowMs, endMs, reads.now())) {
    const counter = reads.metadataOf(series.labels)?.type === "counter";
    const stats =
      series.histograms?.some((one) => one !== undefined) === true
        ? histogramStats(reads, series, windowMs, endMs)
        : floatStats(series, windowMs, counter);
    if (stats !== null) found.push(stats);
  }
  return ok(found);
}

/** Quantiles by linear interpolation between closest ranks, as PromQL's quantile_over_time. Null when the window holds no numbers. */
function floatStats(series: SelectedSeries, windowMs: number, counter: boolean): SeriesStats | null {
  const { timestamps, values, labels } = series;
  const sorted = new Float64Array(values.length);
  let count = 0;
  let mean = 0;
  let squares = 0;
  let increase = 0;
  let first = -1;
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value !== value) continue;
    sorted[count++] = value;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
    if (last >= 0) increase += value >= (values[last] as number) ? value - (values[last] as number) : value;
    if (first < 0) first = i;
    last = i;
  }
  if (count === 0) return null;
  const ranked = sorted.subarray(0, count).sort();
  const quantile = (q: number): number => {
    const rank = q * (count - 1);
    const low = Math.floor(rank);
    const below = ranked[low] as number;
    return below + ((ranked[Math.min(low + 1, count - 1)] as number) - below) * (rank - low);
  };
  // A counter's rate is what it counted; a gauge's is how often it was sampled.
  const elapsed = ((timestamps[last] as number) - (timestamps[first] as number)) / 1000;
  const perSecond = counter ? (elapsed > 0 ? increase / elapsed : 0) : count / (windowMs / 1000);
  return {
    labels,
    count,
    min: ranked[0] as number,
    max: ranked[count - 1] as number,
    mean,
    median: quantile(0.5),
    stddev: Math.sqrt(squares / count),
    p50: quantile(0.5),
    p90: quantile(0.9),
    p95: quantile(0.95),
    p99: quantile(0.99),
    ratePerSecond: perSecond,
    ratePerMinute: perSecond * 60,
    current: values[last] as number,
  };
}

/** Observations of the window, from the increase of the histogram's buckets. Null when nothing was observed. */
function histogramStats(reads: SeriesReads, series: SelectedSeries, windowMs: number, endMs: number): SeriesStats | null {
  const selector = formatLabels(series.labels);
  const windowed = `increase(${selector}[${Math.max(1, Math.round(windowMs / 1000))}s])`;
  const number = (expression: string): number => {
    const result = runQuery(reads, { query: expression, startMs: endMs, endMs, stepMs: 0 });
    const value = result.ok && result.value.value.type === "vector" ? result.value.value.samples[0]?.value : undefined;
    return value ?? NaN;
  };
  const count = number(`histogram_count(${windowed})`);
  if (!(count > 0)) return null;
  const quantile = (q: number): number => number(`histogram_quantile(${q}, ${windowed})`);
  const median = quantile(0.5);
  const mean = number(`histogram_avg(${windowed})`);
  const perSecond = count / (windowMs / 1000);
  return {
    labels: series.labels,
    count,
    min: quantile(0),
    max: quantile(1),
    mean: Number.isNaN(mean) ? number(`histogram_sum(${windowed})`) / count : mean,
    median,
    stddev: number(`histogram_stddev(${windowed})`),
    p50: median,
    p90: quantile(0.9),
    p95: quantile(0.95),
    p99: quantile(0.99),
    ratePerSecond: perSecond,
    ratePerMinute: perSecond * 60,
    current: median,
  };
}

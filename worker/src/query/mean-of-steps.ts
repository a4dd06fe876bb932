import { formatDuration } from "@sightline/shared/model/duration";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries, QueryResult } from "@sightline/shared/promql/api";
import type { PrometheusQuery } from "../objects/rpc.ts";
import type { BareSelector } from "./bare-selector.ts";
import { coveredTime } from "./covered-time.ts";
import { readsSamples } from "./data-span.ts";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

const SECOND = 1000;

/** Steps of less than so many samples' distances hold about one sample each. */
export const SEVERAL = 1.5;

export interface MeanOfSteps {
  readonly query: string;
  /** Asks for the mean of those samples of every step that are finite numbers; absent where they are read as they are. */
  readonly ofFinite?: string;
  /** Asks for the standard deviation of the samples of every step; absent where they are read as they are. */
  readonly scatter?: string;
  /** The query is evaluated so often in every step, ms, and the mean of that is its value. */
  readonly everyMs?: number;
  /** Puts the metric's name back on what came. */
  readonly named: (labels: Labels) => Labels;
  /** The middles of the times that the values stand for. */
  readonly middles: (timestamps: ArrayLike<number>) => ArrayLike<number>;
}

/** Times in a step at which an expression is evaluated: of no period that clocks and crontabs have are so many times the same. Fewer where they are more in all than this. */
const LOOKS = 7;
const MOST_LOOKS = 10_000;

/**
 * Of an expression that is read at instants: its mean over every step by some of them, for what a clock does at every full five minutes is not what
 * happens all the time. Null where it stands for its steps as it is, or is read no more often than it is sampled. `lastsMs`: of all steps.
 */
export function meanOfExpression(
  query: string,
  { stepMs, spacingMs, lastsMs }: { readonly stepMs: number; readonly spacingMs: number; readonly lastsMs: number },
): (MeanOfSteps & { readonly everyMs: number }) | null {
  if (stepMs < SEVERAL * spacingMs || 2 * coveredTime(query, spacingMs) >= stepMs || !readsSamples(query)) return null;
  const least = Math.ceil(lastsMs / MOST_LOOKS / SECOND) * SECOND;
  const everyMs = Math.max(SECOND, spacingMs, least, Math.floor(stepMs / LOOKS / SECOND) * SECOND);
  return { query, everyMs, named: (labels) => labels, middles: middlesOf(stepMs) };
}

const middlesOf =
  (stepMs: number): MeanOfSteps["middles"] =>
  (timestamps) =>
    Float64Array.from(timestamps, (t) => Math.round(t - stepMs / 2));

/**
 * Of `gauge`, a selector that names one, whose samples are closer together than the steps it is read in: its mean over every step, for a job that
 * runs at every full hour is not what happens all the time. Any other query as it is.
 */
export function meanOfSteps(query: string, gauge: BareSelector | undefined, stepMs: number, spacingMs: number): MeanOfSteps {
  if (gauge === undefined || gauge.metric === "" || stepMs < SEVERAL * spacingMs)
    return { query, named: (labels) => labels, middles: (timestamps) => timestamps };
  const { metric } = gauge;
  return {
    query: gauge.over("avg_over_time", stepMs),
    ofFinite: `avg_over_time((abs(${query}) < Inf)[${formatDuration(stepMs)}:${formatDuration(Math.max(SECOND, Math.round(spacingMs / SECOND) * SECOND))}])`,
    scatter: gauge.over("stddev_over_time", stepMs),
    named: (labels) => ({ [METRIC_NAME]: metric, ...labels }),
    middles: middlesOf(stepMs),
  };
}

/**
 * What `means` asks for. The mean of a step is no finite number where one of its samples is none (a ratio of 0 to 0 now and then): there it is
 * that of the others. Failures: those of a query.
 */
export function readMeans(
  reads: QuerySource,
  { query, ofFinite, everyMs }: Pick<MeanOfSteps, "query" | "ofFinite" | "everyMs">,
  steps: Omit<PrometheusQuery, "query">,
): Result<QueryResult> {
  if (everyMs !== undefined) return readLooks(reads, query, everyMs, steps);
  const read = runQuery(reads, { query, ...steps });
  if (!read.ok || read.value.value.type !== "matrix" || ofFinite === undefined) return read;
  const { series } = read.value.value;
  if (series.every(({ values }) => values.every(Number.isFinite))) return read;
  const others = runQuery(reads, { query: ofFinite, ...steps });
  if (!others.ok || others.value.value.type !== "matrix") return read;
  const known = new Map(others.value.value.series.map((one) => [seriesKey(one.labels), one]));
  const value = { type: "matrix", series: series.map((one) => withFinite(one, known.get(seriesKey(one.labels)))) } as const;
  return ok({ ...read.value, value });
}

function withFinite(series: MatrixSeries, finite: MatrixSeries | undefined): MatrixSeries {
  const at = new Map(Array.from(finite?.timestamps ?? [], (t, i) => [t, finite?.values[i]]));
  const { timestamps, values } = series;
  return {
    ...series,
    values: Float64Array.from(values, (value, i) => (Number.isFinite(value) ? value : (at.get(timestamps[i] ?? 0) ?? value))),
  };
}

/** Each step's value is the mean of those of the time up to it that are finite numbers; of a step that has others alone, the last of those. */
function readLooks(reads: QuerySource, query: string, everyMs: number, steps: Omit<PrometheusQuery, "query">): Result<QueryResult> {
  const { startMs, endMs, stepMs } = steps;
  const looks = Math.floor((endMs - startMs + stepMs) / everyMs - 1e-9);
  const read = runQuery(reads, { query, ...steps, startMs: endMs - looks * everyMs, stepMs: everyMs });
  if (!read.ok || read.value.value.type !== "matrix") return read;
  const { series } = read.value.value;
  const value = { type: "matrix", series: series.map((one) => ofSteps(one, startMs, stepMs)) } as const;
  return ok({ ...read.value, value });
}

/** Standard deviation of an expression about its means, of a series that was read `everyMs`; NaN where no step has two values. */
export function scatterOfLooks(series: MatrixSeries, startMs: number, stepMs: number): number {
  const means = ofSteps(series, startMs, stepMs);
  let squares = 0;
  let count = 0;
  for (let i = 0, at = 0; i < series.timestamps.length; i++) {
    while (means.timestamps[at]! < series.timestamps[i]!) at++;
    const off = series.values[i]! - means.values[at]!;
    if (!Number.isFinite(off)) continue;
    squares += off * off;
    count++;
  }
  return Math.sqrt(squares / (count - means.timestamps.length));
}

function ofSteps(series: MatrixSeries, startMs: number, stepMs: number): MatrixSeries {
  if (series.histograms !== undefined) return series;
  const timestamps: number[] = [];
  const values: number[] = [];
  let count = 0;
  for (let i = 0; i < series.timestamps.length; i++) {
    const value = series.values[i]!;
    const t = startMs + Math.max(0, Math.ceil((series.timestamps[i]! - startMs) / stepMs)) * stepMs;
    const at = timestamps.length - 1;
    if (timestamps[at] !== t) {
      timestamps.push(t);
      values.push(value);
      count = Number.isFinite(value) ? 1 : 0;
    } else if (count === 0 || Number.isFinite(value)) {
      values[at] = count === 0 ? value : values[at]! + (value - values[at]!) / (count + 1);
      if (Number.isFinite(value)) count++;
    }
  }
  return { ...series, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
}

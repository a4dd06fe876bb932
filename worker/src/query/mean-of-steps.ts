import { formatDuration } from "@sightline/shared/model/duration";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries, QueryResult } from "@sightline/shared/promql/api";
import type { PrometheusQuery } from "../objects/rpc.ts";
import type { BareSelector } from "./bare-selector.ts";
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
  /** Puts the metric's name back on what came. */
  readonly named: (labels: Labels) => Labels;
  /** The middles of the times that the values stand for. */
  readonly middles: (timestamps: ArrayLike<number>) => ArrayLike<number>;
}

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
    middles: (timestamps) => Float64Array.from(timestamps, (t) => Math.round(t - stepMs / 2)),
  };
}

/**
 * What `means` asks for. The mean of a step is no finite number where one of its samples is none (a ratio of 0 to 0 now and then): there it is
 * that of the others. Failures: those of a query.
 */
export function readMeans(
  reads: QuerySource,
  { query, ofFinite }: Pick<MeanOfSteps, "query" | "ofFinite">,
  steps: Omit<PrometheusQuery, "query">,
): Result<QueryResult> {
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

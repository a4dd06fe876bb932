import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricType } from "@sightline/shared/model/metric";
import type { Failure, Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { BatchSeries, SampleBatch, Temporality } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import type { JsonMetric, JsonRejection } from "./json-metric.ts";
import { readJsonMetric } from "./json-metric.ts";

const MAX_METRICS = 50_000;
const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

export interface DecodedJson {
  readonly batch: SampleBatch;
  /** The item of `metrics` that each series of the batch came from: a summary gives several. */
  readonly metricOf: readonly number[];
  /** Items that can never be accepted; the rest is in the batch. */
  readonly rejected: readonly JsonRejection[];
  /** Items whose metric is kept under another name than they gave: counters end in `_total`, timers in `_seconds`. */
  readonly renamed: readonly { readonly index: number; readonly name: string }[];
}

/**
 * The body of `POST /api/v1/ingest`, as text or parsed already. `nowMs` is the time of samples without one. Failures:
 * `malformed_json`, `malformed` (the envelope is not `{"metrics":[…]}`), `too_many_metrics`.
 */
export function decodeJson(body: unknown, nowMs: number): Result<DecodedJson> {
  let parsed = body;
  if (typeof body === "string") {
    try {
      parsed = JSON.parse(body);
    } catch (error) {
      return fail("malformed_json", `the body is not JSON: ${error instanceof Error ? error.message : String(error)}; nothing was kept`);
    }
  }
  const metrics = typeof parsed === "object" && parsed !== null && "metrics" in parsed ? parsed.metrics : undefined;
  if (!Array.isArray(metrics)) return fail("malformed", 'the body must be {"metrics":[{"name","type","value"},…]}; nothing was kept');
  if (metrics.length > MAX_METRICS)
    return fail("too_many_metrics", `${metrics.length} metrics, at most ${MAX_METRICS} a request; nothing was kept`);
  const series: BatchSeries[] = [];
  const metricOf: number[] = [];
  const rejected: JsonRejection[] = [];
  const renamed: { index: number; name: string }[] = [];
  for (const [index, item] of metrics.entries()) {
    const metric = readJsonMetric(item, nowMs);
    if (!metric.ok) {
      rejected.push({ index, code: metric.error.code, message: metric.error.message });
      continue;
    }
    const its = seriesOf(metric.value);
    const refusal = refusalOf(its);
    if (refusal !== null) {
      rejected.push({ index, code: refusal.code, message: refusal.message });
      continue;
    }
    if (metric.value.name !== nameOf(item)) renamed.push({ index, name: metric.value.name });
    for (const one of its) {
      series.push(one);
      metricOf.push(index);
    }
  }
  return ok({ batch: { series }, metricOf, rejected, renamed });
}

/** All series of an item travel or none. */
function refusalOf(series: readonly BatchSeries[]): Failure | null {
  for (const { labels } of series) {
    const refusal = judgeLabels(labels);
    if (refusal !== null) return refusal;
  }
  return null;
}

const nameOf = (item: unknown): unknown => (typeof item === "object" && item !== null && "name" in item ? item.name : undefined);

function seriesOf(metric: JsonMetric): BatchSeries[] {
  const { labels, timestamp: t } = metric;
  const one = (
    name: string,
    type: MetricType,
    value: number,
    temporality: Temporality,
    more: Labels = {},
    histogram?: NativeHistogram,
  ): BatchSeries => ({
    labels: { ...labels, ...more, [METRIC_NAME]: name },
    metadata: { type, unit: metric.unit, help: metric.help },
    temporality,
    timestamps: Float64Array.of(t),
    values: Float64Array.of(value),
    ...(histogram === undefined ? {} : { histograms: [histogram] }),
  });
  const { kind, name } = metric;
  if (metric.reading.form === "observations") {
    const observations = metric.reading.values;
    if (kind === "summary") {
      const sorted = Float64Array.from(observations).sort();
      const quantiles = QUANTILES.map((q) =>
        one(name, "summary", sorted[Math.ceil(q * sorted.length) - 1] ?? 0, "cumulative", { quantile: String(q) }),
      );
      const sum = observations.reduce((total, value) => total + value, 0);
      return [...quantiles, one(`${name}_sum`, "counter", sum, "delta"), one(`${name}_count`, "counter", observations.length, "delta")];
    }
    const histogram = new ExponentialHistogram();
    for (const value of observations) histogram.record(value);
    return [one(name, "histogram", 0, "delta", {}, histogram.toNative())];
  }
  const type: MetricType = kind === "counter" ? "counter" : kind === "unknown" ? "unknown" : "gauge";
  return [one(name, type, metric.reading.value, metric.reading.form === "delta" ? "delta" : "cumulative")];
}

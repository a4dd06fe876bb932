import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME, formatLabels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { type Failure, fail } from "@sightline/shared/model/result";
import { type BatchSeries, type SampleBatch, type Temporality, valueColumn } from "@sightline/shared/model/sample";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import type { BodyBudget } from "../body-budget.ts";
import { prometheusLabels } from "../prometheus-name.ts";
import { attributeLabelName, prometheusName } from "./metric-name.ts";
import { type Attributes, type OtlpExemplar, type OtlpMetric, type ResourceMetrics, type ScopeMetrics } from "./model.ts";
import { exemplarSample, toExemplar } from "./point-exemplars.ts";
import { type PointSample, ofExponential, ofHistogram, ofNumber, ofSummary } from "./point-series.ts";
import { resourceLabels } from "./resource-labels.ts";

const MAX_HELP = 1024;
const TARGET_INFO: MetricMetadata = { type: "gauge", unit: "", help: "Attributes of the resource that job and instance name." };

export interface OtlpBatch {
  /** A series for every sample. */
  readonly batch: SampleBatch;
  /** The data point that each series of the batch came from; -1 for target_info. */
  readonly pointOf: readonly number[];
  readonly points: number;
  /** Points that can never be kept; nothing of them is in the batch. */
  readonly rejectedPoints: number;
  /** The same by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Why the first of them cannot. */
  readonly reason: string | null;
}

/** Throws TooMany. `nowMs` is the time of points without one. */
export function toBatch(resources: readonly ResourceMetrics[], nowMs: number, budget: BodyBudget): OtlpBatch {
  const writer = new BatchWriter(nowMs, budget);
  for (const resource of resources) {
    const { target, promoted, info } = resourceLabels(resource.attributes);
    let newest = -Infinity;
    for (const scope of resource.scopes) {
      const around = { under: promoted, over: { ...scopeLabels(scope), ...target } };
      // What refuses every series alike is judged once: a scope may have more attributes than the request has points.
      const refusal = judgeLabels({ ...promoted, ...around.over });
      for (const metric of scope.metrics) newest = Math.max(newest, writer.metric(metric, around, refusal));
    }
    if (info !== null && newest > -Infinity) writer.targetInfo(info, newest);
  }
  return writer.finish();
}

function scopeLabels(scope: ScopeMetrics): Labels {
  const own = prometheusLabels(scope.attributes, (name) => `otel_scope_${attributeLabelName(name)}`);
  return {
    ...own,
    ...(scope.name === "" ? {} : { otel_scope_name: scope.name }),
    ...(scope.version === "" ? {} : { otel_scope_version: scope.version }),
    ...(scope.schemaUrl === "" ? {} : { otel_scope_schema_url: scope.schemaUrl }),
  };
}

/** What resource and scope say of all points: a point's own attributes come before what is promoted, and after what names scope and target. */
interface Surroundings {
  readonly under: Labels;
  readonly over: Labels;
}

interface AnyPoint {
  readonly attributes: Attributes;
  readonly t: number;
  readonly ended: boolean;
  readonly exemplars?: readonly OtlpExemplar[];
}

interface Family extends MetricMetadata {
  readonly name: string;
  readonly temporality: Temporality;
}

class BatchWriter {
  readonly #nowMs: number;
  readonly #series: BatchSeries[] = [];
  readonly #pointOf: number[] = [];
  readonly #exemplars: SeriesExemplars[] = [];
  #points = 0;
  #rejected = 0;
  readonly #refused: Record<string, number> = {};
  #reason: string | null = null;

  readonly #budget: BodyBudget;

  constructor(nowMs: number, budget: BodyBudget) {
    this.#nowMs = nowMs;
    this.#budget = budget;
  }

  /** The time of its newest sample that is kept, -Infinity without one. */
  metric(metric: OtlpMetric, { under, over }: Surroundings, refusal: Failure | null): number {
    const { data } = metric;
    if (data.kind === "none") return -Infinity;
    const family = refusal ?? familyOf(metric);
    if ("code" in family) {
      for (const _ of data.points) this.#reject(metric.name, family);
      return -Infinity;
    }
    const badPoint = data.kind === "exponential" ? "bad_histogram" : "bad_point";
    const write = <P extends AnyPoint>(points: readonly P[], samplesOf: (point: P) => readonly PointSample[] | string): number => {
      let newest = -Infinity;
      for (const point of points) {
        const t = point.t === 0 ? this.#nowMs : point.t;
        // The end of a series of differences adds nothing to its total.
        const samples = point.ended && family.temporality === "delta" ? [] : samplesOf(point);
        const refusal =
          typeof samples === "string"
            ? fail(badPoint, samples).error
            : this.#write(
                samples,
                family,
                { ...under, ...prometheusLabels(point.attributes, attributeLabelName), ...over },
                t,
                point.exemplars,
              );
        if (refusal !== null) this.#reject(metric.name, refusal);
        else {
          this.#points++;
          newest = Math.max(newest, t);
        }
      }
      return newest;
    };
    if (data.kind === "histogram") return write(data.points, ofHistogram);
    if (data.kind === "exponential") return write(data.points, ofExponential);
    return data.kind === "summary" ? write(data.points, ofSummary) : write(data.points, ofNumber);
  }

  targetInfo(labels: Labels, t: number): void {
    this.#budget.take("series");
    this.#push(
      { labels, metadata: TARGET_INFO, temporality: "cumulative", timestamps: Float64Array.of(t), values: Float64Array.of(1) },
      -1,
    );
  }

  finish(): OtlpBatch {
    return {
      batch: { series: this.#series, exemplars: this.#exemplars },
      pointOf: this.#pointOf,
      points: this.#points,
      rejectedPoints: this.#rejected,
      refused: this.#refused,
      reason: this.#reason,
    };
  }

  /** All samples of a point or none; why none. */
  #write(
    samples: readonly PointSample[],
    family: Family,
    common: Labels,
    t: number,
    exemplars: readonly OtlpExemplar[] = [],
  ): Failure | null {
    const { name, type, unit, help, temporality } = family;
    const timestamps = Float64Array.of(t);
    const series: BatchSeries[] = [];
    for (const one of samples) {
      if (temporality === "delta" && !Number.isFinite(one.value))
        return fail("bad_point", `a difference of ${one.value} cannot be added up`).error;
      if (temporality === "delta" && type === "counter" && Number(one.value) < 0)
        return fail("bad_point", `a sum that only grows has a difference of ${one.value}`).error;
      this.#budget.take("series");
      const labels = { ...common, ...one.labels, [METRIC_NAME]: `${name}${one.suffix}` };
      const refusal = judgeLabels(labels);
      if (refusal !== null) return refusal;
      const columns = { labels, metadata: { type, unit, help }, temporality, timestamps, values: valueColumn([one.value]) };
      series.push(one.histogram === undefined ? columns : { ...columns, histograms: [one.histogram] });
    }
    for (const one of series) this.#push(one, this.#points + this.#rejected);
    const bySeries = new Map<number, Exemplar[]>();
    for (const one of exemplars) {
      const at = exemplarSample(samples, one.value);
      const exemplar = toExemplar(one, t);
      const known = bySeries.get(at);
      if (known === undefined) bySeries.set(at, [exemplar]);
      else known.push(exemplar);
    }
    for (const [at, its] of bySeries) {
      const labels = series[at]?.labels;
      if (labels !== undefined) this.#exemplars.push({ labels, exemplars: its });
    }
    return null;
  }

  #push(series: BatchSeries, point: number): void {
    this.#series.push(series);
    this.#pointOf.push(point);
  }

  #reject(metric: string, { code, message }: Failure): void {
    this.#rejected++;
    this.#refused[code] = (this.#refused[code] ?? 0) + 1;
    this.#reason ??= `${metric === "" ? formatLabels({}) : metric.slice(0, 100)}: ${message}`;
  }
}

/** What all points of a metric have in common, or why none can be kept. */
function familyOf({ name, unit, description, data }: OtlpMetric): Family | Failure {
  const counter = data.kind === "sum" && data.monotonic;
  const named = prometheusName(name, unit, counter ? "counter" : data.kind === "gauge" ? "gauge" : "other");
  if (named === null) return fail("bad_name", `a metric named ${JSON.stringify(name.slice(0, 40))} has no name in Prometheus`).error;
  const type = counter
    ? "counter"
    : data.kind === "sum" || data.kind === "gauge"
      ? "gauge"
      : data.kind === "summary"
        ? "summary"
        : "histogram";
  const temporality = "temporality" in data ? data.temporality : 2;
  if (temporality !== 1 && temporality !== 2)
    return fail("bad_temporality", "its aggregation temporality is neither delta nor cumulative").error;
  return { ...named, type, help: description.slice(0, MAX_HELP), temporality: temporality === 1 ? "delta" : "cumulative" };
}

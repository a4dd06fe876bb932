import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import { type Labels, putLabel } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import type { Attributes } from "./api.ts";

interface Scalar {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  value: number;
}

interface Distribution {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly histogram: ExponentialHistogram;
}

/** Label sets of one metric beyond which new ones are counted and not kept. */
const SERIES_PER_METRIC = 2_000;

/** The running totals of a process: cumulative, so that a lost export loses no event. */
export class MetricRegistry {
  readonly #scalars = new Map<string, Scalar>();
  readonly #distributions = new Map<string, Distribution>();
  readonly #perMetric = new Map<string, number>();
  #overflow = 0;

  scalar(name: string, attributes: Attributes, metadata: MetricMetadata): Scalar | null {
    return this.#find(this.#scalars, name, attributes, (labels) => ({ labels, metadata, value: 0 }));
  }

  distribution(name: string, attributes: Attributes, metadata: MetricMetadata): Distribution | null {
    return this.#find(this.#distributions, name, attributes, (labels) => ({ labels, metadata, histogram: new ExponentialHistogram() }));
  }

  /** Everything as it stands, at `nowMs`; the shape that the wire carries. */
  collect(nowMs: number): SampleBatch {
    const series: BatchSeries[] = [];
    for (const { labels, metadata, value } of this.#scalars.values()) series.push(one(labels, metadata, nowMs, value));
    for (const { labels, metadata, histogram } of this.#distributions.values())
      series.push(one(labels, metadata, nowMs, 0, histogram.toNative()));
    if (this.#overflow > 0) series.push(one({ [METRIC_NAME]: "sightline_sdk_series_overflow_total" }, OVERFLOW, nowMs, this.#overflow));
    return { series };
  }

  #find<T>(kept: Map<string, T>, name: string, attributes: Attributes, make: (labels: Labels) => T): T | null {
    const labels: Record<string, string> = { [METRIC_NAME]: name };
    for (const label of Object.keys(attributes)) putLabel(labels, label, String(attributes[label]));
    const key = seriesKey(labels);
    const found = kept.get(key);
    if (found !== undefined) return found;
    const count = this.#perMetric.get(name) ?? 0;
    if (count >= SERIES_PER_METRIC) {
      this.#overflow++;
      return null;
    }
    this.#perMetric.set(name, count + 1);
    const made = make(labels);
    kept.set(key, made);
    return made;
  }
}

const OVERFLOW: MetricMetadata = {
  type: "counter",
  unit: "",
  help: `Measurements left out because their metric already has ${SERIES_PER_METRIC} label sets in this process.`,
};

function one(labels: Labels, metadata: MetricMetadata, t: number, value: number, histogram?: NativeHistogram): BatchSeries {
  const sample = { labels, metadata, temporality: "cumulative" as const, timestamps: Float64Array.of(t), values: Float64Array.of(value) };
  return histogram === undefined ? sample : { ...sample, histograms: [histogram] };
}

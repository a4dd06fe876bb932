import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { BatchSeries } from "@sightline/shared/model/sample";

/** Samples gathered into columns before they go on. */
const MOST = 20_000;

interface Gathering {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
}

/** Samples that come one by one, as columns of their series in order of first appearance. */
export class GatheredColumns {
  #open = new Map<string, Gathering>();
  #samples = 0;

  /** `key` is the same for samples of the same series; `labels` is asked for the first of them only. Time in ms. */
  add(key: string, labels: () => Labels, time: number, value: number): void {
    let series = this.#open.get(key);
    if (series === undefined) this.#open.set(key, (series = { labels: labels(), times: [], values: [] }));
    series.times.push(time);
    series.values.push(value);
    this.#samples++;
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  get full(): boolean {
    return this.#samples >= MOST;
  }

  /** What was gathered; gathering begins anew. */
  *take(metadataOf: (metric: string) => MetricMetadata): Generator<BatchSeries> {
    const gathered = this.#open;
    this.#open = new Map();
    this.#samples = 0;
    for (const { labels, times, values } of gathered.values()) {
      yield {
        labels,
        metadata: metadataOf(labels[METRIC_NAME] ?? ""),
        temporality: "cumulative",
        timestamps: Float64Array.from(times),
        values: Float64Array.from(values),
      };
    }
  }
}

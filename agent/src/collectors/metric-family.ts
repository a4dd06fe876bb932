import { type Labels, METRIC_NAME, putLabel } from "@sightline/shared/model/labels";
import type { MetricMetadata, MetricType } from "@sightline/shared/model/metric";
import type { Temporality } from "@sightline/shared/model/sample";

/** One series, made once and kept: the frame encoder recognises its labels by identity. */
export interface Series {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly temporality: Temporality;
}

export interface Reading {
  readonly series: Series;
  readonly value: number;
}

/** Series of one metric, by the values of its own labels. Families live as long as their collector. */
export class MetricFamily {
  readonly #name: string;
  readonly #metadata: MetricMetadata;
  readonly #resource: Labels;
  readonly #names: readonly string[];
  #series = new Map<string, Series>();

  constructor(resource: Labels, name: string, type: MetricType, unit: string, help: string, labelNames: readonly string[] = []) {
    this.#resource = resource;
    this.#name = name;
    this.#metadata = { type, unit, help };
    this.#names = labelNames;
  }

  /** `values` in the order of the family's label names. */
  at(...values: string[]): Series {
    const key = values.join("\u00FF");
    let series = this.#series.get(key);
    if (series === undefined) {
      // Label values come and go (processes, mounts): an agent that runs for a year must not keep them all.
      if (this.#series.size >= 2000) this.#series = new Map();
      const labels: Record<string, string> = { [METRIC_NAME]: this.#name, ...this.#resource };
      for (const [i, name] of this.#names.entries()) putLabel(labels, name, values[i] ?? "");
      series = { labels, metadata: this.#metadata, temporality: "cumulative" };
      this.#series.set(key, series);
    }
    return series;
  }

  read(value: number, ...values: string[]): Reading {
    return { series: this.at(...values), value };
  }
}

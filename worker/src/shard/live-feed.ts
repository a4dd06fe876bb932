import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Matcher } from "@sightline/shared/model/matcher";
import { type BatchSeries, type SampleBatch, type SampleValue, valueColumn } from "@sightline/shared/model/sample";
import type { SeriesIndex } from "../storage/series-index.ts";

/** Picks samples of the series somebody watches out of what is appended. */
export class LiveFeed {
  readonly #index: SeriesIndex;
  #selectors: readonly (readonly Matcher[])[] = [];
  /** 1 for watched, 0 for not, by ref. */
  #watched = new Uint8Array(0);
  #known = 0;
  #samples = new Map<number, { t: number[]; v: SampleValue[]; h: (NativeHistogram | undefined)[] | null }>();

  constructor(index: SeriesIndex) {
    this.#index = index;
  }

  watch(selectors: readonly (readonly Matcher[])[]): void {
    this.#selectors = selectors;
    this.#resolve();
  }

  get active(): boolean {
    return this.#selectors.length > 0;
  }

  /** Selectors are matched again when series were added since. */
  #resolve(): void {
    this.#known = this.#index.end;
    this.#watched = new Uint8Array(this.#known + 64);
    for (const selector of this.#selectors) {
      const refs = this.#index.match(selector);
      if (refs.ok) for (const ref of refs.value) this.#watched[ref] = 1;
    }
  }

  offer(ref: number, t: number, value: SampleValue, histogram: NativeHistogram | undefined): void {
    if (this.#selectors.length === 0) return;
    if (this.#index.end !== this.#known) this.#resolve();
    if (this.#watched[ref] !== 1) return;
    let column = this.#samples.get(ref);
    if (column === undefined) this.#samples.set(ref, (column = { t: [], v: [], h: null }));
    if (histogram !== undefined) (column.h ??= [])[column.t.length] = histogram;
    column.t.push(t);
    column.v.push(value);
  }

  /** What was offered since the last call, or null when nothing. */
  take(): SampleBatch | null {
    if (this.#samples.size === 0) return null;
    const series: BatchSeries[] = [];
    for (const [ref, { t, v, h }] of this.#samples) {
      const known = this.#index.get(ref);
      if (known === undefined) continue;
      const columns = { labels: known.labels, metadata: known.metadata, temporality: "cumulative" as const };
      const samples = { timestamps: Float64Array.from(t), values: valueColumn(v) };
      series.push(h === null ? { ...columns, ...samples } : { ...columns, ...samples, histograms: t.map((_, i) => h[i]) });
    }
    this.#samples = new Map();
    return { series };
  }
}

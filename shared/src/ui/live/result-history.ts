/** What a panel's expression came to over time: history from the server, continued by live evaluations. Bounded. */
import type { InstantSeries, RangeSeries } from "../../api/data-source.ts";
import { type Labels, seriesKey } from "../../model/labels.ts";

export interface ResultSeries {
  readonly key: string;
  readonly labels: Labels;
  /** Ascending ms; no gaps inside, a silence is a distance. */
  readonly t: number[];
  readonly v: number[];
}

const MAX_SERIES = 100;

export class ResultHistory {
  readonly #series = new Map<string, ResultSeries>();
  readonly #stepMs: number;
  #dropped = 0;

  /** One point per step is kept; within a step the newest wins. */
  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  get series(): readonly ResultSeries[] {
    return [...this.#series.values()].filter(({ t }) => t.length > 0);
  }

  /** Series left out because a chart of more than 100 lines tells nothing. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Replaces all up to the end of `history` and keeps live points that are newer. */
  load(history: readonly RangeSeries[]): void {
    const before = new Map(this.#series);
    this.#series.clear();
    this.#dropped = 0;
    for (const { labels, t, v } of history) {
      const series = this.#seriesOf(labels);
      if (series === null) continue;
      for (let index = 0; index < t.length; index++) {
        const value = v[index];
        if (typeof value === "number") this.#append(series, t[index] ?? 0, value);
      }
    }
    for (const old of before.values()) {
      const series = this.#seriesOf(old.labels);
      const from = series?.t.at(-1) ?? history[0]?.t.at(-1) ?? 0;
      if (series !== null) old.t.forEach((at, index) => at > from && this.#append(series, at, old.v[index] ?? 0));
    }
  }

  /** One evaluation. NaN is no point. */
  push(vector: readonly InstantSeries[]): void {
    for (const { labels, t, v } of vector) {
      if (Number.isNaN(v)) continue;
      const series = this.#seriesOf(labels);
      if (series !== null) this.#append(series, t, v);
    }
  }

  /** Forgets what is before `startMs`. */
  trim(startMs: number): void {
    for (const [key, { t, v }] of this.#series) {
      let old = 0;
      while (old < t.length && (t[old] ?? 0) < startMs) old++;
      if (old === 0) continue;
      t.splice(0, old);
      v.splice(0, old);
      if (t.length === 0) this.#series.delete(key);
    }
  }

  #seriesOf(labels: Labels): ResultSeries | null {
    const key = seriesKey(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES) {
      this.#dropped++;
      return null;
    }
    const fresh: ResultSeries = { key, labels, t: [], v: [] };
    this.#series.set(key, fresh);
    return fresh;
  }

  #append({ t, v }: ResultSeries, at: number, value: number): void {
    const last = t.at(-1);
    if (last !== undefined) {
      if (at < last) return;
      const before = t.at(-2);
      const sameStep = Math.floor(last / this.#stepMs) === Math.floor(at / this.#stepMs);
      if (at === last || (sameStep && before !== undefined)) {
        t.pop();
        v.pop();
      }
    }
    t.push(at);
    v.push(value);
  }
}

/** Raw samples of what a panel watches: as many as its expression looks back on, bounded in series and in samples. */
import type { LiveSeries } from "../../api/live.ts";
import type { NativeHistogram } from "../../model/histogram.ts";
import { type Labels, seriesKey } from "../../model/labels.ts";
import { type SampleValue, type SelectedSeries, valueColumn } from "../../model/sample.ts";

export interface BufferBounds {
  readonly maxSeries: number;
  readonly maxSamplesPerSeries: number;
}

interface Buffered {
  readonly labels: Labels;
  t: number[];
  v: SampleValue[];
  h: (NativeHistogram | undefined)[] | null;
}

const DEFAULT_BOUNDS: BufferBounds = { maxSeries: 500, maxSamplesPerSeries: 20_000 };

/** Samples that tell a series' usual distance. */
const RECENT = 16;

export class SampleBuffer {
  readonly #series = new Map<string, Buffered>();
  readonly #bounds: BufferBounds;
  readonly #keepMs: number;
  #newest = 0;

  /** Keeps the newest `keepMs` of every series. */
  constructor(keepMs: number, bounds: BufferBounds = DEFAULT_BOUNDS) {
    this.#keepMs = keepMs;
    this.#bounds = bounds;
  }

  /** Newest time in the buffer, ms; 0 while empty. */
  get newest(): number {
    return this.#newest;
  }

  get size(): number {
    return this.#series.size;
  }

  /** Median distance of the samples of the densest series, ms; 0 while none has three. */
  get spacingMs(): number {
    let smallest = 0;
    for (const { t } of this.#series.values()) {
      if (t.length < 3) continue;
      const recent = t.slice(-RECENT);
      const distances = recent.slice(1).map((at, index) => at - (recent[index] ?? at));
      const median = distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0;
      if (smallest === 0 || median < smallest) smallest = median;
    }
    return smallest;
  }

  /** Takes samples in any order; equal times keep the later arrival. Returns the oldest time that was new, or Infinity. */
  add(arrived: readonly LiveSeries[]): number {
    let oldest = Infinity;
    for (const { labels, t, v, h } of arrived) {
      const series = this.#seriesOf(labels);
      if (series === null) continue;
      for (let index = 0; index < t.length; index++) {
        const at = t[index] ?? 0;
        if (insert(series, at, liveNumber(v[index]), h?.[index] ?? undefined) && at < oldest) oldest = at;
        if (at > this.#newest) this.#newest = at;
      }
    }
    this.#trim();
    return oldest;
  }

  /** What the engine asks for: samples with startMs < t ≤ endMs of the series that `matches` accepts. */
  select(matches: (labels: Labels) => boolean, startMs: number, endMs: number): readonly SelectedSeries[] {
    const selected: SelectedSeries[] = [];
    for (const series of this.#series.values()) {
      if (!matches(series.labels)) continue;
      const from = upperBound(series.t, startMs);
      const to = upperBound(series.t, endMs);
      if (from === to) continue;
      const columns = {
        labels: series.labels,
        timestamps: Float64Array.from(series.t.slice(from, to)),
        values: valueColumn(series.v.slice(from, to)),
      };
      selected.push(series.h === null ? columns : { ...columns, histograms: series.h.slice(from, to) });
    }
    return selected;
  }

  #seriesOf(labels: Labels): Buffered | null {
    const key = seriesKey(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= this.#bounds.maxSeries) return null;
    const fresh: Buffered = { labels, t: [], v: [], h: null };
    this.#series.set(key, fresh);
    return fresh;
  }

  #trim(): void {
    const horizon = this.#newest - this.#keepMs;
    for (const [key, series] of this.#series) {
      const excess = Math.max(upperBound(series.t, horizon), series.t.length - this.#bounds.maxSamplesPerSeries);
      // Cutting an eighth at a time keeps the cost of a sample constant.
      if (excess <= series.t.length / 8) continue;
      series.t.splice(0, excess);
      series.v.splice(0, excess);
      series.h?.splice(0, excess);
      if (series.t.length === 0) this.#series.delete(key);
    }
  }
}

/** True when the sample was not there before. */
function insert(series: Buffered, at: number, value: SampleValue, histogram: NativeHistogram | undefined): boolean {
  if (histogram !== undefined && series.h === null) series.h = Array.from({ length: series.t.length });
  const last = series.t.at(-1);
  const index = last === undefined || at > last ? series.t.length : upperBound(series.t, at);
  if (index > 0 && series.t[index - 1] === at) {
    series.v[index - 1] = value;
    if (series.h !== null) series.h[index - 1] = histogram;
    return false;
  }
  series.t.splice(index, 0, at);
  series.v.splice(index, 0, value);
  series.h?.splice(index, 0, histogram);
  return true;
}

/** The first index whose time is after `at`. */
function upperBound(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** JSON has no NaN or infinities: the wire writes them as words (shared/src/api/live.ts). */
export function liveNumber(value: number | string | undefined): SampleValue {
  if (typeof value === "number") return value;
  if (value === "stale") return value;
  if (value === "+Inf") return Infinity;
  return value === "-Inf" ? -Infinity : Number.NaN;
}

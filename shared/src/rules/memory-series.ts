import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import { seriesKey } from "../model/labels.ts";
import { type SelectedSeries, valueColumn } from "../model/sample.ts";
import type { Select } from "../promql/api.ts";
import { matchesLabels } from "../promql/matchers.ts";
import type { Point } from "../promql/notation/points.ts";
import { asStored } from "../promql/notation/stored-hint.ts";

interface Stored {
  readonly labels: Labels;
  readonly times: number[];
  /** Stale markers as a word: plain arrays do not keep a NaN's bits. */
  readonly points: Exclude<Point, undefined>[];
}

/** Series of a rule test, in memory; samples come in order of time. */
export class MemorySeries {
  readonly #series = new Map<string, Stored>();

  append(labels: Labels, t: number, point: Exclude<Point, undefined>): void {
    const key = seriesKey(labels);
    let stored = this.#series.get(key);
    if (stored === undefined) this.#series.set(key, (stored = { labels, times: [], points: [] }));
    const again = stored.times.at(-1) === t;
    const before = stored.points.at(again ? -2 : -1);
    const kept = typeof point === "object" ? asStored(point, before) : point;
    if (again) stored.points[stored.points.length - 1] = kept;
    else {
      stored.times.push(t);
      stored.points.push(kept);
    }
  }

  readonly select: Select = (request) => {
    const found: SelectedSeries[] = [];
    for (const { labels, times, points } of this.#series.values()) {
      if (!matchesLabels(request.matchers, labels)) continue;
      let from = 0;
      while (from < times.length && (times[from] ?? 0) <= request.startMs) from++;
      let to = times.length;
      while (to > from && (times[to - 1] ?? 0) > request.endMs) to--;
      if (from === to) continue;
      const own = points.slice(from, to);
      const histograms = own.map((point): NativeHistogram | undefined => (typeof point === "object" ? point : undefined));
      found.push({
        labels,
        timestamps: Float64Array.from(times.slice(from, to)),
        values: valueColumn(own.map((point) => (typeof point === "object" ? 0 : point))),
        ...(histograms.some((histogram) => histogram !== undefined) ? { histograms } : {}),
      });
    }
    return found;
  };
}

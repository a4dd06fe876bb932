/** A script's samples in memory, and classic histograms turned into native ones with custom buckets. */
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { METRIC_NAME, seriesKey, type Labels } from "@sightline/shared/model/labels";
import { STALE_NAN, type SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { SeriesLine } from "@sightline/shared/promql/notation/series-line";
import { parseNumber, type Point } from "@sightline/shared/promql/notation/points";
import { asStored } from "@sightline/shared/promql/notation/stored-hint";
import type { StartsLine } from "./starts-line.ts";

export class ScriptStorage {
  private readonly series = new Map<
    string,
    { readonly labels: Labels; readonly points: Map<number, number | NativeHistogram | "stale">; readonly starts: Map<number, number> }
  >();

  load(intervalMs: number, lines: readonly SeriesLine[], customBuckets: boolean): void {
    for (const { labels, points } of lines) this.add(labels, intervalMs, points);
    if (customBuckets) for (const line of toCustomBuckets(lines)) this.add(line.labels, intervalMs, line.points);
  }

  private add(labels: Labels, intervalMs: number, points: readonly Point[]): void {
    const key = seriesKey(labels);
    let series = this.series.get(key);
    if (series === undefined) this.series.set(key, (series = { labels, points: new Map(), starts: new Map() }));
    let before: Point;
    points.forEach((point, i) => {
      if (point === undefined) return;
      series.points.set(i * intervalMs, typeof point === "object" ? asStored(point, before) : point);
      before = point;
    });
  }

  /** When the counters of samples began, each as its distance in ms from its sample; `loaded` are the series of the same block. */
  loadStarts(intervalMs: number, lines: readonly StartsLine[], loaded: readonly SeriesLine[] = []): void {
    const named = new Set(lines.flatMap(({ labels }) => (labels === null ? [] : [seriesKey(labels)])));
    for (const { labels, distances } of lines) {
      if (labels !== null) this.start(seriesKey(labels), intervalMs, distances);
      else if (distances.length > 0)
        for (const one of loaded) {
          const key = seriesKey(one.labels);
          const repeated = one.points.map((_, i) => distances[i % distances.length]);
          if (!named.has(key)) this.start(key, intervalMs, repeated);
        }
    }
  }

  private start(key: string, intervalMs: number, distances: readonly (number | undefined)[]): void {
    const starts = this.series.get(key)?.starts;
    for (const [i, distance] of distances.entries()) if (distance !== undefined) starts?.set(i * intervalMs, i * intervalMs + distance);
  }

  readonly select: Select = (request) => {
    const found: SelectedSeries[] = [];
    for (const { labels, points, starts } of this.series.values()) {
      if (!matchesLabels(request.matchers, labels)) continue;
      const samples = [...points].filter(([t]) => t > request.startMs && t <= request.endMs).sort(([a], [b]) => a - b);
      if (samples.length === 0) continue;
      const anyHistogram = samples.some(([, point]) => typeof point === "object");
      found.push({
        labels,
        timestamps: Float64Array.from(samples, ([t]) => t),
        values: Float64Array.from(samples, ([, point]) => (point === "stale" ? STALE_NAN : typeof point === "number" ? point : 0)),
        ...(starts.size === 0 ? {} : { starts: Float64Array.from(samples, ([t]) => starts.get(t) ?? 0) }),
        ...(anyHistogram ? { histograms: samples.map(([, point]) => (typeof point === "object" ? point : undefined)) } : {}),
      });
    }
    return found;
  };
}

interface ClassicSeries {
  readonly labels: Labels;
  readonly buckets: { readonly upper: number; readonly points: readonly Point[] }[];
  sum?: readonly Point[];
  count?: readonly Point[];
}

/** Undefined for what is no number: such a bucket is left out. */
function boundOf(le: string | undefined): number | undefined {
  try {
    const bound = parseNumber(le ?? "");
    return Number.isNaN(bound) ? undefined : bound;
  } catch {
    return undefined;
  }
}

/** `x_bucket{le}`, `x_count`, `x_sum` at each time → one histogram `x` with the bounds as custom values. */
function toCustomBuckets(lines: readonly SeriesLine[]): SeriesLine[] {
  const groups = new Map<string, ClassicSeries>();
  for (const line of lines) {
    const match = /^(.*)_(bucket|sum|count)$/.exec(line.labels[METRIC_NAME] ?? "");
    if (match === null) continue;
    const { le, ...rest } = line.labels;
    const labels = { ...rest, [METRIC_NAME]: match[1] ?? "" };
    const key = seriesKey(labels);
    const group: ClassicSeries = groups.get(key) ?? { labels, buckets: [] };
    groups.set(key, group);
    if (match[2] === "bucket") {
      const upper = boundOf(le);
      if (upper !== undefined) group.buckets.push({ upper, points: line.points });
    } else if (match[2] === "sum") group.sum = line.points;
    else if (match[2] === "count") group.count = line.points;
  }
  const out: SeriesLine[] = [];
  for (const group of groups.values()) {
    group.buckets.sort((a, b) => a.upper - b.upper);
    // The same bound written in two ways counts once.
    const distinct = group.buckets.filter((bucket, i) => bucket.upper !== group.buckets[i - 1]?.upper);
    const times = Math.max(...[...distinct.map(({ points }) => points), group.sum ?? [], group.count ?? []].map(({ length }) => length));
    const points: Point[] = [];
    for (let i = 0; i < times; i++) {
      const at = (list: readonly Point[] | undefined): number | undefined =>
        typeof list?.[i] === "number" ? (list[i] as number) : undefined;
      const present = distinct.filter((bucket) => at(bucket.points) !== undefined);
      if (present.length === 0 && at(group.sum) === undefined && at(group.count) === undefined) {
        points.push(undefined);
        continue;
      }
      const bounds = present.map((bucket) => bucket.upper).filter((upper) => upper !== Infinity);
      const counts: number[] = [];
      let before = 0;
      for (const bucket of present) {
        const cumulative = at(bucket.points) ?? 0;
        counts.push(cumulative - before);
        before = cumulative;
      }
      const total = at(group.count) ?? before;
      if (counts.length === bounds.length) counts.push(total - before);
      points.push({
        schema: -53,
        count: total,
        sum: at(group.sum) ?? 0,
        zeroThreshold: 0,
        zeroCount: 0,
        negativeSpans: [],
        negativeBuckets: [],
        positiveSpans: [{ offset: 0, length: counts.length }],
        positiveBuckets: counts,
        customValues: bounds,
        counterResetHint: "unknown",
      });
    }
    out.push({ labels: group.labels, points });
  }
  return out;
}

/** Reads the Prometheus HTTP API's answers into the shapes of `DataSource`. Seconds become ms, strings become numbers. */
import type { Labels } from "../model/labels.ts";
import {
  type Annotations,
  DataSourceError,
  type HistogramSeries,
  type InstantSeries,
  type ListedSeries,
  type RangeSeries,
} from "./data-source.ts";

interface HistogramValue {
  readonly count: string;
  readonly sum: string;
  /** Which bounds belong to it (0 the upper, 1 the lower, 2 none, 3 both), the bounds, and the count. */
  readonly buckets?: readonly (readonly [number, string, string, string])[];
}

interface VectorElement {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly histogram?: readonly [number, HistogramValue];
}

interface MatrixElement {
  readonly metric: Labels;
  readonly values?: readonly (readonly [number, string])[];
  readonly histograms?: readonly (readonly [number, HistogramValue])[];
}

export type QueryData =
  | { readonly resultType: "vector"; readonly result: readonly VectorElement[] }
  | { readonly resultType: "matrix"; readonly result: readonly MatrixElement[] }
  | { readonly resultType: "scalar" | "string"; readonly result: readonly [number, string] };

/** The `data` of `{"status":"success","data":…}`. Throws `not_prometheus` for anything else. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the route's shape
export function dataOf<T>(answer: unknown): T {
  if (typeof answer === "object" && answer !== null && "status" in answer && answer.status === "success" && "data" in answer) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is the published API's
    return answer.data as T;
  }
  throw new DataSourceError(
    "not_prometheus",
    "The server's answer does not have the form of the Prometheus HTTP API. Is the address that of a Sightline server?",
    200,
  );
}

/** What the engine says of the result beside its `data`. */
export function annotationsOf(answer: unknown): Annotations {
  const given: { warnings?: readonly string[]; infos?: readonly string[] } = typeof answer === "object" && answer !== null ? answer : {};
  return { warnings: given.warnings ?? [], infos: given.infos ?? [] };
}

/** Prometheus writes NaN, +Inf and -Inf as words. */
export function parseSample(text: string): number {
  if (text === "+Inf" || text === "Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}

export function instantSeries(data: QueryData): readonly InstantSeries[] {
  if (data.resultType === "scalar") return [{ labels: {}, t: Math.round(data.result[0] * 1000), v: parseSample(data.result[1]) }];
  if (data.resultType !== "vector") return [];
  const series: InstantSeries[] = [];
  for (const { metric, value } of data.result) {
    if (value !== undefined) series.push({ labels: metric, t: Math.round(value[0] * 1000), v: parseSample(value[1]) });
  }
  return series;
}

const BOUNDS = ["(]", "[)", "()", "[]"];

export function histogramsOf(data: QueryData): readonly HistogramSeries[] {
  if (data.resultType !== "vector") return [];
  return data.result.flatMap(({ metric, histogram }) => {
    if (histogram === undefined) return [];
    const [seconds, { count, sum, buckets = [] }] = histogram;
    const written = buckets.map(([bounds, lower, upper, within]) => {
      const [left = "(", right = "]"] = BOUNDS[bounds] ?? "";
      return `${left}${lower}, ${upper}${right}: ${within}`;
    });
    return [{ labels: metric, t: Math.round(seconds * 1000), count: parseSample(count), sum: parseSample(sum), buckets: written }];
  });
}

/** What has no single number: the samples of a range vector, and a string. */
export function listedOf(data: QueryData): readonly ListedSeries[] {
  if (data.resultType === "string") return [{ labels: {}, lines: [JSON.stringify(data.result[1])] }];
  if (data.resultType !== "matrix") return [];
  return data.result.map(({ metric, values = [], histograms = [] }) => {
    const samples = [
      ...values.map(([seconds, value]) => ({ seconds, text: value })),
      ...histograms.map(([seconds, { count, sum }]) => ({ seconds, text: `histogram of ${count}, sum ${sum}` })),
    ].toSorted((a, b) => a.seconds - b.seconds);
    return { labels: metric, lines: samples.map(({ seconds, text }) => `${text} @${new Date(seconds * 1000).toISOString()}`) };
  });
}

/** How many series of a range have histograms. */
export const histogramCount = (data: QueryData): number =>
  data.resultType === "matrix" ? data.result.filter(({ histograms = [] }) => histograms.length > 0).length : 0;

/** Every step from start to end has a place; a step without a sample, or with NaN, is null. Histogram-only series are left out. */
export function rangeSeries(data: QueryData, startMs: number, endMs: number, stepMs: number): readonly RangeSeries[] {
  if (data.resultType !== "matrix") return [];
  const steps = Math.floor((endMs - startMs) / stepMs) + 1;
  const grid = Array.from({ length: steps }, (_, index) => startMs + index * stepMs);
  const series: RangeSeries[] = [];
  for (const { metric, values } of data.result) {
    if (values === undefined) continue;
    const v: (number | null)[] = Array.from({ length: steps }, () => null);
    for (const [seconds, text] of values) {
      const index = Math.round((seconds * 1000 - startMs) / stepMs);
      const value = parseSample(text);
      if (index >= 0 && index < steps) v[index] = Number.isNaN(value) ? null : value;
    }
    series.push({ labels: metric, t: grid, v });
  }
  return series;
}

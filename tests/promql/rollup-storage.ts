/** A series of which the past is kept in buckets only, for tests of reading rollups. */
import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";

export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

const RELATIVE_ERROR = 0.01;
const LOG_GAMMA = Math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR));

function bins(values: readonly number[]): SketchBins["positive"] {
  const counts = new Map<number, number>();
  for (const value of values) {
    const index = Math.ceil(Math.log(value) / LOG_GAMMA);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const indices = [...counts.keys()].sort((a, b) => a - b);
  return { indices: Int32Array.from(indices), counts: Float64Array.from(indices, (index) => counts.get(index) ?? 0) };
}

function rollUp(series: RawSeries, untilMs: number, resolutionMs: number, sketches: boolean): RollupColumns {
  const buckets = new Map<number, number[]>();
  series.times.forEach((t, i) => {
    const end = Math.ceil(t / resolutionMs) * resolutionMs;
    if (end <= untilMs) buckets.set(end, [...(buckets.get(end) ?? []), i]);
  });
  const column = (of: (values: number[], times: number[]) => number): Float64Array =>
    Float64Array.from(buckets.values(), (members) =>
      of(
        members.map((i) => series.values[i] ?? NaN),
        members.map((i) => series.times[i] ?? NaN),
      ),
    );
  return {
    resolutionMs,
    ends: Float64Array.from(buckets.keys()),
    counts: column((values) => values.length),
    sums: column((values) => values.reduce((a, b) => a + b, 0)),
    mins: column((values) => Math.min(...values)),
    maxs: column((values) => Math.max(...values)),
    firsts: column((values) => values[0] ?? NaN),
    lasts: column((values) => values.at(-1) ?? NaN),
    firstTimes: column((_, times) => times[0] ?? NaN),
    lastTimes: column((_, times) => times.at(-1) ?? NaN),
    innerIncreases: column((values) =>
      values.reduce((sum, value, i) => sum + (i === 0 ? 0 : value < (values[i - 1] ?? 0) ? value : value - (values[i - 1] ?? 0)), 0),
    ),
    ...(sketches
      ? {
          sketches: Array.from(buckets.values(), (members) => {
            const values = members.map((i) => series.values[i] ?? NaN);
            return {
              relativeError: RELATIVE_ERROR,
              zeroCount: values.filter((value) => value === 0).length,
              positive: bins(values.filter((value) => value > 0)),
              negative: bins(values.filter((value) => value < 0).map((value) => -value)),
            };
          }),
        }
      : {}),
  };
}

/** Samples up to `untilMs` (a multiple of the resolution) are answered as buckets where the request allows that resolution. */
export function rolledUp(all: readonly RawSeries[], untilMs: number, resolutionMs: number, rawIsGone = false): Select {
  return (request) =>
    all.flatMap((series): SelectedSeries[] => {
      if (!request.matchers.every(({ name, value }) => series.labels[name] === value)) return [];
      const coarse = (request.maxResolutionMs ?? 0) >= resolutionMs || (rawIsGone && request.coarserWhenGone === true);
      const from = coarse || rawIsGone ? Math.max(untilMs, request.startMs) : request.startMs;
      const kept = series.times.map((t, i) => [t, series.values[i] ?? NaN] as const).filter(([t]) => t > from && t <= request.endMs);
      const raw = { timestamps: Float64Array.from(kept, ([t]) => t), values: Float64Array.from(kept, ([, value]) => value) };
      if (!coarse) return [{ labels: series.labels, ...raw }];
      const rollup = rollUp(series, untilMs, resolutionMs, true);
      return [{ labels: series.labels, ...raw, rollup }];
    });
}

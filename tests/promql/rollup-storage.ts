/** A series of which the past is kept in buckets only, for tests of reading rollups. */
import { rollUp } from "@sightline/shared/aggregation/rollup";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";

export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

function before(series: RawSeries, untilMs: number, resolutionMs: number): RollupColumns | undefined {
  const past = series.times.filter((t) => t <= untilMs);
  return rollUp(Float64Array.from(past), Float64Array.from(series.values.slice(0, past.length)), [resolutionMs], [true])?.[0];
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
      const rollup = before(series, untilMs, resolutionMs);
      return [{ labels: series.labels, ...raw, ...(rollup === undefined ? {} : { rollup }) }];
    });
}

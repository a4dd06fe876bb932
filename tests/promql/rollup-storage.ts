/** A series of which the past is kept in buckets only, for tests of reading rollups. */
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import { type SampleValue, type SelectedSeries, type SeriesSamples, valueColumn } from "@sightline/shared/model/sample";
import type { Select } from "@sightline/shared/promql/api";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";

const HOUR = 3_600_000;

export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly SampleValue[];
  /** Where a sample is a histogram. */
  readonly histograms?: readonly (NativeHistogram | undefined)[];
}

/** The samples with from < t <= to. */
function cut(series: RawSeries, from: number, to: number): SeriesSamples {
  const at = series.times.flatMap((t, i) => (t > from && t <= to ? [i] : []));
  return {
    timestamps: Float64Array.from(at, (i) => series.times[i] ?? NaN),
    values: valueColumn(at.map((i) => series.values[i] ?? NaN)),
    ...(series.histograms === undefined ? {} : { histograms: at.map((i) => series.histograms?.[i]) }),
  };
}

const before = (series: RawSeries, untilMs: number, resolutionMs: number): RollupColumns | undefined =>
  rollUpSamples(cut(series, -Infinity, untilMs), [resolutionMs], [true])?.[0];

/** Of the one window in a query, ms; 0 where there is none. */
export const rangeOf = (query: string): number => Number(/\[(\d+)h\]/.exec(query)?.[1] ?? 0) * HOUR;

/**
 * The first half of a series (but for what begins a bucket) in buckets, and the times of an hourly query over it, each with the one that raw samples are
 * asked of instead: a window of `rangeMs` that begins in a bucket is moved back whole, also where it ends among raw samples.
 */
export function rolledHalfway(series: RawSeries, resolutionMs: number, startMs: number, rangeMs: number) {
  const last = series.times.at(-1) ?? 0;
  const untilMs = Math.floor(last / 2 / resolutionMs) * resolutionMs;
  const rolled = series.times.filter((t) => t <= untilMs).at(-1) ?? -Infinity;
  const lastBucket = Math.ceil(rolled / resolutionMs) * resolutionMs;
  const times: { readonly t: number; readonly at: number }[] = [];
  for (let t = startMs; t <= last; t += HOUR) {
    times.push({ t, at: t - rangeMs >= lastBucket ? t : Math.floor(t / resolutionMs) * resolutionMs });
  }
  return { last, times, tiered: rolledUp([series], untilMs, resolutionMs), raw: rolledUp([series], -Infinity, resolutionMs) };
}

/** Samples up to `untilMs` (a multiple of the resolution) are answered as buckets where the request allows that resolution. */
export function rolledUp(all: readonly RawSeries[], untilMs: number, resolutionMs: number, rawIsGone = false): Select {
  return (request) =>
    all.flatMap((series): SelectedSeries[] => {
      if (!request.matchers.every(({ name, value }) => series.labels[name] === value)) return [];
      const coarse = (request.maxResolutionMs ?? 0) >= resolutionMs || (rawIsGone && request.coarserWhenGone === true);
      const from = coarse || rawIsGone ? Math.max(untilMs, request.startMs) : request.startMs;
      const raw = cut(series, from, request.endMs);
      if (!coarse) return [{ labels: series.labels, ...raw }];
      const rollup = before(series, untilMs, resolutionMs);
      return [{ labels: series.labels, ...raw, ...(rollup === undefined ? {} : { rollup }) }];
    });
}

import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { seriesKey } from "@sightline/shared/model/labels";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import { type SelectedSeries, type SeriesSamples, isStaleAt } from "@sightline/shared/model/sample";
import { finish, Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";
import { mergeRollups } from "./merge-rollups.ts";

/**
 * One label set of two shards as one series: samples in order of time, and of two at the same time that of `later`. A
 * sender that moved, or two senders that share a label set, leave such pieces.
 */
function mergePair(earlier: SelectedSeries, later: SelectedSeries): SelectedSeries {
  const a = earlier.timestamps;
  const b = later.timestamps;
  const timestamps = new Float64Array(a.length + b.length);
  const values = new Float64Array(a.length + b.length);
  const histograms: (NativeHistogram | undefined)[] | null = earlier.histograms === undefined && later.histograms === undefined ? null : [];
  let length = 0;
  let i = firstSample(earlier);
  let j = firstSample(later);
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Infinity;
    const right = j < b.length ? (b[j] as number) : Infinity;
    const [series, index] = right <= left ? [later, j] : [earlier, i];
    timestamps[length] = Math.min(left, right);
    values[length] = series.values[index] as number;
    if (histograms !== null) histograms[length] = series.histograms?.[index];
    if (left <= right) i += 1;
    if (right <= left) j += 1;
    length += 1;
  }
  const raw = { timestamps: timestamps.subarray(0, length), values: values.subarray(0, length) };
  const merged = histograms === null ? raw : { ...raw, histograms };
  return { labels: earlier.labels, ...withRollup(merged, [earlier.rollup, later.rollup]) };
}

/** A marker before any sample of its shard ends nothing there, nor what another shard has. */
function firstSample({ values, histograms }: SeriesSamples): number {
  let first = 0;
  while (first < values.length && histograms?.[first] === undefined && isStaleAt(values, first)) first++;
  return first;
}

/** Aggregates stand before every sample: samples of one shard from a time of which the other has aggregates alone join those. */
function withRollup(raw: SeriesSamples, rollups: readonly (RollupColumns | undefined)[]): Omit<SelectedSeries, "labels"> {
  const parts = rollups.filter((rollup) => rollup !== undefined);
  if (parts.length === 0) return raw;
  const resolution = Math.max(...parts.map(({ resolutionMs }) => resolutionMs));
  const until = Math.max(...parts.map(({ ends }) => Math.ceil((ends.at(-1) ?? 0) / resolution) * resolution));
  const { timestamps, values, histograms } = raw;
  const cut = timestamps.findIndex((t) => t > until);
  const before = cut < 0 ? timestamps.length : cut;
  const past = {
    timestamps: timestamps.subarray(0, before),
    values: values.subarray(0, before),
    ...(histograms === undefined ? {} : { histograms: histograms.slice(0, before) }),
  };
  const folded = rollUpSamples(past, [resolution], [false]) ?? [];
  const rollup = mergeRollups([...parts, ...folded]);
  return {
    timestamps: timestamps.subarray(before),
    values: values.subarray(before),
    ...(histograms === undefined ? {} : { histograms: histograms.slice(before) }),
    ...(rollup === undefined ? {} : { rollup }),
  };
}

/** To merge a sample of two series. */
const SAMPLE_NS = 10;

/** Series of several shards, each label set once. `parts` in the order of the shard map: what a sender wrote last is in the later shard. */
export const mergeSeries = (parts: readonly (readonly SelectedSeries[])[]): readonly SelectedSeries[] =>
  finish(mergeStepwise(parts, new Pace(Infinity)));

/** The same in steps of work. */
export function* mergeStepwise(parts: readonly (readonly SelectedSeries[])[], pace: Pace): Stepwise<readonly SelectedSeries[]> {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const merged = new Map<string, SelectedSeries>();
  for (const part of filled) {
    for (const series of part) {
      const key = seriesKey(series.labels);
      const before = merged.get(key);
      merged.set(key, before === undefined ? series : mergePair(before, series));
      const samples = before === undefined ? 0 : before.timestamps.length + series.timestamps.length;
      if (pace.spend(SERIES_NS + samples * SAMPLE_NS)) yield;
    }
  }
  return [...merged.values()];
}

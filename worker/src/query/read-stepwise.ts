import type { SelectedSeries } from "@sightline/shared/model/sample";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { histogramBytesOf, tooLarge } from "@sightline/shared/promql/evaluation/query-memory";
import type { ShardProfile } from "../shard/profile.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import type { TierRequest } from "../storage/tier-choice.ts";
import { readTiered } from "../storage/tiered-reads.ts";
import { readInto, type ValueSlabs } from "../storage/value-slabs.ts";
import { SelectRefusal } from "./select-refusal.ts";

/** Samples that are unpacked at a time, more or less. */
const AT_ONCE = 250_000;
/** To unpack a sample. */
const UNPACK_NS = 8;
/** Of a few series nothing is gained by reading fewer at a time. */
const FEWEST = 16;
/** Of very many series with a few samples each it is the series that take time. */
const MOST = 500;

export function samplesIn(found: readonly SelectedSeries[]): number {
  let samples = 0;
  for (const series of found) samples += series.timestamps.length + (series.rollup?.ends.length ?? 0);
  return samples;
}

/** Throws SelectRefusal. */
export function refuseTooMany(samples: number, bound: number): void {
  if (samples <= bound) return;
  throw new SelectRefusal(
    "limit",
    `the query touches ${samples} samples or more, at most ${bound} (maxSamplesTouched); ask for less time or fewer series`,
  );
}

/** To a sample: a histogram is as much work as so many of its bytes are. */
const HISTOGRAM_BYTES = 4;

export type ReadBounds = Pick<ShardProfile, "maxSamplesTouched" | "maxQueryBytes">;

/** Reads some series at a time, in the order in which they lie in storage; what is too much is refused before the rest is read. With `slabs` the values are to be used before those are given back. Throws SelectRefusal. */
export function* readStepwise(
  store: SeriesStore,
  refs: readonly number[],
  request: TierRequest,
  nowMs: number,
  bounds: ReadBounds,
  pace: Pace,
  atOnce = AT_ONCE,
  slabs?: ValueSlabs,
): Stepwise<readonly SelectedSeries[]> {
  const each = unpackedForOne(store, request);
  // One histogram may be as large as thousands of samples: how large these are the first series tells.
  const fewest = refs.some((ref) => store.head.hasHistograms(ref)) ? 1 : FEWEST;
  let together = fewest === 1 ? 1 : Math.min(MOST, Math.max(FEWEST, Math.floor(atOnce / each)));
  const ordered = refs.length <= together ? refs : yield* inOrderOfMetrics(refs, store.metricOf, pace);
  const all: SelectedSeries[] = [];
  let samples = 0;
  let bytes = 0;
  for (let from = 0; from < ordered.length;) {
    const some = ordered.slice(from, from + together).sort((a, b) => a - b);
    from += some.length;
    const readSome = (): readonly SelectedSeries[] => readTiered(store, some, request, nowMs);
    const found = slabs === undefined ? readSome() : readInto(slabs, readSome);
    for (const series of found) all.push(series);
    const large = found.reduce((sum, series) => sum + histogramBytesOf(series), 0);
    const own = samplesIn(found);
    const read = own + large / HISTOGRAM_BYTES;
    samples += own;
    bytes += large;
    refuseTooMany(samples, bounds.maxSamplesTouched);
    if (bytes > bounds.maxQueryBytes) throw new SelectRefusal("limit", tooLarge(bounds.maxQueryBytes));
    // Of some metrics there is more than of others.
    if (fewest === 1 || read > atOnce)
      together = Math.min(MOST, Math.max(fewest, Math.floor((some.length * atOnce) / Math.max(1, read, some.length * each))));
    if (pace.spend(Math.max(read, some.length * each) * UNPACK_NS + some.length * SERIES_NS)) yield;
  }
  return all;
}

/** To look at a series' metric. */
const METRIC_NS = 150;

/** By (metric, ref), as series lie in storage; `refs` ascend. */
function* inOrderOfMetrics(refs: readonly number[], metricOf: (ref: number) => string, pace: Pace): Stepwise<number[]> {
  const byMetric = new Map<string, number[]>();
  // A series that is forgotten meanwhile must not move those that follow it.
  for (const ref of refs.slice()) {
    const metric = metricOf(ref);
    const known = byMetric.get(metric);
    if (known === undefined) byMetric.set(metric, [ref]);
    else known.push(ref);
    if (pace.spend(METRIC_NS)) yield;
  }
  return [...byMetric.keys()].sort().flatMap((metric) => byMetric.get(metric) ?? []);
}

/** Samples that are unpacked for one series, on average: all of a chunk for any of its time. */
function unpackedForOne(store: SeriesStore, { startMs, endMs, maxResolutionMs }: TierRequest): number {
  let samples = 0;
  for (const run of store.runs.runs) {
    if (run.resolutionMs > (maxResolutionMs ?? 0) || run.maxTime <= startMs || run.minTime > endMs) continue;
    samples += run.samples;
  }
  return 1 + Math.ceil(samples / Math.max(1, store.index.size));
}

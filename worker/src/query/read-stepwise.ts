import type { SelectedSeries } from "@sightline/shared/model/sample";
import { type Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesStore } from "../storage/series-store.ts";
import type { TierRequest } from "../storage/tier-choice.ts";
import { readTiered } from "../storage/tiered-reads.ts";
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

/** Reads some series at a time, in the order in which they lie in storage; what is too much is refused before the rest is read. Throws SelectRefusal. */
export function* readStepwise(
  store: SeriesStore,
  refs: readonly number[],
  request: TierRequest,
  nowMs: number,
  maxSamples: number,
  pace: Pace,
  atOnce = AT_ONCE,
): Stepwise<readonly SelectedSeries[]> {
  const each = unpackedForOne(store, request);
  let together = Math.min(MOST, Math.max(FEWEST, Math.floor(atOnce / each)));
  if (refs.length <= together) {
    const found = readTiered(store, refs, request, nowMs);
    const samples = samplesIn(found);
    refuseTooMany(samples, maxSamples);
    if (pace.spend(Math.max(samples, refs.length * each) * UNPACK_NS + refs.length * SERIES_NS)) yield;
    return found;
  }
  const ordered = yield* inOrderOfMetrics(refs, store.metricOf, pace);
  const all: SelectedSeries[] = [];
  let samples = 0;
  for (let from = 0; from < ordered.length;) {
    const some = ordered.slice(from, from + together).sort((a, b) => a - b);
    from += some.length;
    const found = readTiered(store, some, request, nowMs);
    for (const series of found) all.push(series);
    const read = samplesIn(found);
    samples += read;
    refuseTooMany(samples, maxSamples);
    // Of some metrics there is more than of others.
    if (read > atOnce) together = Math.max(FEWEST, Math.floor((together * atOnce) / read));
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

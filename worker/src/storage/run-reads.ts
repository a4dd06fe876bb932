import type { SampleRun } from "./sample-run.ts";
import type { RunKeys, RunStore } from "./run-store.ts";

/** Series asked for in the order of runs, and where each stands in `refs`. */
export interface OrderedKeys extends RunKeys {
  readonly places: Uint32Array;
}

/** By (metric, ref). */
export function orderKeys(refs: readonly number[], metricOf: (ref: number) => string): OrderedKeys {
  const metrics = refs.map(metricOf);
  const places = Uint32Array.from(refs, (_, at) => at);
  const less = (a: number, b: number): boolean => (metrics[a] as string) < (metrics[b] as string);
  places.sort((a, b) => (metrics[a] === metrics[b] ? (refs[a] as number) - (refs[b] as number) : less(a, b) ? -1 : 1));
  return {
    places,
    metrics: Array.from(places, (at) => metrics[at] as string),
    refs: Array.from(places, (at) => refs[at] as number),
  };
}

/** Adds the raw samples of `refs` with startMs < t <= endMs to the run of each, oldest write first; `series`: how many there are in all. */
export function readRuns(
  store: RunStore,
  refs: readonly number[],
  metricOf: (ref: number) => string,
  startMs: number,
  endMs: number,
  runs: readonly SampleRun[],
  series: number,
  nowMs: number,
): void {
  if (refs.length === 0) return;
  const keys = orderKeys(refs, metricOf);
  for (const samples of runs) samples.reserve(samplesOfOne(store, startMs, endMs, series));
  for (const run of store.runs) {
    if (run.resolutionMs !== 0 || run.maxTime <= startMs || run.minTime > endMs) continue;
    store.read(run, keys, nowMs, (row, chunk, at) => {
      const times = row.times(chunk);
      if ((times.at(-1) ?? -Infinity) <= startMs || (times[0] ?? Infinity) > endMs) return;
      runs[keys.places[at] as number]?.pushColumns(times, row.values(chunk), row.histograms(chunk), startMs, endMs);
    });
  }
}

const MOST_RESERVED = 200_000;

/** What one series may have in a time, were all alike. */
function samplesOfOne(store: RunStore, startMs: number, endMs: number, series: number): number {
  let samples = 0;
  for (const run of store.runs) {
    if (run.resolutionMs !== 0) continue;
    const span = Math.max(1, run.maxTime - run.minTime);
    const overlap = Math.min(run.maxTime, endMs) - Math.max(run.minTime, startMs);
    if (overlap > 0) samples += run.samples * Math.min(1, overlap / span);
  }
  return Math.min(MOST_RESERVED, Math.ceil(samples / Math.max(1, series)) + 64);
}

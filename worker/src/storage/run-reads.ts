import { orderKeys } from "./ordered-keys.ts";
import { byTime, type RunEntry } from "./run-manifest.ts";
import type { ArchiveVisit } from "./archive-visit.ts";
import { FLOATS, type RunRow } from "./run-row.ts";
import type { RunStore } from "./run-store.ts";
import type { SampleRun } from "./sample-run.ts";
import { firstAfter } from "./sample-run.ts";
import { Timeline } from "./timeline.ts";
import { SLAB_VALUES, roomForValues } from "./value-slabs.ts";

/** Adds the raw samples of `refs` with startMs < t <= endMs to the run of each, day by day, the oldest write of a day first; `series`: how many there are in all. */
export function readRuns(
  store: RunStore,
  refs: readonly number[],
  metricOf: (ref: number) => string,
  startMs: number,
  endMs: number,
  runs: readonly SampleRun[],
  series: number,
  nowMs: number,
  visit?: ArchiveVisit,
): void {
  if (refs.length === 0 || endMs <= startMs) return;
  makeRoom(runs, samplesOfOne(store, startMs, Math.min(endMs, nowMs), series));
  const keys = orderKeys(refs, metricOf);
  let column: Float64Array | null = null;
  let from = 0;
  let to = 0;
  const take = (run: RunEntry, archived: boolean): void => {
    if (run.resolutionMs !== 0 || run.maxTime <= startMs || run.minTime > endMs) return;
    const took = (row: RunRow, chunk: number, at: number): void => {
      const times = row.times(chunk);
      if (times !== column) {
        column = times;
        from = firstAfter(times, startMs);
        to = firstAfter(times, endMs);
      }
      const samples = runs[keys.places[at] as number];
      if (from >= to || samples === undefined) return;
      if (row.kind(chunk) !== FLOATS) {
        samples.pushColumns(times, row.values(chunk), row.histograms(chunk), startMs, endMs);
        return;
      }
      // All of it, and then the part that is wanted is moved to the front.
      const place = samples.room(times.length);
      const ascending = row.valuesInto(chunk, samples.values, place);
      if (from > 0) samples.values.copyWithin(place, place + from, place + to);
      samples.took(times, from, to, ascending);
    };
    if (archived) visit?.read(run, keys, took);
    else store.read(run, keys, nowMs, took);
  };
  visit?.reach(startMs, endMs);
  if (visit === undefined) for (const run of store.runs) take(run, false);
  else for (const { run, archived } of inOrder(store.runs, visit.runs)) take(run, archived);
}

/** Of two samples of one time the one of the later run is read, wherever it lies. */
function inOrder(
  stored: readonly RunEntry[],
  gone: readonly RunEntry[],
): readonly { readonly run: RunEntry; readonly archived: boolean }[] {
  const all = [...stored.map((run) => ({ run, archived: false })), ...gone.map((run) => ({ run, archived: true }))];
  return all.sort((a, b) => byTime(a.run, b.run));
}

/** Runs that are read together are on one timeline, and each has room for `samples`. */
function makeRoom(runs: readonly SampleRun[], samples: number): void {
  const line = new Timeline();
  const together = Math.max(1, Math.floor(SLAB_VALUES / samples));
  let slab = new Float64Array(0);
  let at = 0;
  for (let i = 0; i < runs.length; i++) {
    if (at + samples > slab.length) {
      slab = roomForValues(Math.min(together, runs.length - i) * samples);
      at = 0;
    }
    runs[i]?.begin(line, slab.subarray(at, at + samples));
    at += samples;
  }
}

const MOST_RESERVED = 200_000;
/** The head is seldom older. */
const HEAD_MS = 2 * 3_600_000;

/** What one series may have in a time, were all alike and went on after the newest run as in it. */
function samplesOfOne(store: RunStore, startMs: number, endMs: number, series: number): number {
  let samples = 0;
  let newest: RunEntry | null = null;
  for (const run of store.runs) {
    if (run.resolutionMs !== 0) continue;
    samples += samplesWithin(run, Math.max(run.minTime, startMs), Math.min(run.maxTime, endMs));
    if (newest === null || run.maxTime > newest.maxTime) newest = run;
  }
  if (newest !== null) samples += samplesWithin(newest, Math.max(newest.maxTime, startMs), Math.min(newest.maxTime + HEAD_MS, endMs));
  return Math.min(MOST_RESERVED, Math.ceil(samples / Math.max(1, series)) + 64);
}

function samplesWithin(run: RunEntry, fromMs: number, toMs: number): number {
  return toMs > fromMs ? (run.samples * (toMs - fromMs)) / Math.max(1, run.maxTime - run.minTime) : 0;
}

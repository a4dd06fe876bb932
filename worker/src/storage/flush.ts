import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Head } from "./head.ts";
import { RunBuilder } from "./run-builder.ts";
import { dayOf } from "./run-manifest.ts";
import { CHUNK_SAMPLES } from "./run-row.ts";
import { RunStore } from "./run-store.ts";
import type { RunEntry } from "./run-manifest.ts";
import { SampleRun, firstAfter } from "./sample-run.ts";
import { DAY_MS } from "./run-manifest.ts";

/** Small, so that one series is read from many flushes for few bytes; compaction makes them long. */
const ROW_BYTES = 112_000;

/** Packs every series of the head, by (metric, ref), into a run of each UTC day; inside the caller's transaction. */
export function packHead(head: Head, end: number, metricOf: (ref: number) => string, runs: RunStore, nowMs: number): void {
  const builders = new Map<number, { readonly id: number; readonly builder: RunBuilder }>();
  const builderOf = (day: number): RunBuilder => {
    const known = builders.get(day);
    if (known !== undefined) return known.builder;
    const id = runs.begin(false);
    const builder = new RunBuilder(ROW_BYTES, (row, body) => runs.writeRow(id, row, body));
    builders.set(day, { id, builder });
    return builder;
  };
  const run = new SampleRun();
  for (const [metric, refs] of byMetric(head, end, metricOf)) {
    for (const ref of refs) {
      run.clear();
      head.read(ref, -Infinity, Infinity, run);
      const { timestamps, values, histograms } = run.settle();
      for (let from = 0; from < timestamps.length;) {
        const day = dayOf(timestamps[from] as number);
        const to = chunkEnd(timestamps, histograms, from, firstAfter(timestamps, (day + 1) * DAY_MS));
        const column = histograms?.[from] === undefined ? null : histograms.slice(from, to).filter((one) => one !== undefined);
        builderOf(day).add(metric, ref, timestamps.subarray(from, to), values.subarray(from, to), column);
        from = to;
      }
    }
  }
  const built: RunEntry[] = [];
  let order = runs.nextOrder;
  for (const [day, { id, builder }] of builders) {
    const rows = builder.finish();
    if (rows !== null) built.push(RunStore.entry(rows, { id, order: order++, day, level: 0, resolutionMs: 0, nowMs }));
  }
  if (built.length > 0) runs.publish(built, []);
}

/** Where the chunk that begins at `from` ends: at `limit`, when it is long enough, or where histograms give way to floats. */
export function chunkEnd(
  timestamps: Float64Array,
  histograms: readonly (NativeHistogram | undefined)[] | undefined,
  from: number,
  limit: number,
): number {
  const end = Math.min(limit, from + CHUNK_SAMPLES);
  if (histograms === undefined) return end;
  const isHistogram = histograms[from] !== undefined;
  let to = from + 1;
  while (to < end && (histograms[to] !== undefined) === isHistogram) to++;
  return to;
}

function byMetric(head: Head, end: number, metricOf: (ref: number) => string): [string, number[]][] {
  const refs = new Map<string, number[]>();
  for (let ref = 0; ref < end; ref++) {
    if (!head.has(ref)) continue;
    const metric = metricOf(ref);
    const known = refs.get(metric);
    if (known === undefined) refs.set(metric, [ref]);
    else known.push(ref);
  }
  return [...refs].sort(([a], [b]) => (a < b ? -1 : 1));
}

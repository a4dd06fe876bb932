import { DayRuns } from "./day-runs.ts";
import type { Head } from "./head.ts";
import type { RunStore } from "./run-store.ts";

/** Small, so that one series is read from many flushes for few bytes; compaction makes them long. */
const ROW_BYTES = 112_000;

/** Packs every series of the head, by (metric, ref), into a run of each UTC day; inside the caller's transaction. */
export function packHead(head: Head, end: number, metricOf: (ref: number) => string, runs: RunStore, nowMs: number): void {
  const days = new DayRuns(runs, ROW_BYTES);
  for (const [metric, refs] of byMetric(head, end, metricOf)) head.readEach(refs, (ref, run) => days.add(metric, ref, run.settle()));
  const built = days.finish(runs.nextOrder, nowMs);
  if (built.length > 0) runs.publish(built, []);
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

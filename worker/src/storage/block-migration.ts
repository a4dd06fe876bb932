import type { BlockStore } from "./block-store.ts";
import type { CompactionPorts } from "./compaction.ts";
import { DayRuns } from "./day-runs.ts";
import { DAY_MS } from "./run-manifest.ts";
import { compareKeys } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";

const ROW_BYTES = 224_000;

/**
 * Turns the newest block of version 1 of a day into runs older than all there are, in one transaction; the day's table
 * goes with its last block. A damaged block goes to quarantine.
 */
export function migrateBlock({ runs, database, metricOf }: CompactionPorts, blocks: BlockStore, day: number, nowMs: number): void {
  blocks.takeNewest(day, nowMs, (block, remove) => {
    const refs = [...new Set(block.chunks.map((chunk) => chunk.ref))];
    refs.sort((a, b) => compareKeys(metricOf(a), a, metricOf(b), b));
    database.transaction(() => {
      const days = new DayRuns(runs, ROW_BYTES);
      const samples = new SampleRun();
      for (const ref of refs) {
        samples.clear();
        let at = block.firstOf(ref);
        for (let chunk = block.chunks[at]; chunk?.ref === ref; chunk = block.chunks[++at]) {
          const columns = block.read(chunk);
          samples.pushColumns(columns.times, columns.values, columns.histograms, -Infinity, Infinity);
        }
        days.add(metricOf(ref), ref, samples.settle());
      }
      // As old as their day, so that the merge of it waits for nothing.
      runs.publish(days.finish(runs.orderBefore, (day + 1) * DAY_MS), []);
      remove();
    });
  });
}

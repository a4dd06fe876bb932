import type { BlockStore } from "./block-store.ts";
import type { Head } from "./head.ts";
import { DAY_MS } from "./run-manifest.ts";
import type { RunStore } from "./run-store.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { SqlDatabase } from "./sql-database.ts";

/**
 * Drops whole days older than `keepMs` and forgets series whose newest sample lies before them. Returns the refs
 * forgotten; the caller rewrites the series log when there are any.
 */
export function retain(
  database: SqlDatabase,
  blocks: BlockStore,
  runs: RunStore,
  index: SeriesIndex,
  head: Head,
  nowMs: number,
  keepMs: number,
): number[] {
  const before = nowMs - keepMs;
  const old = runs.runs.filter((run) => (run.day + 1) * DAY_MS <= before).map((run) => run.id);
  if (old.length > 0) database.transaction(() => runs.drop(old));
  if (blocks.dropBefore(before) + old.length === 0) return [];
  const oldest = runs.runs.reduce((day, run) => Math.min(day, run.day), blocks.days[0] ?? Infinity) * DAY_MS;
  const gone: number[] = [];
  for (const series of index.all()) {
    const last = head.lastTime[series.ref] ?? -Infinity;
    if (last < before && last < oldest && !head.has(series.ref)) gone.push(series.ref);
  }
  for (const ref of gone) index.remove(ref);
  return gone;
}

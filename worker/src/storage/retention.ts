import type { BlockStore } from "./block-store.ts";
import type { Head } from "./head.ts";
import type { SeriesIndex } from "./series-index.ts";

/**
 * Drops whole days older than `keepMs` and forgets series whose newest sample lies before them. Returns the refs
 * forgotten; the caller rewrites the series log when there are any.
 */
export function retain(blocks: BlockStore, index: SeriesIndex, head: Head, nowMs: number, keepMs: number): number[] {
  const before = nowMs - keepMs;
  if (blocks.dropBefore(before) === 0) return [];
  const oldest = (blocks.days[0] ?? Infinity) * 86_400_000;
  const gone: number[] = [];
  for (const series of index.all()) {
    const last = head.lastTime[series.ref] ?? -Infinity;
    if (last < before && last < oldest && !head.has(series.ref)) gone.push(series.ref);
  }
  for (const ref of gone) index.remove(ref);
  return gone;
}

import { DAY_MS } from "./run-manifest.ts";
import type { SeriesStore } from "./series-store.ts";

/** Nothing that is stored raw is older or newer, ms; Infinity and -Infinity when nothing is. What came while a clock was ahead is newer than now. */
export function storedSpan({ head, runs, blocks }: SeriesStore): { readonly oldest: number; readonly newest: number } {
  let oldest = head.oldestTime;
  let newest = -Infinity;
  // Of packed samples, too, but for those of series that are known no more.
  for (const last of head.lastTime) if (last > newest) newest = last;
  for (const run of runs.runs) {
    if (run.resolutionMs !== 0) continue;
    oldest = Math.min(oldest, run.minTime);
    newest = Math.max(newest, run.maxTime);
  }
  // A block has samples of the days beside its own, too.
  for (const day of blocks.days) {
    oldest = Math.min(oldest, (day - 1) * DAY_MS);
    newest = Math.max(newest, (day + 2) * DAY_MS);
  }
  return { oldest, newest };
}

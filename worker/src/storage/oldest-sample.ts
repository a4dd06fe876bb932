import { DAY_MS } from "./run-manifest.ts";
import type { SeriesStore } from "./series-store.ts";

/** Nothing that is stored raw is older, ms; Infinity when nothing is. */
export function oldestSample({ head, runs, blocks }: SeriesStore): number {
  let oldest = head.oldestTime;
  for (const run of runs.runs) if (run.resolutionMs === 0) oldest = Math.min(oldest, run.minTime);
  // A block has samples of the day before, too.
  for (const day of blocks.days) oldest = Math.min(oldest, (day - 1) * DAY_MS);
  return oldest;
}

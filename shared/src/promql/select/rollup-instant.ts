/** Instant selection where the past is there as rollups: before the raw samples, what a raw evaluation gives at the last bucket end. */
import { type RollupColumns, rolledUpUntil } from "../../model/rollup.ts";
import { type Column, putFloat, putHistogram, type Steps, timeOf } from "../evaluation/steps.ts";

/** Fills the steps that no raw sample has answered and that lie before the end of what was rolled up plus the lookback. */
export function fillFromRollup(
  column: Column,
  rollup: RollupColumns,
  read: Steps,
  lookbackMs: number,
  firstRawMs: number,
  times?: Float64Array,
): boolean {
  const { ends, lasts, lastTimes, staleTimes, digests, resolutionMs } = rollup;
  const until = rolledUpUntil(rollup);
  let any = false;
  let next = 0;
  for (let step = 0; step < read.count; step++) {
    const t = timeOf(read, step);
    // From the first raw sample on, raw selection has spoken, also where it found a stale marker.
    if (t >= firstRawMs) break;
    while (next < ends.length && (ends[next] ?? 0) <= t) next++;
    if (next === 0) continue;
    const at = t > until ? t : Math.floor(t / resolutionMs) * resolutionMs;
    if ((lastTimes[next - 1] ?? 0) <= at - lookbackMs || (staleTimes?.[next - 1] ?? Infinity) <= at) continue;
    const histogram = digests?.[next - 1]?.at(-1);
    if (histogram === undefined) putFloat(column, step, lasts[next - 1] ?? 0);
    else putHistogram(column, step, histogram);
    if (times !== undefined) times[step] = lastTimes[next - 1] ?? 0;
    any = true;
  }
  return any;
}

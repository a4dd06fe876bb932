/** Raw samples in place of rollups whose buckets do not tell what a function asks of them. */
import { seriesKey } from "../../model/labels.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Select, SelectRequest } from "../api.ts";

export interface RawInPlace {
  readonly series: readonly SelectedSeries[];
  /** Whether a bucket has samples of which none is left. */
  readonly missing: boolean;
}

/** `found`: by a request that allowed rollups; those that are `lacking` are read again by `raw`, the others stay as they are. */
export function rawInPlace(
  found: readonly SelectedSeries[],
  lacking: (one: SelectedSeries) => boolean,
  raw: SelectRequest,
  select: Select,
): RawInPlace {
  const lacks = new Set(found.filter(lacking));
  if (lacks.size === 0) return { series: found, missing: false };
  // From where the first bucket begins, so that a bucket without any raw sample is one whose samples have left.
  let { startMs } = raw;
  for (const { rollup } of lacks)
    if (rollup !== undefined) startMs = Math.min(startMs, (rollup.ends.find((end) => end > raw.startMs) ?? Infinity) - rollup.resolutionMs);
  const again = new Map(select({ ...raw, startMs }).map((one) => [seriesKey(one.labels), one]));
  let missing = false;
  const series = found.flatMap((one) => {
    if (!lacks.has(one)) return [one];
    const own = again.get(seriesKey(one.labels));
    missing ||= one.rollup !== undefined && hasEmptied(one.rollup, own?.timestamps ?? [], raw);
    return own ?? [];
  });
  return { series, missing };
}

/** Whether no time lies in one of the buckets that end in what was asked for; a merged read has others, too. Both ascend. */
function hasEmptied({ ends, resolutionMs }: RollupColumns, times: ArrayLike<number>, { startMs, endMs }: SelectRequest): boolean {
  let at = 0;
  for (const end of ends) {
    if (end <= startMs || end > endMs) continue;
    while (at < times.length && (times[at] as number) <= end - resolutionMs) at++;
    if (at === times.length || (times[at] as number) > end) return true;
  }
  return false;
}

import { seriesStats } from "@sightline/shared/aggregation/series-stats";
import type { SeriesStats } from "@sightline/shared/api/responses";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SeriesReads } from "./series-reads.ts";

const MAX_SERIES = 2000;

/** Moments and quantiles over (endMs − windowMs, endMs] of every series a selector matches. Failures of the selector, `limit`. */
export function windowStats(reads: SeriesReads, selector: string, windowMs: number, endMs: number): Result<readonly SeriesStats[]> {
  const refs = reads.refs([selector]);
  if (!refs.ok) return refs;
  if (refs.value.length > MAX_SERIES)
    return fail("limit", `${refs.value.length} series match, statistics take at most ${MAX_SERIES}; narrow the selector`);
  const found = reads.store
    .read(refs.value, endMs - windowMs, endMs, reads.now())
    .map((series) => seriesStats(series.labels, series, reads.metadataOf(series.labels)?.type === "counter", windowMs, null));
  return ok(found.filter((stats) => stats.count > 0));
}

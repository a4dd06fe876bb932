import type { Opening } from "@sightline/shared/aggregation/series-stats";
import { seriesStats } from "@sightline/shared/aggregation/series-stats";
import type { SeriesStats } from "@sightline/shared/api/responses";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { finish, Pace, SERIES_NS, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { ArchiveVisit } from "../storage/archive-visit.ts";
import { matchUnion } from "./label-reads.ts";
import { samplesIn } from "./read-stepwise.ts";
import type { SeriesReads } from "./series-reads.ts";

export const MAX_SERIES = 2000;

/** Before the window, how far a series is looked for first, ms: those that are sent at all are found there, from few blocks. */
export const NEAR_MS = 5 * 60_000;

/** Series that are read together at first, and samples later. */
const FEWEST = 16;
const AT_ONCE = 100_000;
/** A sample among those of its series, which are sorted. */
const SAMPLE_NS = 80;

/** Moments and quantiles over (endMs − windowMs, endMs] of every series a selector matches. Failures of the selector, `limit`. */
export const windowStats = (...asked: WindowAsked): Result<readonly SeriesStats[]> =>
  finish(windowStatsStepwise(new Pace(Infinity), ...asked));

type WindowAsked = readonly [reads: SeriesReads, selector: string, windowMs: number, endMs: number, visit?: ArchiveVisit];

/** The same in steps of work: some series at a time are in memory. */
export function* windowStatsStepwise(
  pace: Pace,
  ...[reads, selector, windowMs, endMs, visit]: WindowAsked
): Stepwise<Result<readonly SeriesStats[]>> {
  const refs = yield* matchUnion(reads.store, [selector], pace);
  if (!refs.ok) return refs;
  if (refs.value.length > MAX_SERIES)
    return fail("limit", `${refs.value.length} series match, statistics take at most ${MAX_SERIES}; narrow the selector`);
  const all: SeriesStats[] = [];
  let together = FEWEST;
  for (let from = 0; from < refs.value.length;) {
    const some = refs.value.slice(from, from + together);
    from += some.length;
    const inside = reads.store.readPlaces(some, endMs - windowMs, endMs, reads.now(), visit);
    const read = samplesIn(inside.filter((series) => series !== null));
    const openings = openingsOf(reads, some, inside, endMs - windowMs, visit);
    for (const [at, series] of inside.entries()) {
      if (series === null) continue;
      const stats = seriesStats(series.labels, series, isCounter(reads, series), windowMs, openings.get(some[at] as number));
      if (stats.count > 0) all.push(stats);
      if (pace.spend(SERIES_NS + series.timestamps.length * SAMPLE_NS)) yield;
    }
    together = Math.max(FEWEST, Math.min(4 * together, Math.floor((some.length * AT_ONCE) / Math.max(read, 1))));
  }
  return ok(all);
}

const isCounter = (reads: SeriesReads, { labels }: SelectedSeries): boolean => reads.metadataOf(labels)?.type === "counter";

/** What the counters and histograms stood at when the window began, by ref. */
function openingsOf(
  reads: SeriesReads,
  refs: readonly number[],
  inside: readonly (SelectedSeries | null)[],
  startMs: number,
  visit: ArchiveVisit | undefined,
): ReadonlyMap<number, Opening> {
  const { store } = reads;
  const openings = new Map<number, Opening>();
  let wanted = refs.filter((_, at) => {
    const series = inside[at] ?? null;
    return series !== null && (series.histograms !== undefined || isCounter(reads, series));
  });
  for (const [fromMs, toMs, there] of [
    [startMs - NEAR_MS, startMs, visit],
    // Not through a whole archive.
    [-1, startMs - NEAR_MS, undefined],
  ] as const) {
    if (wanted.length === 0) break;
    for (const [at, series] of store.readPlaces(wanted, fromMs, toMs, reads.now(), there).entries()) {
      if (series === null) continue;
      const histogram = series.histograms?.findLast((one) => one !== undefined);
      openings.set(wanted[at] as number, { value: series.values.at(-1) ?? Number.NaN, histogram });
    }
    wanted = wanted.filter((ref) => !openings.has(ref));
  }
  // What lies before it in the archive nobody has looked at.
  if (visit !== undefined) return openings;
  for (const ref of wanted) openings.set(ref, "began_inside");
  return openings;
}

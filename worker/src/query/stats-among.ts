import type { Opening } from "@sightline/shared/aggregation/series-stats";
import { seriesStats } from "@sightline/shared/aggregation/series-stats";
import type { SeriesStats } from "@sightline/shared/api/responses";
import { seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { acrossShards } from "./across-shards.ts";
import type { ArchivedReads } from "./archived-reads.ts";
import type { Among } from "./query-among.ts";
import { parseSelector } from "./selector.ts";
import type { SeriesReads } from "./series-reads.ts";
import { missingOf, unboundArchive } from "./missing-samples.ts";
import { MAX_SERIES, NEAR_MS, windowStats, windowStatsStepwise } from "./window-stats.ts";

const TIMEOUT_MS = 30_000;

/**
 * Statistics of series whose samples lie in several shards, from the samples of all of them. What a counter stood at when the
 * window began is looked for in the five minutes before it. Types are those that this shard knows.
 */
export async function statsAmong(
  local: SeriesReads,
  archived: ArchivedReads | null,
  among: Among,
  selector: string,
  windowMs: number,
  endMs: number,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Result<readonly SeriesStats[]>> {
  const unbound = archived === null ? unboundArchive(local, endMs - windowMs, endMs) : null;
  if (unbound !== null) return { ok: false, error: unbound };
  if (among === undefined) {
    const reaches = archived?.reaches({ startMs: endMs - windowMs, endMs }) === true;
    if (!reaches) return untilLate(windowStatsStepwise(new Pace(), local, selector, windowMs, endMs), local.now, pause);
    return archived.answer((visit) => windowStats(local, selector, windowMs, endMs, visit));
  }
  const matchers = parseSelector(selector);
  if (!matchers.ok) return matchers;
  const startMs = endMs - windowMs;
  const inside = { matchers: matchers.value, startMs, endMs };
  const before = { matchers: matchers.value, startMs: startMs - NEAR_MS, endMs: startMs };
  return acrossShards(archived ?? local, { ...among, timeoutMs: TIMEOUT_MS, partial: false, pause }, [inside, before], (source) => {
    const error = missingOf(source);
    if (error !== null) return { ok: false, error };
    const series = source.select(inside);
    if (series.length > MAX_SERIES)
      return fail("limit", `${series.length} series match, statistics take at most ${MAX_SERIES}; narrow the selector`);
    const openings = new Map<string, Opening>();
    for (const { labels, values, histograms } of source.select(before)) {
      const histogram = histograms?.findLast((one) => one !== undefined);
      openings.set(seriesKey(labels), { value: values.at(-1) ?? Number.NaN, histogram });
    }
    const stats = series.map((one) => {
      const isCounter = local.metadataOf(one.labels)?.type === "counter";
      return seriesStats(one.labels, one, isCounter, windowMs, openings.get(seriesKey(one.labels)));
    });
    return ok(stats.filter(({ count }) => count > 0));
  });
}

/** Drives statistics to their end, pausing wherever they stop; failure `timeout` when that takes too long. */
async function untilLate(
  steps: Stepwise<Result<readonly SeriesStats[]>>,
  now: () => number,
  pause: () => Promise<void>,
): Promise<Result<readonly SeriesStats[]>> {
  const deadlineMs = now() + TIMEOUT_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
    if (now() > deadlineMs)
      return fail("timeout", `the statistics timed out: the limit is ${TIMEOUT_MS / 1000} s; ask for a shorter window or fewer series`);
  }
}

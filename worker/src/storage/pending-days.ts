import type { RollupColumns } from "@sightline/shared/model/rollup";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";
import type { ArchiveVisit } from "./archive-visit.ts";
import { DAY_MS, dayOf, isWholeDay } from "./run-manifest.ts";
import { SampleRun } from "./sample-run.ts";
import type { SeriesStore } from "./series-store.ts";

/**
 * Of `days`, which have aggregates: those with samples of these series that are not in them yet, as a flush or the head holds them until
 * the day is merged anew. A day whose other raw samples are gone is none: what came after cannot stand for them.
 */
export function pendingDays(
  store: SeriesStore,
  refs: readonly number[],
  days: ReadonlySet<number>,
  nowMs: number,
  visit: ArchiveVisit | undefined,
): ReadonlySet<number> {
  const whole = new Set<number>(visit?.days);
  const late = new Set<number>();
  for (const run of store.runs.runs) {
    if (run.resolutionMs !== 0 || !days.has(run.day)) continue;
    (isWholeDay(run) ? whole : late).add(run.day);
  }
  const untilMs = (Math.max(-1, ...days) + 1) * DAY_MS;
  if (store.head.oldestTime <= untilMs) {
    const runs = refs.map(() => new SampleRun());
    store.head.readMany(refs, Math.min(...days) * DAY_MS, untilMs, runs);
    for (const { times, length } of runs) for (let i = 0; i < length; i++) late.add(dayOf(times[i] as number));
  }
  return new Set([...late].filter((day) => days.has(day) && whole.has(day)));
}

/** The aggregates of one pending day, made of the raw samples; by the places of `refs`. Null when these turned out to be damaged. */
export function readPending(
  store: SeriesStore,
  refs: readonly number[],
  day: number,
  tier: { readonly resolutionMs: number; readonly sketched: boolean },
  nowMs: number,
  visit: ArchiveVisit | undefined,
): ReadonlyMap<number, RollupColumns> | null {
  const made = new Map<number, RollupColumns>();
  for (const [at, series] of store.readPlaces(refs, day * DAY_MS, (day + 1) * DAY_MS, nowMs, visit).entries()) {
    if (series === null) continue;
    for (const columns of rollUpSamples(series, [tier.resolutionMs], [tier.sketched]) ?? []) made.set(at, columns);
  }
  const whole = visit?.days.has(day) === true || store.runs.runs.some((run) => run.day === day && isWholeDay(run));
  return whole ? made : null;
}

import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { dateOf } from "../storage/archive-catalog.ts";
import { DAY_MS, dayOf } from "../storage/run-manifest.ts";
import type { SeriesStore } from "../storage/series-store.ts";

/** Days asked for, ascending since the epoch, whose samples only the archive has and of which the object has no aggregates that would do. */
export function awayDays(store: SeriesStore, { startMs, endMs, coarserWhenGone }: Omit<SelectRequest, "matchers">): readonly number[] {
  const { catalog } = store.retention;
  if (!catalog.covers(startMs, endMs)) return [];
  const aggregated = new Set(coarserWhenGone === true ? store.runs.runs.flatMap((run) => (run.resolutionMs > 0 ? [run.day] : [])) : []);
  const isAway = (day: number): boolean => day >= dayOf(startMs + 1) && day * DAY_MS < endMs && !aggregated.has(day);
  const gone = catalog.runs.filter((run) => !store.runs.holds(run));
  return [...new Set(gone.map(({ day }) => day))].filter(isAway).sort((a, b) => a - b);
}

/** What a rule is refused with whose series have samples in days that only the archive has, and no aggregates that would do; null where it misses none. */
export function* awaySamples(store: SeriesStore, request: SelectRequest, pace: Pace): Stepwise<string | null> {
  const days = awayDays(store, request);
  const [first, last = 0] = [days[0], days.at(-1)];
  if (first === undefined) return null;
  const refs = yield* store.index.matchStepwise(request.matchers, pace);
  const misses = (ref: number): boolean =>
    store.firsts.of(ref) <= (last + 1) * DAY_MS && (store.head.lastTime[ref] as number) > Math.max(request.startMs, first * DAY_MS);
  if (!refs.ok || !refs.value.some(misses)) return null;
  const dates = first === last ? dateOf(first) : `${dateOf(first)} to ${dateOf(last)}`;
  return `it reads ${days.length === 1 ? "a day" : `${days.length} days`} (${dates}) whose samples are in the archive alone, which queries read and rules do not: let it look back less far, or give raw samples more room (--storage-gb)`;
}

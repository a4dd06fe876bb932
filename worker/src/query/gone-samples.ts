import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesStore } from "../storage/series-store.ts";
import { goneUntil, takesAggregates } from "../storage/tiered-reads.ts";

/** What an answer is told with that reads single samples of times of which only aggregates are left; null where it misses none. */
export function* goneSamples(store: SeriesStore, request: SelectRequest, pace: Pace): Stepwise<string | null> {
  if (takesAggregates(request)) return null;
  const untilMs = goneUntil(store, request);
  if (untilMs === -Infinity) return null;
  const refs = yield* store.index.matchStepwise(request.matchers, pace);
  const misses = (ref: number): boolean => store.firsts.of(ref) <= untilMs && (store.head.lastTime[ref] as number) > request.startMs;
  if (!refs.ok || !refs.value.some(misses)) return null;
  const until = `${new Date(untilMs).toISOString().slice(0, 16)}Z`;
  return `PromQL info: samples are missing: of times up to ${until} only aggregates are left, which answer rate, increase, avg_over_time and the like, but nothing that reads raw samples`;
}

import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { DAY_MS, dayOf } from "../storage/run-manifest.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { goneUntil, takesAggregates } from "../storage/tiered-reads.ts";

/** What an answer is told with that reads times of before definitions of series were lost: it may miss some of any name. Null where there was no such loss. */
export function unnamedSamples({ quarantine }: SeriesStore, { startMs }: SelectRequest): string | null {
  const lostAt = quarantine.definitionsLostAt();
  if (startMs >= lostAt) return null;
  const until = `${new Date(lostAt).toISOString().slice(0, 16)}Z`;
  return `PromQL warning: samples may be missing: definitions of series were damaged, so that samples of times up to ${until} cannot be read, see /v1/status`;
}

/** What an answer is told with that reads times of which nothing is left, as room was short, or single samples of those of which only aggregates are; null where it misses none. */
export function* goneSamples(store: SeriesStore, request: SelectRequest, pace: Pace): Stepwise<string | null> {
  const day = store.retention.dayWithoutRoom(dayOf(request.endMs));
  const droppedUntil = day < dayOf(request.startMs + 1) ? -Infinity : (day + 1) * DAY_MS;
  const untilMs = Math.max(droppedUntil, takesAggregates(request) ? -Infinity : goneUntil(store, request));
  if (untilMs === -Infinity) return null;
  const refs = yield* store.index.matchStepwise(request.matchers, pace);
  const misses = (ref: number): boolean => store.firsts.of(ref) <= untilMs && (store.head.lastTime[ref] as number) > request.startMs;
  if (!refs.ok || !refs.value.some(misses)) return null;
  const until = `${new Date(untilMs).toISOString().slice(0, 16)}Z`;
  if (untilMs === droppedUntil)
    return `PromQL info: samples are missing: those of times up to ${until} were dropped as room was short (--storage-gb), see /v1/status`;
  return `PromQL info: samples are missing: of times up to ${until} only aggregates are left, which answer rate, increase, avg_over_time and the like, but nothing that reads raw samples`;
}

import type { MetricType } from "@sightline/shared/model/metric";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { ResultCache } from "./result-cache.ts";
import type { ShardProfile } from "../shard/profile.ts";
import type { ValueSlabs } from "../storage/value-slabs.ts";

/** What an expression is evaluated over: the series of one shard (SeriesReads), or of several, gathered (across-shards.ts). */
export interface QuerySource {
  /** Throws SelectRefusal. */
  select(request: SelectRequest): readonly SelectedSeries[];
  /** The same in steps of work, where reading may take long. The values may lie in `slabs`, and are then to be used before those are given back. */
  selectStepwise?(request: SelectRequest, pace: Pace, slabs?: ValueSlabs): Stepwise<readonly SelectedSeries[]>;
  /** Undefined of a metric that nothing is known of. */
  typeOf?(metric: string): MetricType | undefined;
  /** As it was declared; undefined of a metric that nothing is known of. */
  unitOf?(metric: string): string | undefined;
  /** What is to be said of what was selected for a request, in steps of work. */
  notesOn?(request: SelectRequest, pace: Pace): Stepwise<readonly string[]>;
  /** What is known already of range queries over this source. */
  readonly results?: ResultCache;
  readonly now: () => number;
  readonly profile: Pick<
    ShardProfile,
    "maxSamplesTouched" | "maxPointsPerSeries" | "maxQueryBytes" | "maxAnswerBytes" | "experimentalFunctions"
  >;
  /** For a source with an archive behind it: whether a time lies in days that only that has. */
  reaches?(request: Pick<SelectRequest, "startMs" | "endMs" | "coarserWhenGone">): boolean;
  /** The same as `select`, with these days. Throws SelectRefusal. */
  selectAll?(requests: readonly SelectRequest[]): Promise<WholeReads>;
  /** What an answer must be told with: parts that could not be read. */
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** What was read for each of several requests, and what is to be said of it. */
export interface WholeReads {
  readonly series: readonly (readonly SelectedSeries[])[];
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

/** How a long computation lets others go first: drives it to its end, pausing wherever it stops. */
export async function inSteps<T>(computation: Stepwise<T>, pause: () => Promise<void>): Promise<T> {
  for (;;) {
    const step = computation.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

/** What a source has for each request, read in steps of work. Throws SelectRefusal. */
export async function selectInSteps(
  source: QuerySource,
  requests: readonly SelectRequest[],
  pace: Pace,
  pause: () => Promise<void>,
): Promise<WholeReads> {
  const { series, infos, warnings } = await readAll(source, requests, pace, pause);
  return { series, infos: [...infos, ...(await inSteps(notesOnAll(source, requests, pace), pause))], warnings };
}

/** The same, before what is to be said of it wherever it was read. */
async function readAll(
  source: QuerySource,
  requests: readonly SelectRequest[],
  pace: Pace,
  pause: () => Promise<void>,
): Promise<WholeReads> {
  if (source.selectStepwise === undefined || requests.some((request) => source.reaches?.(request) === true))
    return selectWhole(source, requests);
  const series: (readonly SelectedSeries[])[] = [];
  for (const request of requests) series.push(await inSteps(source.selectStepwise(request, pace), pause));
  return { series, infos: [], warnings: [] };
}

/** What is to be said of what was selected for any of several requests. */
export function* notesOnAll(source: QuerySource, requests: readonly SelectRequest[], pace: Pace): Stepwise<readonly string[]> {
  const notes: string[] = [];
  for (const request of requests) if (source.notesOn !== undefined) notes.push(...(yield* source.notesOn(request, pace)));
  return notes;
}

/** What a source has for each request, its archive included where it has one. Throws SelectRefusal. */
function selectWhole(source: QuerySource, requests: readonly SelectRequest[]): WholeReads | Promise<WholeReads> {
  if (source.selectAll !== undefined && requests.some((request) => source.reaches?.(request) === true)) return source.selectAll(requests);
  return { series: requests.map((request) => source.select(request)), infos: [], warnings: [] };
}

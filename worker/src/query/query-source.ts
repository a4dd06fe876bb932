import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { ResultCache } from "./result-cache.ts";
import type { ShardProfile } from "../shard/profile.ts";

/** What an expression is evaluated over: the series of one shard (SeriesReads), or of several, gathered (across-shards.ts). */
export interface QuerySource {
  /** Throws SelectRefusal. */
  select(request: SelectRequest): readonly SelectedSeries[];
  /** The same in steps of work, where reading may take long. */
  selectStepwise?(request: SelectRequest, pace: Pace): Stepwise<readonly SelectedSeries[]>;
  /** What is known already of range queries over this source. */
  readonly results?: ResultCache;
  readonly now: () => number;
  readonly profile: Pick<
    ShardProfile,
    "maxSamplesTouched" | "maxPointsPerSeries" | "maxQueryBytes" | "maxAnswerBytes" | "experimentalFunctions"
  >;
  /** For a source with an archive behind it: whether a time lies in days that only that has. */
  reaches?(request: Pick<SelectRequest, "startMs" | "endMs">): boolean;
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

/** What a source has for each request, its archive included where it has one. Throws SelectRefusal. */
export function selectWhole(source: QuerySource, requests: readonly SelectRequest[]): WholeReads | Promise<WholeReads> {
  if (source.selectAll !== undefined && requests.some((request) => source.reaches?.(request) === true)) return source.selectAll(requests);
  return { series: requests.map((request) => source.select(request)), infos: [], warnings: [] };
}

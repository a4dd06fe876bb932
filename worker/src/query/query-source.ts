import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { ShardProfile } from "../shard/profile.ts";

/** What an expression is evaluated over: the series of one shard (SeriesReads), or of several, gathered (across-shards.ts). */
export interface QuerySource {
  /** Throws SelectRefusal. */
  select(request: SelectRequest): readonly SelectedSeries[];
  readonly now: () => number;
  readonly profile: Pick<
    ShardProfile,
    "maxSamplesTouched" | "maxPointsPerSeries" | "maxQueryBytes" | "maxAnswerBytes" | "experimentalFunctions"
  >;
  /** What an answer must be told with: parts that could not be read. */
  readonly warnings?: readonly string[];
}

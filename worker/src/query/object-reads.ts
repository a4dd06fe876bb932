import type { MetricType } from "@sightline/shared/model/metric";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { ValueSlabs } from "../storage/value-slabs.ts";
import type { QuerySource, WholeReads } from "./query-source.ts";
import type { ResultCache } from "./result-cache.ts";
import type { SeriesReads } from "./series-reads.ts";

/** A shard of which days may lie elsewhere: what is in the object is read from there; of the others each kind says what it does. */
export abstract class ObjectReads implements QuerySource {
  readonly reads: SeriesReads;
  readonly now: () => number;
  /** Queries that only the object answers. */
  readonly results: ResultCache;
  readonly profile: SeriesReads["profile"];

  constructor(reads: SeriesReads) {
    this.reads = reads;
    this.now = reads.now;
    this.results = reads.results;
    this.profile = reads.profile;
  }

  /** What is in the object alone. */
  select(request: SelectRequest): SelectedSeries[] {
    return this.reads.select(request);
  }

  selectStepwise(request: SelectRequest, pace: Pace, slabs?: ValueSlabs): Stepwise<readonly SelectedSeries[]> {
    return this.reads.selectStepwise(request, pace, slabs);
  }

  typeOf(metric: string): MetricType | undefined {
    return this.reads.typeOf(metric);
  }

  unitOf(metric: string): string | undefined {
    return this.reads.unitOf(metric);
  }

  notesOn(request: SelectRequest, pace: Pace): Stepwise<readonly string[]> {
    return this.reads.notesOn(request, pace);
  }

  abstract reaches(request: Pick<SelectRequest, "startMs" | "endMs" | "coarserWhenGone">): boolean;
  abstract selectAll(requests: readonly SelectRequest[]): Promise<WholeReads>;
}

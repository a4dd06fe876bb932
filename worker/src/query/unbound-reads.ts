import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { ArchiveCatalog } from "../storage/archive-catalog.ts";
import type { QuerySource, WholeReads } from "./query-source.ts";
import type { ResultCache } from "./result-cache.ts";
import type { SeriesReads } from "./series-reads.ts";

/** A shard of which days are only in an archive that is not bound just now: an answer that would need them says that they are missing. */
export class UnboundReads implements QuerySource {
  readonly reads: SeriesReads;
  readonly now: () => number;
  readonly results: ResultCache;
  readonly profile: SeriesReads["profile"];
  readonly #catalog: ArchiveCatalog;

  constructor(reads: SeriesReads, catalog: ArchiveCatalog) {
    this.reads = reads;
    this.#catalog = catalog;
    this.now = reads.now;
    this.results = reads.results;
    this.profile = reads.profile;
  }

  select(request: SelectRequest): SelectedSeries[] {
    return this.reads.select(request);
  }

  selectStepwise(request: SelectRequest, pace: Pace): Stepwise<readonly SelectedSeries[]> {
    return this.reads.selectStepwise(request, pace);
  }

  /** Where aggregates may stand for the days nothing is missing, and the engine says that they do. */
  reaches({ startMs, endMs, coarserWhenGone }: Pick<SelectRequest, "startMs" | "endMs" | "coarserWhenGone">): boolean {
    return coarserWhenGone !== true && this.#catalog.covers(startMs, endMs);
  }

  async selectAll(requests: readonly SelectRequest[]): Promise<WholeReads> {
    const [missing] = requests.some((request) => this.reaches(request)) ? this.#catalog.unbound() : [];
    return {
      series: requests.map((request) => this.reads.select(request)),
      infos: [],
      warnings: missing === undefined ? [] : [`PromQL warning: samples are missing: ${missing}`],
    };
  }
}

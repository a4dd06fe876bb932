import type { SelectRequest } from "@sightline/shared/promql/api";
import type { ArchiveCatalog } from "../storage/archive-catalog.ts";
import { awayDays } from "./away-samples.ts";
import { ObjectReads } from "./object-reads.ts";
import type { WholeReads } from "./query-source.ts";
import type { SeriesReads } from "./series-reads.ts";
import { unboundWarning } from "./missing-samples.ts";

/** A shard of which days are only in an archive that is not bound just now: an answer that would need them says that they are missing. */
export class UnboundReads extends ObjectReads {
  readonly #catalog: ArchiveCatalog;

  constructor(reads: SeriesReads, catalog: ArchiveCatalog) {
    super(reads);
    this.#catalog = catalog;
  }

  /** Where aggregates stand for the days nothing is missing, and the engine says that they do. */
  override reaches(request: Pick<SelectRequest, "startMs" | "endMs" | "coarserWhenGone">): boolean {
    return awayDays(this.reads.store, request).length > 0;
  }

  override async selectAll(requests: readonly SelectRequest[]): Promise<WholeReads> {
    const missing = requests.some((request) => this.reaches(request)) ? unboundWarning(this.#catalog) : undefined;
    return {
      series: requests.map((request) => this.reads.select(request)),
      infos: [],
      warnings: missing === undefined ? [] : [missing],
    };
  }
}

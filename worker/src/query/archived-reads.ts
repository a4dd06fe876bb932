import type { Failure, Result } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { ArchiveVisit } from "../storage/archive-visit.ts";
import { ArchiveDamage, ArchiveLimit, missingText, type RunArchive } from "../storage/run-archive.ts";
import { unreadArchive, unreadWarning } from "./missing-samples.ts";
import { ObjectReads } from "./object-reads.ts";
import type { WholeReads } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import type { SeriesReads } from "./series-reads.ts";

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A shard whose older raw samples lie in an archive: what a query reads of them is brought first, within the profile's bounds. */
export class ArchivedReads extends ObjectReads {
  readonly #archive: RunArchive;

  constructor(reads: SeriesReads, archive: RunArchive) {
    super(reads);
    this.#archive = archive;
  }

  override reaches({ startMs, endMs }: Pick<SelectRequest, "startMs" | "endMs">): boolean {
    return this.#archive.reaches(startMs, endMs);
  }

  /**
   * Series of each request, with the days that only the archive has. Where these are too much for one query or the archive
   * does not answer, aggregates stand for them if the request takes such, and the answer says so. Throws SelectRefusal.
   */
  override async selectAll(requests: readonly SelectRequest[]): Promise<WholeReads> {
    const series: (readonly SelectedSeries[])[] = [];
    const infos = new Set<string>();
    const warnings = new Set<string>();
    for (const request of requests) {
      if (!this.reaches(request)) {
        series.push(this.reads.select(request));
        continue;
      }
      try {
        const { found, rows, missing } = await this.#archive.through(
          (visit) => ({ found: this.reads.select(request, visit), rows: visit.rowsBrought, missing: missingText(visit) }),
          this.profile.archiveReads,
        );
        if (missing !== null)
          warnings.add(`PromQL warning: ${missing}: their samples are left out, or aggregates stand for these days where there are any`);
        if (rows > 0) infos.add(`PromQL info: ${rows} rows of raw samples were read from the archive`);
        series.push(found);
      } catch (error) {
        if (error instanceof SelectRefusal) throw error;
        const limited = error instanceof ArchiveLimit;
        const { code, message } = failureOf(error);
        if (request.coarserWhenGone !== true) throw new SelectRefusal(code, message);
        series.push(this.reads.select(request));
        if (limited) infos.add(`PromQL info: aggregates were read in place of raw samples in the archive, as ${reasonOf(error)}`);
        else warnings.add(unreadWarning(reasonOf(error)));
      }
    }
    return { series, infos: [...infos], warnings: [...warnings] };
  }

  /** Runs a pure read that is no query until it lacks nothing of the archive. Failures: those of `read`, `limit`, `unavailable`, `archive_damaged`. */
  async answer<T>(read: (visit: ArchiveVisit) => Result<T>): Promise<Result<T>> {
    try {
      return await this.#archive.throughWhole(read, this.profile.archiveReads);
    } catch (error) {
      return { ok: false, error: failureOf(error) };
    }
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof SelectRefusal) return { code: error.code, message: error.message };
  if (error instanceof ArchiveLimit) return { code: "limit", message: `the samples asked for lie in the archive: ${error.message}` };
  if (error instanceof ArchiveDamage) return { code: "archive_damaged", message: error.message };
  return unreadArchive(reasonOf(error));
}

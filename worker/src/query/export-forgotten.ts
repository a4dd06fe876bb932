import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { ArchiveCursor } from "../objects/rpc.ts";
import { type ArchivedRow, forgottenRuns } from "../storage/archive-visit.ts";
import type { RunArchive } from "../storage/run-archive.ts";
import type { SeriesReads } from "./series-reads.ts";

export interface ForgottenPart {
  readonly series: readonly SelectedSeries[];
  /** Null at the end. */
  readonly next: ArchiveCursor | null;
}

/**
 * Series that the object has forgotten, row by row of the runs that only the archive has, the oldest day first: `room`
 * samples, and what the last row holds more. `after` null begins. Rejects when the archive cannot be reached.
 */
export async function forgottenPart(
  reads: SeriesReads,
  archive: RunArchive,
  selectors: readonly string[],
  range: { readonly startMs: number; readonly endMs: number },
  after: ArchiveCursor | null,
  room: number,
): Promise<Result<ForgottenPart>> {
  const { startMs, endMs } = range;
  await archive.days();
  await archive.throughWhole((visit) => visit.reach(startMs, endMs));
  const runs = forgottenRuns(archive.catalog.runs, startMs, endMs, reads.store).toSorted((a, b) => a.day - b.day);
  const rows = runs.flatMap((run) => run.rows.map((row): ArchivedRow => ({ run, row })));
  const before = rows.findIndex(({ run, row }) => run.id === after?.archivedRun && row.id === after.archivedRow);
  const series: SelectedSeries[] = [];
  let samples = 0;
  for (let at = before + 1; at < rows.length; at++) {
    const place = rows[at] as ArchivedRow;
    const found = await archive.throughWhole((visit) => reads.forgotten(selectors, startMs, endMs, visit, place));
    if (!found.ok) return found;
    series.push(...found.value);
    for (const { timestamps } of found.value) samples += timestamps.length;
    const more = at + 1 < rows.length;
    if (samples >= room && more) return ok({ series, next: { archivedRun: place.run.id, archivedRow: place.row.id } });
  }
  return ok({ series, next: null });
}

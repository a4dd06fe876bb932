import type { Archive } from "./archive.ts";
import { decodeManifest, type RowEntry, type RunEntry } from "./run-manifest.ts";
import { RUN_VERSION, RunRow } from "./run-row.ts";
import { LABEL_VERSION } from "./run-store.ts";
import { SEAL_BYTES, seal, unseal } from "./sealed-blob.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "./series-columns.ts";
import type { IndexedSeries } from "./series-index.ts";

const MAX_PROBLEMS = 20;
const SERIES_VERSION = 3;

/** A sound row may be another's, where somebody has put files back: by its length, its first series and the times of its run. */
function isOf(row: RunRow, run: RunEntry, { ref, bytes }: RowEntry): boolean {
  if (row.bytes + SEAL_BYTES !== bytes) return false;
  const times = row.refs[0] === ref ? row.times(0) : [];
  return times.length > 0 && (times[0] as number) >= run.minTime && (times.at(-1) as number) <= run.maxTime;
}

/**
 * The blobs of final runs: rows as `<shard>/rows/<day>/<run>/<row>`, the definitions of their series as `<shard>/series/<day>/<run>`; the label is
 * written last, as `<shard>/labels/<day>/<run>`, so a run without one is not complete and not read. Days are padded so that keys sort by time.
 * Its methods reject as the archive's do.
 */
export class ArchiveFiles {
  readonly archive: Archive;
  readonly shard: string;
  /** What could not be read, for the status. */
  readonly problems: string[] = [];
  /** Of the run asked for last: an export takes it row by row. */
  #defined: { readonly run: number; readonly series: readonly IndexedSeries[] } | null = null;

  constructor(archive: Archive, shard: string) {
    this.archive = archive;
    this.shard = shard;
  }

  keyOf(what: "rows" | "series" | "labels", { day, id }: Pick<RunEntry, "day" | "id">, row?: number): string {
    const run = `${this.shard}/${what}/${String(day).padStart(6, "0")}/${id}`;
    return row === undefined ? run : `${run}/${row}`;
  }

  /** Days since the epoch, of the key of a label. */
  dayOf(label: string): number {
    return Number.parseInt(label.slice(`${this.shard}/labels/`.length), 10);
  }

  /** Keys of the labels that are there. */
  async labels(): Promise<ReadonlySet<string>> {
    return new Set(await this.archive.list(`${this.shard}/labels/`));
  }

  /** The runs of a label, which is one; null where it is gone or damaged. */
  async label(key: string): Promise<readonly RunEntry[] | null> {
    const body = await this.archive.get(key);
    const opened = body === null ? null : unseal("label", LABEL_VERSION, body);
    return opened?.ok === true ? decodeManifest(opened.value.body).runs : null;
  }

  /** Null where it is missing, damaged or another's, which is noted. */
  async row(run: RunEntry, entry: RowEntry): Promise<RunRow | null> {
    const key = this.keyOf("rows", run, entry.id);
    const body = await this.archive.get(key);
    const opened = body === null ? null : unseal("run", RUN_VERSION, body);
    const row = opened?.ok === true ? new RunRow(opened.value.body) : null;
    if (row !== null && isOf(row, run, entry)) return row;
    this.damaged(key);
    return null;
  }

  /** Null where they are missing or damaged, which is noted. */
  async series(run: RunEntry): Promise<readonly IndexedSeries[] | null> {
    if (this.#defined?.run === run.id) return this.#defined.series;
    const key = this.keyOf("series", run);
    const body = await this.archive.get(key);
    const opened = body === null ? null : unseal("series", SERIES_VERSION, body);
    if (opened?.ok !== true) {
      this.damaged(key);
      return null;
    }
    const series = decodeSeriesColumns(opened.value.body);
    this.#defined = { run: run.id, series };
    return series;
  }

  async putSeries(run: RunEntry, series: readonly IndexedSeries[]): Promise<void> {
    await this.archive.put(this.keyOf("series", run), seal("series", SERIES_VERSION, encodeSeriesColumns(series)));
  }

  damaged(key: string): void {
    const problem = `${key} of the archive is missing or damaged; answers that need it say so`;
    if (this.problems.length < MAX_PROBLEMS && !this.problems.includes(problem)) this.problems.push(problem);
  }
}

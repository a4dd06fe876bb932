import type { Archive } from "./archive.ts";
import { type ArchiveCatalog, dateOf } from "./archive-catalog.ts";
import { ArchiveDays } from "./archive-days.ts";
import { ArchiveFiles } from "./archive-files.ts";
import { ArchiveVisit, type Lacking } from "./archive-visit.ts";
import { dayOf, type RunEntry } from "./run-manifest.ts";
import { RUN_VERSION, RunRow } from "./run-row.ts";
import { unseal } from "./sealed-blob.ts";
import type { IndexedSeries } from "./series-index.ts";
import type { SeriesStore } from "./series-store.ts";
import type { SqlDatabase } from "./sql-database.ts";

/** Rows asked of the archive at a time. */
const AT_ONCE = 6;
/** Opened rows kept for the next read, bytes. */
const CACHE_BYTES = 16_000_000;

/** What one read may bring from the archive. */
export interface ArchiveBounds {
  readonly rows: number;
  readonly bytes: number;
}

const UNBOUNDED: ArchiveBounds = { rows: Infinity, bytes: Infinity };

/** A read wanted more of the archive than it may have; nothing of that was fetched. */
export class ArchiveLimit extends Error {}

/** A read that is to be whole met what is missing or damaged. */
export class ArchiveDamage extends Error {}

const SHOWN = 3;

/** What a read did not find, in words; null when nothing was missing. */
export function missingText(visit: ArchiveVisit): string | null {
  const keys = [...visit.missing.keys()].sort();
  if (keys.length === 0) return null;
  const days = [...new Set([...visit.missing.values()].map(({ day }) => dateOf(day)))].sort();
  const more = keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : "";
  return `${keys.length === 1 ? "1 file of the archive is" : `${keys.length} files of the archive are`} missing or damaged (${keys.slice(0, SHOWN).join(", ")}${more}), of ${days.slice(0, SHOWN).join(", ")}${days.length > SHOWN ? ` to ${days.at(-1)}` : ""}`;
}

/** Final runs of raw samples in an archive: what is finished is stored there, and read from there when it has left the object. */
export class RunArchive {
  readonly catalog: ArchiveCatalog;
  readonly #files: ArchiveFiles;
  readonly #days: ArchiveDays;
  readonly #database: SqlDatabase;
  readonly #store: SeriesStore;
  readonly #open = new Map<string, RunRow>();
  #openBytes = 0;
  #next: { readonly generation: number; readonly run: RunEntry | null } = { generation: -1, run: null };

  constructor(
    archive: Archive,
    shard: string,
    database: SqlDatabase,
    store: SeriesStore,
    createId: () => string = () => crypto.randomUUID(),
  ) {
    this.#files = new ArchiveFiles(archive, shard);
    this.#days = new ArchiveDays(this.#files, database, store, createId);
    this.#database = database;
    this.#store = store;
    this.catalog = store.retention.catalog;
    store.retention.archiving = true;
  }

  /** What could not be read, for the status. */
  get problems(): readonly string[] {
    return [...this.#days.problems, ...this.#files.problems];
  }

  /** The same, after a look at what is there: the first one since the object was opened asks the archive. */
  async look(): Promise<readonly string[]> {
    try {
      await this.#days.learn();
    } catch (error) {
      return [`the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`, ...this.problems];
    }
    return this.problems;
  }

  /** The oldest finished run that the archive has not. */
  get pending(): RunEntry | null {
    const { runs, generation } = this.#store.runs;
    if (this.#next.generation !== generation) {
      const run = runs.find((one) => one.resolutionMs === 0 && one.level === 2 && !one.archived) ?? null;
      this.#next = { generation, run };
    }
    return this.#next.run;
  }

  /** Stores one run, and clears away what it replaces; rejects when the archive does, and then the run stays where it is. */
  async storeNext(): Promise<void> {
    const run = this.pending;
    if (run === null) return;
    await this.#days.requireOwn();
    if (this.#days.makeWay(run)) return;
    const { runs } = this.#store;
    for (const { id } of run.rows) {
      // Merged with late samples meanwhile: what it became is stored in its turn.
      if (!runs.has(run.id)) return;
      await this.#files.archive.put(this.#files.keyOf("rows", run, id), runs.body(run.id, id));
    }
    if (!runs.has(run.id)) return;
    await this.#files.putSeries(run, this.#seriesOf(run));
    if (!runs.has(run.id)) return;
    await this.#days.putLabel(run);
    if (!runs.has(run.id)) return;
    this.#database.transaction(() => runs.markArchived([run.id], true));
    await this.#days.clearAway(run.day);
  }

  /** Before anything leaves for being there: whether it is, and what is not is stored again at once, so that it can leave. Rejects when the archive does. */
  async confirm(): Promise<void> {
    const archived = (): number => this.#store.runs.runs.filter((run) => run.archived).length;
    const before = archived();
    await this.#days.confirm();
    if (archived() < before) while (this.pending !== null) await this.storeNext();
  }

  /** Whether a time lies in days that only the archive has, as far as is known without asking it. */
  reaches(startMs: number, endMs: number): boolean {
    if (this.catalog.covers(startMs, endMs)) return true;
    if (this.#days.learned) return false;
    const { runs } = this.#store.runs;
    const oldest = runs.reduce((day, run) => (run.resolutionMs === 0 ? Math.min(day, run.day) : day), Infinity);
    return dayOf(startMs + 1) < oldest;
  }

  /**
   * Runs `read`, which is pure, until it lacks nothing that the archive has; what is damaged there is in `missing` of the visit. Rejects when that cannot be reached, with
   * ArchiveLimit when it takes more than `bounds`.
   */
  async through<T>(read: (visit: ArchiveVisit) => T, bounds: ArchiveBounds = UNBOUNDED): Promise<T> {
    await this.#days.learn();
    const visit = new ArchiveVisit(this.catalog, this.#store);
    let rows = 0;
    let bytes = 0;
    for (;;) {
      const value = read(visit);
      if (visit.lacking.size === 0) return value;
      const lacking = [...visit.lacking.values()];
      visit.lacking.clear();
      rows += lacking.length;
      for (const { row } of lacking) bytes += row?.bytes ?? 0;
      if (rows > bounds.rows || bytes > bounds.bytes)
        throw new ArchiveLimit(
          `it takes ${rows} rows (${bytes} bytes) of the archive, at most ${bounds.rows} (${bounds.bytes} bytes); ask for less time or fewer series`,
        );
      let next = 0;
      const fetching = async (): Promise<void> => {
        for (let one = lacking[next++]; one !== undefined; one = lacking[next++]) await this.#bring(visit, one);
      };
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, lacking.length) }, fetching));
    }
  }

  /** The same for what is to be whole: rejects with ArchiveDamage when something is missing. */
  throughWhole<T>(read: (visit: ArchiveVisit) => T, bounds: ArchiveBounds = UNBOUNDED): Promise<T> {
    return this.through((visit) => {
      const value = read(visit);
      const missing = visit.lacking.size === 0 ? missingText(visit) : null;
      if (missing !== null)
        throw new ArchiveDamage(`${missing}: a part is not given for the whole. Restore these files, or ask for a time without these days`);
      return value;
    }, bounds);
  }

  /** Days since the epoch of the first and the last run that only the archive has; null while there is none. Rejects when the archive cannot be reached. */
  async days(): Promise<{ readonly oldest: number; readonly newest: number } | null> {
    await this.#days.learn();
    const { runs, unlabelled } = this.catalog;
    return [...runs, ...unlabelled].reduce<{ oldest: number; newest: number } | null>(
      (days, { day }) => ({ oldest: Math.min(days?.oldest ?? day, day), newest: Math.max(days?.newest ?? day, day) }),
      null,
    );
  }

  #seriesOf(run: RunEntry): IndexedSeries[] {
    const { runs, index } = this.#store;
    const series = new Map<number, IndexedSeries>();
    for (const { id } of run.rows) {
      const opened = unseal("run", RUN_VERSION, runs.body(run.id, id));
      if (!opened.ok) continue;
      for (const ref of new RunRow(opened.value.body).refs) {
        const one = index.get(ref);
        if (one !== undefined) series.set(ref, one);
      }
    }
    return [...series.values()].sort((a, b) => a.ref - b.ref);
  }

  async #bring(visit: ArchiveVisit, { run, row }: Lacking): Promise<void> {
    if (row === null) {
      const series = await this.#files.series(run);
      if (series === null) visit.missing.set(this.#files.keyOf("series", run), run);
      visit.bringSeries(run, series ?? []);
      return;
    }
    const key = this.#files.keyOf("rows", run, row.id);
    const read = this.#open.get(key) ?? (await this.#files.row(run, row));
    visit.bring(run, row, read);
    if (read === null) visit.missing.set(key, run);
    if (read === null || this.#open.has(key)) return;
    this.#open.set(key, read);
    this.#openBytes += read.bytes;
    for (const [oldest, { bytes }] of this.#open) {
      if (this.#openBytes <= CACHE_BYTES || oldest === key) break;
      this.#open.delete(oldest);
      this.#openBytes -= bytes;
    }
  }
}

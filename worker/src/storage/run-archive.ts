import { seriesKey } from "@sightline/shared/model/labels";
import type { Archive } from "./archive.ts";
import { ArchiveOwner } from "./archive-owner.ts";
import { type ArchiveCatalog, dateOf } from "./archive-catalog.ts";
import { ArchiveVisit, type Lacking } from "./archive-visit.ts";
import type { RowEntry, RunEntry } from "./run-manifest.ts";
import { dayOf, decodeManifest } from "./run-manifest.ts";
import { RUN_VERSION, RunRow } from "./run-row.ts";
import { LABEL_ROW, LABEL_VERSION } from "./run-store.ts";
import { SEAL_BYTES, seal, unseal } from "./sealed-blob.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "./series-columns.ts";
import type { IndexedSeries } from "./series-index.ts";
import type { SeriesStore } from "./series-store.ts";
import type { SqlDatabase } from "./sql-database.ts";

const MAX_PROBLEMS = 20;
const SERIES_VERSION = 3;
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

const FOREIGN =
  "the archive has days that another database wrote, or this one after the backup that it came from. They are kept and not read, as their series would be taken for others, and nothing of this one is stored beside them: give this one a folder or bucket of its own, or put the database back that wrote them";

const SHOWN = 3;

/** A sound row may be another's, where somebody has put files back: by its length, its first series and the times of its run. */
function isOf(row: RunRow, run: RunEntry, { ref, bytes }: RowEntry): boolean {
  if (row.bytes + SEAL_BYTES !== bytes) return false;
  const times = row.refs[0] === ref ? row.times(0) : [];
  return times.length > 0 && (times[0] as number) >= run.minTime && (times.at(-1) as number) <= run.maxTime;
}

/** Whether a run is the other one, or was merged of it and more: a break has left the other in the archive. */
const standsFor = (run: RunEntry, other: RunEntry): boolean =>
  run.day === other.day &&
  run.samples >= other.samples &&
  run.order >= other.order &&
  run.minTime <= other.minTime &&
  run.maxTime >= other.maxTime;

/** What a read did not find, in words; null when nothing was missing. */
export function missingText(visit: ArchiveVisit): string | null {
  const keys = [...visit.missing.keys()].sort();
  if (keys.length === 0) return null;
  const days = [...new Set([...visit.missing.values()].map(({ day }) => dateOf(day)))].sort();
  const more = keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : "";
  return `${keys.length === 1 ? "1 file of the archive is" : `${keys.length} files of the archive are`} missing or damaged (${keys.slice(0, SHOWN).join(", ")}${more}), of ${days.slice(0, SHOWN).join(", ")}${days.length > SHOWN ? ` to ${days.at(-1)}` : ""}`;
}

/**
 * Final runs of raw samples in an archive: rows as `<shard>/rows/<day>/<run>/<row>`, the definitions of their series as
 * `<shard>/series/<day>/<run>`; the label is written last, as `<shard>/labels/<day>/<run>`, so a run without one is not
 * complete and not read. Days are padded so that keys sort by time.
 */
export class RunArchive {
  readonly catalog: ArchiveCatalog;
  readonly #archive: Archive;
  readonly #shard: string;
  readonly #database: SqlDatabase;
  readonly #store: SeriesStore;
  readonly #problems: string[] = [];
  #absent: string | null = null;
  /** It has days of another database. */
  #foreign = false;
  readonly #owner: ArchiveOwner;
  readonly #open = new Map<string, RunRow>();
  #openBytes = 0;
  /** Of the run asked for last: an export takes it row by row. */
  #defined: { readonly run: number; readonly series: readonly IndexedSeries[] } | null = null;
  #next: { readonly generation: number; readonly run: RunEntry | null } = { generation: -1, run: null };
  #learned = false;
  #learning: Promise<void> | null = null;

  constructor(
    archive: Archive,
    shard: string,
    database: SqlDatabase,
    store: SeriesStore,
    createId: () => string = () => crypto.randomUUID(),
  ) {
    this.#owner = new ArchiveOwner(archive, shard, database, createId);
    this.#archive = archive;
    this.#shard = shard;
    this.#database = database;
    this.#store = store;
    this.catalog = store.retention.catalog;
    store.retention.archiving = true;
  }

  /** What could not be read, for the status. */
  get problems(): readonly string[] {
    return [...(this.#foreign ? [FOREIGN] : []), ...(this.#absent === null ? [] : [this.#absent]), ...this.#problems];
  }

  /** The same, after a look at what is there: the first one since the object was opened asks the archive. */
  async look(): Promise<readonly string[]> {
    try {
      await this.#learn();
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
    await this.#learn();
    await this.#requireOwn();
    if (this.#makeWay(run)) return;
    const { runs } = this.#store;
    for (const { id } of run.rows) {
      // Merged with late samples meanwhile: what it became is stored in its turn.
      if (!runs.has(run.id)) return;
      await this.#archive.put(this.#keyOf("rows", run, id), runs.body(run.id, id));
    }
    if (!runs.has(run.id)) return;
    await this.#archive.put(this.#keyOf("series", run), seal("series", SERIES_VERSION, encodeSeriesColumns(this.#seriesOf(run))));
    if (!runs.has(run.id)) return;
    await this.#archive.put(this.#keyOf("labels", run), runs.body(run.id, LABEL_ROW));
    if (!runs.has(run.id)) return;
    this.#database.transaction(() => runs.markArchived(run.id));
    await this.#clearAway(run.day);
  }

  /** Whether a time lies in days that only the archive has, as far as is known without asking it. */
  reaches(startMs: number, endMs: number): boolean {
    if (this.catalog.covers(startMs, endMs)) return true;
    if (this.#learned) return false;
    const { runs } = this.#store.runs;
    const oldest = runs.reduce((day, run) => (run.resolutionMs === 0 ? Math.min(day, run.day) : day), Infinity);
    return dayOf(startMs + 1) < oldest;
  }

  /**
   * Runs `read`, which is pure, until it lacks nothing that the archive has; what is damaged there is in `missing` of the visit. Rejects when that cannot be reached, with
   * ArchiveLimit when it takes more than `bounds`.
   */
  async through<T>(read: (visit: ArchiveVisit) => T, bounds: ArchiveBounds = UNBOUNDED): Promise<T> {
    await this.#learn();
    const visit = new ArchiveVisit(this.catalog);
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

  /** Days since the epoch of the first run that only the archive has; null while there is none. Rejects when the archive cannot be reached. */
  async oldestDay(): Promise<number | null> {
    await this.#learn();
    return this.catalog.runs.reduce<number | null>((day, run) => Math.min(day ?? run.day, run.day), null);
  }

  #keyOf(what: "rows" | "series" | "labels", { day, id }: Pick<RunEntry, "day" | "id">, row?: number): string {
    const run = `${this.#shard}/${what}/${String(day).padStart(6, "0")}/${id}`;
    return row === undefined ? run : `${run}/${row}`;
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

  /** After going back to a backup numbers are given again that runs in the archive have: such a run gets another, and is stored in its next turn. */
  #makeWay(run: RunEntry): boolean {
    if (!this.catalog.runs.some(({ id }) => id === run.id)) return false;
    const taken = this.catalog.runs.reduce((most, { id }) => Math.max(most, id), 0);
    this.#database.transaction(() => this.#store.runs.renumber(run, taken));
    return true;
  }

  /** Asked again for each run: another database may have come to use it meanwhile. Rejects where it is another one's. */
  async #requireOwn(): Promise<void> {
    // Of before there were owners.
    const own = [...this.#store.runs.runs, ...this.catalog.runs].filter(({ archived }) => archived);
    const isFree = async (): Promise<boolean> =>
      !this.#foreign && (own.length > 0 || (await this.#archive.list(`${this.#shard}/labels/`)).length === 0);
    const areOwn = async (): Promise<boolean> => {
      if (this.#foreign || own.length === 0) return false;
      for (const run of own) if (await this.#isReplaced(run)) return false;
      return true;
    };
    if (await this.#owner.isThis(isFree, areOwn)) return;
    this.#foreign = true;
    throw new Error(`${FOREIGN}. Whose it is stands in ${this.#owner.key}`);
  }

  /** Whether a run of another database lies where this one had stored one. */
  async #isReplaced(run: RunEntry): Promise<boolean> {
    const body = await this.#archive.get(this.#keyOf("labels", run));
    const opened = body === null ? null : unseal("label", LABEL_VERSION, body);
    if (opened?.ok !== true) return false;
    return decodeManifest(opened.value.body).runs.some((one) => !standsFor(one, run) || !standsFor(run, one));
  }

  /** Runs of a day that a later one replaces, and what a break has left of others. */
  async #clearAway(day: number): Promise<void> {
    if (this.#foreign) return;
    const kept = new Set<number>();
    for (const run of [...this.#store.runs.runs, ...this.catalog.runs]) if (run.day === day && run.archived) kept.add(run.id);
    const padded = String(day).padStart(6, "0");
    for (const what of ["labels", "series", "rows"]) {
      const prefix = `${this.#shard}/${what}/${padded}/`;
      for (const key of await this.#archive.list(prefix)) {
        if (!kept.has(Number.parseInt(key.slice(prefix.length), 10))) await this.#archive.delete(key);
      }
    }
  }

  /**
   * Once an opening, what is there: days of which the object knows nothing, as after a time without the archive, are found by
   * their labels, and days that should be there and are not are told.
   */
  async #learn(): Promise<void> {
    if (this.#learned) return;
    this.#learning ??= this.#fromLabels().finally(() => (this.#learning = null));
    await this.#learning;
  }

  async #fromLabels(): Promise<void> {
    const there = new Set(await this.#archive.list(`${this.#shard}/labels/`));
    const own = (): readonly RunEntry[] => [
      ...this.#store.runs.runs.filter((run) => run.resolutionMs === 0 && run.level === 2),
      ...this.catalog.runs,
    ];
    const known = new Set(own().flatMap((run) => (run.archived ? [this.#keyOf("labels", run)] : [])));
    const found: RunEntry[] = [];
    for (const key of there) {
      if (known.has(key)) continue;
      const body = await this.#archive.get(key);
      const opened = body === null ? null : unseal("label", LABEL_VERSION, body);
      if (opened?.ok !== true) {
        this.#damaged(key);
        continue;
      }
      const { runs } = decodeManifest(opened.value.body);
      if (runs.some((run) => this.#keyOf("labels", run) !== key)) {
        this.#damaged(key);
        continue;
      }
      if (await this.#ofAnother(runs)) {
        this.#foreign = true;
        break;
      }
      found.push(...runs);
    }
    const gone = found.filter((run) => !own().some((one) => standsFor(one, run))).map((run) => ({ ...run, archived: true }));
    if (gone.length > 0 || !this.catalog.known)
      this.#database.transaction(() => {
        this.catalog.replace([...this.catalog.runs, ...gone]);
        this.#store.runs.notWhole(new Set(gone.map(({ day }) => day)));
      });
    this.#absent = this.#absentText(there);
    this.#learned = true;
  }

  /** Whether the series of runs are other ones here: they were written by another database, or by this one after the backup that it came from. */
  async #ofAnother(runs: readonly RunEntry[]): Promise<boolean> {
    const { index } = this.#store;
    for (const run of runs) {
      for (const { ref, labels } of (await this.#series(run)) ?? []) {
        const own = index.get(ref);
        if (ref >= index.end || (own !== undefined && seriesKey(own.labels) !== seriesKey(labels))) return true;
      }
    }
    return false;
  }

  #absentText(there: ReadonlySet<string>): string | null {
    const absent = this.catalog.runs.filter((run) => !there.has(this.#keyOf("labels", run)));
    if (absent.length === 0) return null;
    const days = [...new Set(absent.map(({ day }) => day))].sort((a, b) => a - b);
    const [first = 0] = days;
    const all = new Set(this.catalog.runs.map(({ day }) => day)).size;
    return `Of ${all} days that only the archive has, ${days.length} (${dateOf(first)} to ${dateOf(days.at(-1) ?? first)}) should be in it and are not; queries say what they miss. Is it the right folder or bucket, and is it mounted?`;
  }

  async #bring(visit: ArchiveVisit, { run, row }: Lacking): Promise<void> {
    if (row === null) {
      const series = await this.#series(run);
      if (series === null) visit.missing.set(this.#keyOf("series", run), run);
      visit.bringSeries(run, series ?? []);
      return;
    }
    const key = this.#keyOf("rows", run, row.id);
    const known = this.#open.get(key);
    if (known !== undefined) {
      visit.bring(run, row, known);
      return;
    }
    const body = await this.#archive.get(key);
    const opened = body === null ? null : unseal("run", RUN_VERSION, body);
    const read = opened?.ok === true ? new RunRow(opened.value.body) : null;
    if (read === null || !isOf(read, run, row)) {
      this.#damaged(key);
      visit.missing.set(key, run);
      visit.bring(run, row, null);
      return;
    }
    visit.bring(run, row, read);
    this.#open.set(key, read);
    this.#openBytes += read.bytes;
    for (const [oldest, { bytes }] of this.#open) {
      if (this.#openBytes <= CACHE_BYTES || oldest === key) break;
      this.#open.delete(oldest);
      this.#openBytes -= bytes;
    }
  }

  /** Null where they are missing or damaged. */
  async #series(run: RunEntry): Promise<readonly IndexedSeries[] | null> {
    if (this.#defined?.run === run.id) return this.#defined.series;
    const key = this.#keyOf("series", run);
    const body = await this.#archive.get(key);
    const opened = body === null ? null : unseal("series", SERIES_VERSION, body);
    if (opened?.ok !== true) {
      this.#damaged(key);
      return null;
    }
    const series = decodeSeriesColumns(opened.value.body);
    this.#defined = { run: run.id, series };
    return series;
  }

  #damaged(key: string): void {
    const problem = `${key} of the archive is missing or damaged; answers that need it say so`;
    if (this.#problems.length < MAX_PROBLEMS && !this.#problems.includes(problem)) this.#problems.push(problem);
  }
}

import { type ColumnEncoder, encodeColumn } from "@sightline/shared/encoding/packed-column";
import { RunRow, RUN_VERSION } from "./run-row.ts";
import type { BuiltRun } from "./run-builder.ts";
import type { Manifest, RowEntry, RunEntry } from "./run-manifest.ts";
import { byTime, DAY_MS, decodeManifest, encodeManifest, isWholeDay, runBytes, withPartialDays } from "./run-manifest.ts";
import { BIT_TURNED_BACK, type Quarantine } from "./quarantine.ts";
import { seal, unseal } from "./sealed-blob.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import { AskedRefs } from "./asked-refs.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { hasTable, tableNumbers } from "./stored-tables.ts";

/** Opened rows kept, bytes. */
const CACHE_BYTES = 8_000_000;
export const LABEL_VERSION = 1;
/** The row of a run that holds its own entry, so that the manifest can be made again from the tables. */
export const LABEL_ROW = 0;

/** Series asked for, in the order of runs. */
export interface RunKeys {
  readonly metrics: readonly string[];
  readonly refs: readonly number[];
}

/** Runs of packed samples and of their aggregates, a table each, and the manifest that lists them: one blob, read at opening. */
export class RunStore {
  readonly problems: string[] = [];
  /** There was no list of runs at opening: there is none before the first flush, and none when its row is lost. */
  readonly unlisted: boolean;
  /** Another number whenever the list of runs is another: what is worked out from it can be kept until then. */
  generation = 0;
  /** Packs the columns of all rows that are written. */
  readonly encode: ColumnEncoder;
  readonly #database: SqlDatabase;
  readonly #quarantine: Quarantine;
  readonly #snapshots: SnapshotStore;
  readonly #open = new Map<string, RunRow>();
  /** A tier finer than the last is kept of series with at least so many samples a bucket: beside fewer it adds too much to their bytes. */
  worthSamples = 5;
  #openBytes = 0;
  #runs: RunEntry[] = [];
  #nextId = 1;
  #building: number[] = [];
  /** Tables that an interrupted building has left. They go with the next change: opening writes nothing, so that a full disk can be read. */
  #abandoned: number[] = [];

  constructor(database: SqlDatabase, quarantine: Quarantine, snapshots: SnapshotStore, encode: ColumnEncoder = encodeColumn) {
    this.encode = encode;
    this.#database = database;
    this.#quarantine = quarantine;
    this.#snapshots = snapshots;
    const stored = snapshots.read("runs");
    this.unlisted = stored === null;
    if (stored === null) return;
    let manifest: Manifest | null = null;
    try {
      if (stored.problem === null) manifest = decodeManifest(stored.bytes);
    } catch {
      // Made again below.
    }
    if (manifest === null) {
      this.problems.push("the list of runs was damaged and was made again from the runs themselves; nothing is lost");
      manifest = this.#fromLabels();
    }
    this.#runs = withPartialDays(manifest.runs).toSorted(byTime);
    this.#nextId = manifest.nextId;
    this.#abandoned = [...manifest.building];
    if (stored.problem !== null) database.transaction(() => this.#save());
  }

  /** Where a flush has been and no list is left of it: the runs are found by their tables. The next change writes the list. */
  relist(): void {
    const { runs, nextId, building } = this.#fromLabels();
    if (nextId === 1) return;
    this.problems.push(`the list of runs was gone and was made again from the runs themselves: ${runs.length} were found`);
    this.#runs = withPartialDays(runs);
    this.#nextId = nextId;
    this.#abandoned = [...building];
    this.generation += 1;
  }

  /** Day by day, those of one day in ascending order: of two samples of one time the one of the later run is read. */
  get runs(): readonly RunEntry[] {
    return this.#runs;
  }

  bytes(resolutionMs?: number): number {
    return this.#runs.reduce((sum, run) => sum + (resolutionMs === undefined || run.resolutionMs === resolutionMs ? runBytes(run) : 0), 0);
  }

  /** An empty table, published in the same transaction. */
  begin(): number {
    // A list that is older than the tables, as after damage, does not know them all: none is taken for a new one.
    while (hasTable(this.#database, `run_${this.#nextId}`)) this.#nextId += 1;
    const id = this.#nextId++;
    this.#database.run(`CREATE TABLE run_${id} (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`);
    return id;
  }

  /** Empty tables that are filled over many transactions; of those not published, the next opening has the next change drop them. */
  beginLasting(count: number): number[] {
    return this.#database.transaction(() => {
      const ids = Array.from({ length: count }, () => this.begin());
      this.#building.push(...ids);
      this.#save();
      return ids;
    });
  }

  writeRow(run: number, id: number, body: Uint8Array): void {
    this.#database.run(`INSERT INTO run_${run} (id, body) VALUES (?, ?)`, id, body);
  }

  /** What was built becomes visible and what it replaces goes, at once; inside the caller's transaction. */
  publish(built: readonly RunEntry[], replaced: readonly number[]): void {
    for (const run of built) this.#label(run);
    this.#building = this.#building.filter((id) => !built.some((run) => run.id === id));
    this.#runs.push(...built);
    this.drop(replaced);
  }

  #label(run: RunEntry): void {
    const label = seal("label", LABEL_VERSION, encodeManifest({ runs: [run], nextId: 0, building: [] }));
    this.#database.run(`INSERT OR REPLACE INTO run_${run.id} (id, body) VALUES (?, ?)`, LABEL_ROW, label);
  }

  /** Inside the caller's transaction: of these days there are other samples elsewhere. What was taken for all of a day is a part of it, and aggregates made of that alone go. */
  notWhole(days: ReadonlySet<number>): void {
    const parts = this.#runs.filter((run) => days.has(run.day) && isWholeDay(run));
    if (parts.length === 0) return;
    const ofParts = (run: RunEntry): boolean =>
      run.resolutionMs > 0 && parts.some(({ day, order }) => day === run.day && order === run.order);
    this.#runs = this.#runs.map((run) => (parts.includes(run) ? { ...run, partial: true as const } : run));
    for (const run of parts) this.#label({ ...run, partial: true });
    this.drop(this.#runs.filter(ofParts).map(({ id }) => id));
  }

  /** Inside the caller's transaction: the run has another number, beyond `taken`, which is not in the list and may not be given again. */
  renumber(run: RunEntry, taken: number): void {
    this.#nextId = Math.max(this.#nextId, taken + 1);
    const id = this.begin();
    this.#database.run(`DROP TABLE run_${id}`);
    this.#database.run(`ALTER TABLE run_${run.id} RENAME TO run_${id}`);
    const renumbered = { ...run, id };
    this.#label(renumbered);
    this.#runs.push(renumbered);
    this.drop([run.id]);
  }

  /** Drops the tables of runs; inside the caller's transaction. */
  drop(ids: readonly number[]): void {
    const gone = new Set(ids);
    for (const id of gone) this.#database.run(`DROP TABLE IF EXISTS run_${id}`);
    this.#runs = this.#runs.filter((run) => !gone.has(run.id)).sort(byTime);
    this.#building = this.#building.filter((id) => !gone.has(id));
    for (const [key, row] of this.#open)
      if (gone.has(Number(key.slice(0, key.indexOf("/"))))) {
        this.#open.delete(key);
        this.#openBytes -= row.bytes;
      }
    this.#save();
  }

  /** Inside the caller's transaction: copies of these runs are in the archive, or are not. */
  markArchived(ids: readonly number[], archived: boolean): void {
    this.#runs = this.#runs.map((run) => (ids.includes(run.id) ? { ...run, archived } : run));
    this.#save();
  }

  /** The order after every run there is. */
  get nextOrder(): number {
    return this.#runs.reduce((order, run) => Math.max(order, run.order), 0) + 1;
  }

  /** The order before every run there is. */
  get orderBefore(): number {
    return this.#runs.reduce((order, run) => Math.min(order, run.order), 0) - 1;
  }

  static entry(
    built: BuiltRun,
    about: Pick<RunEntry, "id" | "order" | "day" | "level" | "resolutionMs"> & { readonly nowMs: number },
  ): RunEntry {
    const { id, order, day, level, resolutionMs, nowMs } = about;
    const digests = resolutionMs === 0 ? {} : { digests: true as const };
    return { ...built, id, order, day, level, resolutionMs, writtenAt: nowMs, archived: false, ...digests };
  }

  /**
   * Calls `visit` for every chunk of the series asked for in one run, each series' in order; `at` counts `keys`. A damaged row is set
   * aside and the rest is read on.
   */
  read(run: RunEntry, keys: RunKeys, nowMs: number, visit: (row: RunRow, chunk: number, at: number) => void): void {
    const asked = keys.refs.length <= FEW ? null : new AskedRefs(keys.refs);
    for (const entry of rowsOf(run, keys)) {
      const row = this.open(run, entry, nowMs);
      if (row === null) continue;
      try {
        if (asked === null) visitFew(row, keys.refs, visit);
        else
          for (let chunk = 0; chunk < row.refs.length; chunk++) {
            const at = asked.place(row.refs[chunk] as number);
            if (at >= 0) visit(row, chunk, at);
          }
      } catch (error) {
        this.#setAside(run, entry, reasonOf(error), nowMs);
      }
    }
  }

  /** Null for a damaged row, which is then in quarantine. */
  open(run: RunEntry, entry: RowEntry, nowMs: number): RunRow | null {
    const key = `${run.id}/${entry.id}`;
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    try {
      const opened = unseal("run", RUN_VERSION, this.body(run.id, entry.id));
      if (!opened.ok) throw new RangeError(opened.error.message);
      const { body, mended } = opened.value;
      const row = new RunRow(body);
      if (mended !== null) this.#quarantine.mend(`run_${run.id}`, entry.id, "body", BIT_TURNED_BACK, mended, nowMs);
      this.#open.set(key, row);
      this.#openBytes += row.bytes;
      for (const [oldest, { bytes }] of this.#open) {
        if (this.#openBytes <= CACHE_BYTES || oldest === key) break;
        this.#open.delete(oldest);
        this.#openBytes -= bytes;
      }
      return row;
    } catch (error) {
      this.#setAside(run, entry, reasonOf(error), nowMs);
      return null;
    }
  }

  /** A row that opened but could not be decoded: into quarantine with it. Rethrows what is no damage. */
  condemn(run: RunEntry, entry: RowEntry, error: unknown, nowMs: number): void {
    this.#setAside(run, entry, reasonOf(error), nowMs);
  }

  has(id: number): boolean {
    return this.#runs.some((run) => run.id === id);
  }

  /** Whether a run that the archive has is here as well. */
  holds({ id, day }: RunEntry): boolean {
    return this.#runs.some((run) => run.id === id && run.day === day);
  }

  /** A row as it is stored. Throws RangeError when it is gone. */
  body(run: number, row: number): Uint8Array {
    const stored = this.#stored(run, row);
    if (stored === undefined) throw new RangeError("its row is gone");
    return stored.body;
  }

  #stored(run: number, row: number): { readonly body: Uint8Array } | undefined {
    try {
      return this.#database.all<{ body: Uint8Array }>(`SELECT body FROM run_${run} WHERE id = ?`, row)[0];
    } catch (error) {
      if (hasTable(this.#database, `run_${run}`)) throw error;
      return undefined;
    }
  }

  #setAside(run: RunEntry, entry: RowEntry, reason: string, nowMs: number): void {
    if (!hasTable(this.#database, `run_${run.id}`)) return this.#giveUp(run, nowMs);
    this.#database.transaction(() => {
      const stored = this.#database.all<{ body: Uint8Array }>(`SELECT body FROM run_${run.id} WHERE id = ?`, entry.id)[0];
      this.#quarantine.add(`run_${run.id}/${entry.id}`, reason, stored?.body ?? new Uint8Array(), nowMs);
      this.#database.run(`DELETE FROM run_${run.id} WHERE id = ?`, entry.id);
      this.#runs = this.#runs.map((one) => {
        if (one.id !== run.id) return one;
        return { ...one, ...(isWholeDay(one) ? { partial: true as const } : {}), rows: one.rows.filter((row) => row.id !== entry.id) };
      });
      this.#save();
    });
    const open = this.#open.get(`${run.id}/${entry.id}`);
    this.#openBytes -= open?.bytes ?? 0;
    this.#open.delete(`${run.id}/${entry.id}`);
  }

  /** Its table is gone: told once, and asked for no more. */
  #giveUp(run: RunEntry, nowMs: number): void {
    if (!this.has(run.id)) return;
    const day = new Date(run.day * DAY_MS).toISOString().slice(0, 10);
    const what = run.resolutionMs === 0 ? "samples" : "aggregates";
    this.#database.transaction(() => {
      this.#quarantine.add(`run_${run.id}`, `its table is gone, with ${run.samples} ${what} of ${day}`, new Uint8Array(), nowMs);
      this.drop([run.id]);
    });
  }

  #save(): void {
    this.generation += 1;
    for (const id of this.#abandoned.splice(0)) this.#database.run(`DROP TABLE IF EXISTS run_${id}`);
    this.#snapshots.write("runs", encodeManifest({ runs: this.#runs, nextId: this.#nextId, building: this.#building }));
  }

  /** Runs whose label can be read. */
  #fromLabels(): Manifest {
    const runs: RunEntry[] = [];
    const building: number[] = [];
    const ids = tableNumbers(this.#database, "run_");
    for (const id of ids) {
      const [first] = this.#database.all<{ id: number; body: Uint8Array }>(`SELECT id, body FROM run_${id} ORDER BY id LIMIT 1`);
      if (first === undefined) {
        building.push(id);
        continue;
      }
      // Begun and never published, or its label is lost: nobody can tell, so nothing is thrown away.
      const opened = first.id === LABEL_ROW ? unseal("label", LABEL_VERSION, first.body) : null;
      if (opened?.ok === true) runs.push(...decodeManifest(opened.value.body).runs);
      else this.problems.push(`run_${id} is not read: ${opened?.error.message ?? "it has no label"}; the table is kept`);
    }
    const nextId = (ids.at(-1) ?? 0) + 1;
    return { runs: runs.sort(byTime), nextId, building };
  }
}

/** So few series are looked for in a row, one after the other, faster than each of its chunks is looked at. */
const FEW = 4;

/** Chunks of one series stand one after the other. */
function visitFew(row: RunRow, refs: readonly number[], visit: (row: RunRow, chunk: number, at: number) => void): void {
  for (let at = 0; at < refs.length; at++) {
    const ref = refs[at] as number;
    for (let chunk = row.refs.indexOf(ref); chunk >= 0 && row.refs[chunk] === ref; chunk++) visit(row, chunk, at);
  }
}

/** The rows of a run that can hold any of the series: both ascend by (metric, ref). */
export function rowsOf(run: RunEntry, keys: RunKeys): readonly RowEntry[] {
  const found: RowEntry[] = [];
  let at = 0;
  for (let i = 0; i < run.rows.length; i++) {
    const row = run.rows[i] as RowEntry;
    while (at < keys.refs.length && compareKeys(keys.metrics[at] as string, keys.refs[at] as number, row.metric, row.ref) < 0) at++;
    if (at === keys.refs.length) break;
    const next = run.rows[i + 1];
    const beyond = next === undefined ? -1 : compareKeys(keys.metrics[at] as string, keys.refs[at] as number, next.metric, next.ref);
    if (beyond < 0 || (beyond === 0 && next?.continues === true)) found.push(row);
  }
  return found;
}

export function compareKeys(metricA: string, refA: number, metricB: string, refB: number): number {
  if (metricA === metricB) return refA - refB;
  return metricA < metricB ? -1 : 1;
}

/** What a damaged row throws; anything else is a failure of the database and goes on. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError || error instanceof TypeError) return error.message;
  throw error;
}

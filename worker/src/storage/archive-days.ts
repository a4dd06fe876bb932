import { seriesKey } from "@sightline/shared/model/labels";
import { type ArchiveCatalog, type UnlabelledDay, dateOf } from "./archive-catalog.ts";
import type { ArchiveFiles } from "./archive-files.ts";
import { ArchiveOwner } from "./archive-owner.ts";
import { isWholeDay, type RunEntry } from "./run-manifest.ts";
import { LABEL_ROW } from "./run-store.ts";
import type { SeriesStore } from "./series-store.ts";
import type { SqlDatabase } from "./sql-database.ts";

const FOREIGN =
  "the archive has days that another database wrote, or this one after the backup that it came from. They are kept and not read, as their series would be taken for others, and nothing of this one is stored beside them: give this one a folder or bucket of its own, or put the database back that wrote them";

const RIVAL =
  "a copy of this database stores its days in the same archive while this one is open. Nothing of this one is stored beside them, and it keeps its days until then: give the copy a folder or bucket of its own, or stop it, and start this one again, which then reads the copy's days, too";

/** Whether a run is the other one, or was merged of it and more: a break has left the other in the archive. */
const standsFor = (run: RunEntry, other: RunEntry): boolean =>
  run.day === other.day &&
  run.samples >= other.samples &&
  run.order >= other.order &&
  run.minTime <= other.minTime &&
  run.maxTime >= other.maxTime;

/** Which days lie in an archive, against what is known here: whose they are, which are new, and which should be there and are not. */
export class ArchiveDays {
  readonly #files: ArchiveFiles;
  readonly #database: SqlDatabase;
  readonly #store: SeriesStore;
  readonly #catalog: ArchiveCatalog;
  readonly #owner: ArchiveOwner;
  #absent: string | null = null;
  /** It has days of another database. */
  #foreign = false;
  /** Somebody with this one's name stores there as well. */
  #rival = false;
  /** Labels that were there at the first look, or that were written since. */
  readonly #seen = new Set<string>();
  #learned = false;
  #learning: Promise<void> | null = null;

  constructor(files: ArchiveFiles, database: SqlDatabase, store: SeriesStore, createId: () => string) {
    this.#files = files;
    this.#database = database;
    this.#store = store;
    this.#catalog = store.retention.catalog;
    this.#owner = new ArchiveOwner(files.archive, files.shard, database, createId);
  }

  get problems(): readonly string[] {
    const whose = this.#foreign ? [FOREIGN] : this.#rival ? [RIVAL] : [];
    return this.#absent === null ? whose : [...whose, this.#absent];
  }

  get learned(): boolean {
    return this.#learned;
  }

  /**
   * Once an opening, what is there: days of which the object knows nothing, as after a time without the archive, are found by
   * their labels, and days that should be there and are not are told.
   */
  async learn(): Promise<void> {
    if (this.#learned) return;
    this.#learning ??= this.#look().finally(() => (this.#learning = null));
    await this.#learning;
  }

  /** Before anything leaves for being there: whether it is. What is not is stored again. */
  async confirm(): Promise<void> {
    if (this.#learned) await this.#look();
    else await this.learn();
  }

  /** Asked again for each run: another database may have come to use it meanwhile. Rejects where it is another one's. */
  async requireOwn(): Promise<void> {
    await this.confirm();
    // Of before there were owners.
    const own = [...this.#store.runs.runs, ...this.#catalog.runs].filter(({ archived }) => archived);
    const isFree = async (): Promise<boolean> => !this.#foreign && (own.length > 0 || (await this.#files.labels()).size === 0);
    const areOwn = async (): Promise<boolean> => {
      if (this.#foreign || own.length === 0) return false;
      for (const run of own) if (await this.#isReplaced(run)) return false;
      return true;
    };
    if (!(await this.#owner.isThis(isFree, areOwn))) {
      this.#foreign = true;
      throw new Error(`${FOREIGN}. Whose it is stands in ${this.#owner.key}`);
    }
    if (this.#rival) throw new Error(RIVAL);
  }

  /** After going back to a backup numbers are given again that runs in the archive have: such a run gets another, and is stored in its next turn. */
  makeWay(run: RunEntry): boolean {
    if (!this.#catalog.runs.some(({ id }) => id === run.id)) return false;
    const taken = this.#catalog.runs.reduce((most, { id }) => Math.max(most, id), 0);
    this.#database.transaction(() => this.#store.runs.renumber(run, taken));
    return true;
  }

  /** The last blob of a run, with which it counts as archived. */
  async putLabel(run: RunEntry): Promise<void> {
    const key = this.#files.keyOf("labels", run);
    this.#seen.add(key);
    await this.#files.archive.put(key, this.#store.runs.body(run.id, LABEL_ROW));
  }

  /** Runs of a day that a later one replaces, and what a break has left of others. */
  async clearAway(day: number): Promise<void> {
    if (this.#foreign || this.#rival) return;
    const kept = new Set<number>();
    for (const run of [...this.#store.runs.runs, ...this.#catalog.runs]) if (run.day === day && run.archived) kept.add(run.id);
    const padded = String(day).padStart(6, "0");
    const { archive, shard } = this.#files;
    for (const what of ["labels", "series", "rows"]) {
      const prefix = `${shard}/${what}/${padded}/`;
      for (const key of await archive.list(prefix)) {
        if (!kept.has(Number.parseInt(key.slice(prefix.length), 10))) await archive.delete(key);
      }
    }
  }

  /** Final runs of raw samples that are here. */
  get #own(): readonly RunEntry[] {
    return this.#store.runs.runs.filter((run) => run.resolutionMs === 0 && run.level === 2);
  }

  async #look(): Promise<void> {
    const there = await this.#files.labels();
    const stored = [...this.#own.filter(({ archived }) => archived), ...this.#catalog.runs];
    const known = new Set(stored.map((run) => this.#files.keyOf("labels", run)));
    const unknown = [...there].filter((key) => !known.has(key) && !this.#seen.has(key));
    if (this.#learned) this.#rival ||= unknown.length > 0;
    else await this.#takeIn(unknown, stored.length > 0);
    await this.#storeAgain(there);
    for (const key of there) if (!this.#rival) this.#seen.add(key);
    this.#absent = this.#absentText(there);
    this.#learned = true;
  }

  async #takeIn(labels: readonly string[], knowsDays: boolean): Promise<void> {
    const found: RunEntry[] = [];
    const unlabelled: UnlabelledDay[] = [];
    const isNamed = labels.length === 0 ? null : await this.#owner.isNamed(knowsDays);
    if (isNamed === false) this.#foreign = true;
    const whole = new Set([...this.#own, ...this.#catalog.runs].filter(isWholeDay).map(({ day }) => day));
    for (const key of this.#foreign ? [] : labels) {
      const runs = await this.#files.label(key);
      if (runs === null || runs.some((run) => this.#files.keyOf("labels", run) !== key)) {
        this.#files.damaged(key);
        const day = this.#files.dayOf(key);
        // Of a day that is whole without it a break has left it, which no answer needs.
        if (!whole.has(day)) unlabelled.push({ key, day });
        continue;
      }
      const numbering = await this.#numberingOf(runs);
      if (numbering === "other" && isNamed !== true) {
        this.#foreign = true;
        break;
      }
      const apart = numbering !== "own";
      found.push(...(apart ? runs.map((run) => ({ ...run, apart }) as const) : runs));
    }
    const others = [...this.#own, ...this.#catalog.runs];
    const gone: RunEntry[] = [];
    for (const run of found) {
      // Of its own number only itself, which a break has left between its label and the note of it.
      const isHere = others.some((one) => one.id !== run.id && standsFor(one, run)) || !(await this.#isOther(run));
      if (!isHere) gone.push({ ...run, archived: true });
    }
    if (!this.#foreign) this.#catalog.unlabelled = unlabelled;
    if (gone.length === 0 && this.#catalog.known) return;
    this.#database.transaction(() => {
      this.#catalog.replace([...this.#catalog.runs, ...gone]);
      this.#store.runs.notWhole(new Set(gone.map(({ day }) => day)));
    });
  }

  /** What counts as archived and is not there, as in another folder, or an archive that went back to a backup, or this one did: it is stored once more. */
  async #storeAgain(there: ReadonlySet<string>): Promise<void> {
    const lost: number[] = [];
    for (const run of this.#own.filter(({ archived }) => archived))
      if (!there.has(this.#files.keyOf("labels", run)) || (this.#foreign && (await this.#isReplaced(run)))) lost.push(run.id);
    if (lost.length > 0) this.#database.transaction(() => this.#store.runs.markArchived(lost, false));
  }

  /** Whether a run of the archive is another one than that of its number here, if there is any. */
  async #isOther(run: RunEntry): Promise<boolean> {
    const { runs } = this.#store;
    const own = this.#own.find(({ id, day }) => id === run.id && day === run.day);
    if (own === undefined || own.rows.length !== run.rows.length) return true;
    for (const { id } of run.rows) {
      const stored = await this.#files.archive.get(this.#files.keyOf("rows", run, id));
      if (!runs.has(run.id)) return true;
      const body = runs.body(run.id, id);
      if (stored?.length !== body.length || stored.some((byte, at) => byte !== body[at])) return true;
    }
    return false;
  }

  /** Whether another run lies where this one had stored one. */
  async #isReplaced(run: RunEntry): Promise<boolean> {
    const runs = await this.#files.label(this.#files.keyOf("labels", run));
    return runs?.some((one) => one.writtenAt !== run.writtenAt || !standsFor(one, run) || !standsFor(run, one)) === true;
  }

  /**
   * How the series of runs are numbered: "other": they are others here, as written by another database, or by this one after the backup that it came
   * from. "lost": some are not known here, and too young for having been forgotten with everything of their days.
   */
  async #numberingOf(runs: readonly RunEntry[]): Promise<"own" | "lost" | "other"> {
    const { index, runs: stored } = this.#store;
    const kept = stored.runs.reduce((day, run) => Math.min(day, run.day), Infinity);
    let lost = false;
    for (const run of runs) {
      for (const { ref, labels } of (await this.#files.series(run)) ?? []) {
        const own = index.get(ref);
        if (ref >= index.end || (own !== undefined && seriesKey(own.labels) !== seriesKey(labels))) return "other";
        lost ||= own === undefined && run.day >= kept;
      }
    }
    return lost ? "lost" : "own";
  }

  #absentText(there: ReadonlySet<string>): string | null {
    const absent = this.#catalog.runs.filter((run) => !there.has(this.#files.keyOf("labels", run)));
    if (absent.length === 0) return null;
    const days = [...new Set(absent.map(({ day }) => day))].sort((a, b) => a - b);
    const [first = 0] = days;
    const all = new Set(this.#catalog.runs.map(({ day }) => day)).size;
    return `Of ${all} days that only the archive has, ${days.length} (${dateOf(first)} to ${dateOf(days.at(-1) ?? first)}) should be in it and are not; queries say what they miss. Is it the right folder or bucket, and is it mounted?`;
  }
}

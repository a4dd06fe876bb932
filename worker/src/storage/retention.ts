import { ArchiveCatalog } from "./archive-catalog.ts";
import type { BlockStore } from "./block-store.ts";
import type { Head } from "./head.ts";
import { RESOLUTIONS } from "./rollup-tiers.ts";
import type { RunEntry } from "./run-manifest.ts";
import { DAY_MS, dayOf, isWholeDay, runBytes } from "./run-manifest.ts";
import type { RunStore } from "./run-store.ts";
import type { SeriesIndex } from "./series-index.ts";
import type { SeriesRoom } from "./series-room.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import type { SqlDatabase } from "./sql-database.ts";

export interface RetentionBounds {
  /** Raw samples, ms. */
  readonly retentionMs: number;
  /** Aggregates of 1 min, 5 min and 1 h, ms; absent: kept. */
  readonly rollupRetentionMs?: readonly number[];
  /** Of runs and blocks; above it the oldest day leaves before its time, whatever it is: so history goes before raw samples of these weeks. Absent: no bound. */
  readonly maxBytes?: number;
  /** Where nothing was stored on the days before, a clock may have leapt: nothing leaves for its age until that has been so for this long, ms. Absent: it does. */
  readonly settleMs?: number;
}

export interface RetentionPorts {
  readonly database: SqlDatabase;
  readonly blocks: BlockStore;
  readonly runs: RunStore;
  readonly index: SeriesIndex;
  readonly head: Head;
  readonly room: SeriesRoom;
  readonly snapshots: SnapshotStore;
}

/** What left for want of room and is nowhere else. */
interface Shortage {
  readonly runs: number;
  /** Of aggregates; absent in what was noted before they were told apart. */
  readonly aggregates?: number;
  readonly bytes: number;
  /** Newest day that lost something, days since the epoch. */
  readonly day: number;
}

/** Series that were forgotten while something of them was kept. */
interface LetGo {
  readonly series: number;
  /** Newest sample of any of them, ms. */
  readonly until: number;
}

/** When the clock was first seen to be beyond days of which nothing is stored, ms, and the last day before them. */
interface Leap {
  readonly at: number;
  readonly day: number;
}

/** From one day of which something is stored to the next: a weekend's pause is no leap. */
const LEAP_DAYS = 3;
const CLOCK_LEAP = "clock_leap";
const DROPPED_FOR_SPACE = "dropped_for_space";
const LET_GO_FOR_ROOM = "let_go_for_room";

/** Drops runs whose time is over, and the oldest where room is short; only ever whole tables. */
export class Retention {
  /** An archive is bound: raw samples leave only after they are there. */
  archiving = false;
  /** The archive could not be asked just now whether it has what it should: that stays. */
  unsure = false;
  /** What has left and is in the archive, whether one is bound just now or not. */
  readonly catalog: ArchiveCatalog;
  readonly #ports: RetentionPorts;
  readonly #bounds: RetentionBounds;

  /** Asked for with every query; read once. */
  #lost: Shortage | undefined;
  /** Asked for after every commit; changes with what is stored only. */
  #next = { generation: -1, unpacked: NaN, archiving: false, dueAt: Infinity };

  constructor(ports: RetentionPorts, bounds: RetentionBounds) {
    this.#ports = ports;
    this.#bounds = bounds;
    this.catalog = new ArchiveCatalog(ports.snapshots);
  }

  /** When something may be dropped, ms; Infinity when nothing may. */
  get dueAt(): number {
    const { generation } = this.#ports.runs;
    const unpacked = this.#unpackedFrom();
    const { archiving } = this;
    if (this.#next.generation !== generation || this.#next.unpacked !== unpacked || this.#next.archiving !== archiving)
      this.#next = { generation, unpacked, archiving, dueAt: this.#workOutDue() };
    return Math.min(this.#next.dueAt, this.#ports.room.crowdedAt);
  }

  #workOutDue(): number {
    if (this.#forSpace() !== null) return -Infinity;
    const settlesAt = this.#settlesAt();
    return this.#finished().reduce(
      (due, run) => Math.min(due, this.#isLost(run) ? Math.max(this.#endOf(run), settlesAt) : this.#endOf(run)),
      Infinity,
    );
  }

  /** When the clock is believed, ms. */
  #settlesAt(): number {
    const leap = this.#read(CLOCK_LEAP) as Leap | null;
    return leap === null ? -Infinity : leap.at + (this.#bounds.settleMs ?? 0);
  }

  /** Whether the clock may be believed. One that is days ahead for a minute would take all that there is of the days before. */
  #isSettled(nowMs: number): boolean {
    const { settleMs } = this.#bounds;
    if (settleMs === undefined) return true;
    const leap = this.#read(CLOCK_LEAP) as Leap | null;
    const day = this.#beforeHole(dayOf(nowMs));
    const isSeen = leap !== null && leap.at <= nowMs && leap.day === day;
    if (isSeen) return nowMs >= leap.at + settleMs;
    if (day === null && leap !== null) this.#ports.database.run("DELETE FROM settings WHERE name = ?", CLOCK_LEAP);
    if (day !== null) this.#write(CLOCK_LEAP, { at: nowMs, day });
    this.#next.generation = -1;
    return day === null;
  }

  /** The last day before the newest days in a row of which nothing is stored; null without such. What a clock that leapt has left beyond them does not fill them. */
  #beforeHole(today: number): number | null {
    const { runs, blocks, head } = this.#ports;
    const stored = [...runs.runs.map(({ day }) => day), ...blocks.days, dayOf(head.oldestTime)].filter((day) => day < today);
    let later = today;
    for (const day of new Set(stored.toSorted((a, b) => b - a))) {
      if (later - day > LEAP_DAYS) return day;
      later = day;
    }
    return null;
  }

  /** At an opening: what a clock that was put right has left. */
  forgetLeap(nowMs: number): void {
    const leap = this.#read(CLOCK_LEAP) as Leap | null;
    if (leap !== null && leap.at > nowMs) this.#ports.database.run("DELETE FROM settings WHERE name = ?", CLOCK_LEAP);
  }

  /** Returns the refs of series of which nothing is left, or which made room for others; the caller rewrites the series log when there are any. */
  run(nowMs: number): number[] {
    const ended = this.#finished().filter((run) => this.#endOf(run) <= nowMs && this.#isSure(run));
    // What is in the archive is read from there, whatever the clock.
    const waits = ended.some((run) => this.#isLost(run)) && !this.#isSettled(nowMs);
    const over = waits ? ended.filter((run) => !this.#isLost(run)) : ended;
    if (over.length > 0) this.#ports.database.transaction(() => this.#drop(over));
    let dropped = over.length;
    for (let run = this.#forSpace(); run !== null && this.#isSure(run); run = this.#forSpace()) {
      this.#dropForSpace(run);
      dropped += 1;
    }
    const gone = dropped > 0 ? this.#forget(nowMs) : [];
    return this.#ports.room.crowdedAt <= nowMs ? [...gone, ...this.#letGo(nowMs)] : gone;
  }

  /** What was dropped for want of room, and what could not be; sentences for the status. */
  problems(nowMs: number): string[] {
    const bytes = this.#bytes();
    const maxBytes = this.#bounds.maxBytes ?? Infinity;
    const lost = this.#shortage();
    const problems: string[] = [];
    if (lost.runs > 0) {
      const day = new Date(lost.day * DAY_MS).toISOString().slice(0, 10);
      const aggregates = lost.aggregates === undefined ? "" : `, ${lost.aggregates} of them of aggregates`;
      problems.push(
        `${lost.runs} runs (${lost.bytes} bytes${aggregates}) up to ${day} were dropped before their time to stay within ${maxBytes} bytes`,
      );
    }
    const settlesAt = this.#settlesAt();
    if (settlesAt > nowMs && settlesAt <= nowMs + (this.#bounds.settleMs ?? 0)) {
      const until = new Date(settlesAt).toISOString().slice(0, 16);
      problems.push(
        `by this machine's clock days have passed of which nothing is stored: what is too old by that is kept until ${until}Z, should the clock be wrong; set it right before, or wait`,
      );
    }
    const letGo = this.#read(LET_GO_FOR_ROOM) as LetGo | null;
    if (letGo !== null) {
      const until = new Date(letGo.until).toISOString().slice(0, 16);
      problems.push(
        `${letGo.series} series that ended by ${until}Z were forgotten before their samples, so that new series find room: look for a label with ever new values`,
      );
    }
    if (bytes > maxBytes && this.#forSpace() === null)
      problems.push(`${bytes} bytes are stored, more than the ${maxBytes} allowed, and nothing may be dropped before it is archived`);
    return problems;
  }

  #keepMs(resolutionMs: number): number {
    if (resolutionMs === 0) return this.#bounds.retentionMs;
    return this.#bounds.rollupRetentionMs?.[RESOLUTIONS.indexOf(resolutionMs)] ?? Infinity;
  }

  #endOf(run: RunEntry): number {
    return (run.day + 1) * DAY_MS + this.#keepMs(run.resolutionMs);
  }

  /**
   * What may leave when its time is over. Not raw samples whose aggregates are not made yet, or which late ones have to enter first, as
   * when the machine was off for a month: they leave after that, wherever the others of their day are still.
   */
  #finished(): RunEntry[] {
    const { runs } = this.#ports.runs;
    const unpacked = this.#unpackedFrom();
    const unmerged = new Set(runs.filter((run) => run.resolutionMs === 0 && run.level !== 2).map((run) => run.day));
    return runs.filter((run) => this.#free(run) && (run.resolutionMs !== 0 || (run.day < unpacked && !unmerged.has(run.day))));
  }

  /** The first day of which the head or a block of version 1, which has samples of the day before, too, may hold what is in no run; Infinity without any. */
  #unpackedFrom(): number {
    const { head, blocks } = this.#ports;
    return Math.min(dayOf(head.oldestTime), (blocks.days[0] ?? Infinity) - 1);
  }

  #free(run: RunEntry): boolean {
    return !this.archiving || run.archived || run.resolutionMs !== 0;
  }

  /** Whether it is nowhere else once it has left. */
  #isLost(run: RunEntry): boolean {
    return !this.archiving || !run.archived || run.resolutionMs !== 0;
  }

  #isSure(run: RunEntry): boolean {
    return !this.unsure || run.resolutionMs !== 0;
  }

  /** Whether raw samples leave now for being in the archive. */
  leavesTo(nowMs: number): boolean {
    if (!this.archiving) return false;
    // Aggregates may go first, and raw samples of the next day in the same turn.
    if (this.#forSpace() !== null) return this.#ports.runs.runs.some((run) => run.resolutionMs === 0 && this.#free(run));
    return this.#finished().some((run) => run.resolutionMs === 0 && this.#endOf(run) <= nowMs);
  }

  #bytes(): number {
    return this.#ports.runs.bytes() + this.#ports.blocks.bytes();
  }

  /** What goes first when there is too much: of the oldest day the finest. Today's never. */
  #forSpace(): RunEntry | null {
    const { maxBytes } = this.#bounds;
    if (maxBytes === undefined || this.#bytes() <= maxBytes) return null;
    const { runs } = this.#ports.runs;
    const newest = runs.reduce((day, run) => Math.max(day, run.day), -Infinity);
    let first: RunEntry | null = null;
    for (const run of runs) {
      if (run.day === newest || !this.#free(run)) continue;
      const earlier = first === null || run.day < first.day || (run.day === first.day && run.resolutionMs < first.resolutionMs);
      if (earlier) first = run;
    }
    return first;
  }

  #dropForSpace(run: RunEntry): void {
    const { database } = this.#ports;
    const { runs, bytes, day, aggregates } = this.#shortage();
    const more = aggregates === undefined ? {} : { aggregates: aggregates + (run.resolutionMs === 0 ? 0 : 1) };
    const lost: Shortage = { runs: runs + 1, bytes: bytes + runBytes(run), day: Math.max(day, run.day), ...more };
    database.transaction(() => {
      this.#drop([run]);
      if (!run.archived) this.#write(DROPPED_FOR_SPACE, lost);
    });
    if (!run.archived) this.#lost = lost;
  }

  /** Inside the caller's transaction. */
  #drop(runs: readonly RunEntry[]): void {
    this.catalog.add(runs.filter((run) => run.archived));
    this.#ports.runs.drop(runs.map((run) => run.id));
  }

  #shortage(): Shortage {
    return (this.#lost ??= (this.#read(DROPPED_FOR_SPACE) as Shortage | null) ?? { runs: 0, aggregates: 0, bytes: 0, day: 0 });
  }

  /**
   * The newest day up to `last` of which nothing is left because room was short, or only what came later or had not left yet; days
   * since the epoch, -Infinity without any.
   */
  dayWithoutRoom(last: number): number {
    const { runs, day } = this.#shortage();
    if (runs === 0) return -Infinity;
    const standing = this.#ports.runs.runs.filter((run) => run.resolutionMs > 0 || isWholeDay(run));
    const kept = new Set([...standing, ...this.catalog.runs].map((run) => run.day));
    for (const block of this.#ports.blocks.days) kept.add(block).add(block - 1);
    let gone = Math.min(last, day);
    while (kept.has(gone)) gone--;
    return gone;
  }

  #read(name: string): unknown {
    const stored = this.#ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", name)[0];
    return stored === undefined ? null : JSON.parse(stored.value);
  }

  #write(name: string, value: Shortage | LetGo | Leap): void {
    this.#ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, JSON.stringify(value));
  }

  /** What is stored of them stays until its time comes, and nobody finds it: their numbers are given to no other series. */
  #letGo(nowMs: number): number[] {
    const { room, index, head, database } = this.#ports;
    const gone = room.letGo(nowMs);
    if (gone.length === 0) return gone;
    const before = (this.#read(LET_GO_FOR_ROOM) as LetGo | null) ?? { series: 0, until: -Infinity };
    const until = gone.reduce((newest, ref) => Math.max(newest, head.lastTime[ref] as number), before.until);
    database.transaction(() => this.#write(LET_GO_FOR_ROOM, { series: before.series + gone.length, until }));
    for (const ref of gone) index.remove(ref);
    room.weigh(nowMs);
    return gone;
  }

  /** Series whose newest sample lies before everything that is kept. */
  #forget(nowMs: number): number[] {
    const { runs, blocks, index, head } = this.#ports;
    const before = nowMs - this.#bounds.retentionMs;
    const oldest = runs.runs.reduce((day, run) => Math.min(day, run.day), blocks.days[0] ?? Infinity) * DAY_MS;
    const gone: number[] = [];
    for (const ref of index.refs()) {
      const last = head.lastTime[ref] ?? -Infinity;
      // Not known, as when the snapshot of the newest times was damaged: it may have samples in what is kept.
      if (last === -Infinity) continue;
      if (last < before && last < oldest && !head.has(ref)) gone.push(ref);
    }
    for (const ref of gone) index.remove(ref);
    return gone;
  }
}

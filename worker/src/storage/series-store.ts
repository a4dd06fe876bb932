import type { ColumnEncoder } from "@sightline/shared/encoding/packed-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { dropIdleSlabs } from "./value-slabs.ts";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { SelectedSeries, SeriesSamples, Temporality } from "@sightline/shared/model/sample";
import type { ArchiveVisit } from "./archive-visit.ts";
import { AppendWatch } from "./append-watch.ts";
import { BlockStore } from "./block-store.ts";
import { Compactor } from "./compactor.ts";
import { HeadPacking } from "./flush.ts";
import { Head } from "./head.ts";
import { loseDefinitions, packedEnd } from "./lost-definitions.ts";
import { SERIES_SHARD_MIGRATIONS } from "./migrations/series-shard.ts";
import { runMigrations } from "./migrations/run-migrations.ts";
import { Quarantine } from "./quarantine.ts";
import type { ReplayObserver } from "./replay.ts";
import { NewestBefore } from "./newest-before.ts";
import { orphansText, replayWal } from "./replay.ts";
import type { RetentionBounds } from "./retention.ts";
import { Retention } from "./retention.ts";
import { readRuns } from "./run-reads.ts";
import { RunStore } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";
import { SamplesAt } from "./samples-at.ts";
import type { FrameMark, SenderMark } from "./sender-marks.ts";
import { SenderMarks } from "./sender-marks.ts";
import { SeriesIndex } from "./series-index.ts";
import { SERIES_STEP, SeriesLog } from "./series-log.ts";
import { type RoomBounds, SeriesRoom } from "./series-room.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { Tails } from "./tails.ts";
import { FirstTimes } from "./first-times.ts";
import { loadTails, saveTails, tailsOf } from "./tails.ts";
import { type JudgeBounds, SampleJudge, type Writing } from "./sample-judge.ts";
import { UndecidedRows } from "./undecided-rows.ts";
import type { AppendVerdict } from "./verdicts.ts";
import { OVERWRITTEN } from "./verdicts.ts";
import { WalRecordWriter } from "./wal-record.ts";
import { Wal } from "./wal.ts";

export interface StoreBounds extends RetentionBounds, RoomBounds, JudgeBounds {
  /** Samples and bytes in the head at which it is packed. */
  readonly headSamples: number;
  readonly headBytes: number;
  readonly headAgeMs: number;
  /** Samples a bucket of 1 min or 5 min must hold for the tier to be kept of a series; absent: five. */
  readonly aggregateSamples?: number;
  /** Samples packed at a time, while more come. */
  readonly sliceSamples: number;
}

const WAL_PIECE_BYTES = 800_000;
/** Steps follow commits; without any, the alarm makes the next one after so long. */
const STEP_PATIENCE_MS = 200;

/** The head of one moment on its way into blocks. */
interface Packing {
  readonly head: HeadPacking;
  readonly tails: Tails;
  dueAt: number;
}

/**
 * Storage of one shard: index, head, WAL and blocks over one database. Append calls change memory only; `commit` makes
 * them durable. After an exception out of `commit` or `flush` memory and disk differ: open a new store.
 */
export class SeriesStore {
  readonly index = new SeriesIndex();
  readonly head = new Head();
  readonly marks = new SenderMarks();
  readonly wal: Wal;
  readonly firsts: FirstTimes;
  readonly blocks: BlockStore;
  readonly runs: RunStore;
  readonly compactor: Compactor;
  readonly retention: Retention;
  readonly snapshots: SnapshotStore;
  readonly quarantine: Quarantine;
  readonly appended = new AppendWatch();
  readonly problems: string[];
  readonly room: SeriesRoom;
  /** Series that were, of which whoever keeps refs must look for those it has. */
  forgotten = 0;
  readonly judge: SampleJudge;
  readonly newestBefore = new NewestBefore();
  readonly #database: SqlDatabase;
  readonly bounds: StoreBounds;
  readonly #log: SeriesLog;
  /** One past the highest ref of which something is packed. */
  readonly #packedEnd: number;
  readonly #pending = new WalRecordWriter(WAL_PIECE_BYTES);
  #packing: Packing | null = null;
  /** Series are gone or say other things than the series log. */
  #logStale = false;
  readonly #packedAt = new SamplesAt((ref, startMs, endMs, nowMs) => {
    const run = new SampleRun();
    this.#readPacked([ref], startMs, endMs, [run], nowMs);
    return run;
  });
  /** Metrics whose metadata have changed since the last commit. */
  readonly #learned = new Set<string>();
  readonly #rest: UndecidedRows;

  constructor(database: SqlDatabase, bounds: StoreBounds, nowMs: number, encode?: ColumnEncoder) {
    runMigrations(database, SERIES_SHARD_MIGRATIONS, nowMs);
    this.#database = database;
    this.bounds = bounds;
    this.quarantine = new Quarantine(database);
    this.snapshots = new SnapshotStore(database);
    this.blocks = new BlockStore(database, this.quarantine);
    this.runs = new RunStore(database, this.quarantine, this.snapshots, encode);
    this.room = new SeriesRoom(this.index, this.head, bounds);
    this.judge = new SampleJudge(this.head, bounds, (ref, t, now) => this.at(ref, t, now));
    this.#rest = new UndecidedRows(this.head, this.judge, this.newestBefore);
    this.runs.worthSamples = bounds.aggregateSamples ?? this.runs.worthSamples;
    const isAway = (day: number): boolean => this.retention.catalog.runs.some((run) => run.day === day);
    const ports = { database, runs: this.runs, metricOf: this.metricOf, typeOf: this.index.typeOf, isAway };
    this.compactor = new Compactor(ports, this.blocks, bounds.outOfOrderMs + bounds.headAgeMs);
    const { runs, blocks, index, head, room, snapshots } = this;
    this.retention = new Retention({ database, runs, blocks, index, head, room, snapshots }, bounds);
    this.retention.forgetLeap(nowMs);
    this.#log = new SeriesLog(database);
    this.#log.load(this.index, this.quarantine, nowMs);
    this.head.grow(this.index.end);
    this.wal = new Wal(database, nowMs);
    // A shard that has cut nothing yet has no list of runs, and need not look through its tables at each waking.
    if (this.runs.unlisted && (this.index.end > 0 || this.wal.position.segment > 1)) this.runs.relist();
    const packed = this.runs.runs.length > 0;
    this.firsts = new FirstTimes(packed || this.blocks.days.length > 0);
    const tails = loadTails(this.snapshots, { head, firsts: this.firsts, marks: this.marks, log: this.#log }, packed);
    this.#packedEnd = packedEnd(this.head, packed);
    this.problems = [...this.runs.problems, ...this.wal.problems, ...tails];
  }

  get senders(): Map<string, SenderMark> {
    return this.marks.all;
  }

  /** The metric of a series; empty for one that is forgotten. */
  readonly metricOf = (ref: number): string => this.index.metric(ref);

  /** Reads the WAL back into the head. Once, before anything else. */
  replay(observer: ReplayObserver, nowMs: number): void {
    const { orphans, changed } = replayWal(this.wal, this, observer, this.quarantine, nowMs);
    if (changed) this.#logStale = true;
    const lacking = this.#log.damaged || this.#log.torn || this.#log.end < this.#packedEnd;
    if (lacking && loseDefinitions(this.#log, this, this.#database, this.#packedEnd, nowMs)) this.#logStale = true;
    if (orphans > 0) this.problems.push(orphansText(orphans));
  }

  /** The ref of a label set, new ones included. Failures as of `SeriesRoom.take`. */
  resolve(labels: Labels, metadata: MetricMetadata, temporality: Temporality = "cumulative"): Result<number> {
    const known = this.index.find(labels);
    if (known !== undefined) return ok(known);
    const full = this.room.take(labels[METRIC_NAME] ?? "");
    if (full !== null) return { ok: false, error: full };
    const ref = this.index.add(labels, metadata, temporality);
    this.head.grow(ref + 1);
    this.#pending.series(this.index, ref, metadata);
    return ok(ref);
  }

  /**
   * Metadata of a metric that is known already: kept when it says something new, once between commits, as all of its series bear it.
   * The series that it is new of.
   */
  learn(ref: number, metadata: MetricMetadata): readonly number[] {
    const metric = this.index.metric(ref);
    if (this.#learned.has(metric) || !this.index.learn(metric, metadata) || !this.index.has(ref)) return [];
    this.#learned.add(metric);
    this.#pending.series(this.index, ref, metadata);
    this.#logStale = true;
    return this.index.refsOfMetric(metric);
  }

  /**
   * Hot path: the first `length` rows of parallel columns into head and log, and what became of each into `verdicts`; a
   * negative ref is NO_SERIES. Times are integers of ms. Returns how many verdicts are not ACCEPTED.
   */
  appendColumns(
    refs: Int32Array,
    times: Float64Array,
    values: Float64Array,
    length: number,
    nowMs: number,
    verdicts: Uint8Array,
    writing: Writing = "live",
  ): number {
    if (this.appended.watching) this.appended.samples(times, length);
    const { oldest, newest } = this.judge.timely(nowMs);
    const undecided = this.head.appendColumns(refs, times, values, length, oldest, newest, verdicts);
    if (undecided === 0) this.#pending.columns(refs, times, values, length);
    else {
      const kept = this.#rest.append(refs, times, values, length, nowMs, verdicts, writing);
      if (kept > 0) this.#pending.columns(this.#rest.refs, this.#rest.times, this.#rest.values, kept);
    }
    return undecided;
  }

  /** One sample; `t` is an integer of ms. `since`: from when a late one is measured, when not from the series' newest. */
  append(ref: number, t: number, value: number, nowMs: number, writing: Writing = "live", since?: number): AppendVerdict {
    const verdict = this.judge.sample(ref, t, value, nowMs, writing, since);
    if (verdict > OVERWRITTEN) return verdict;
    this.appended.sample(t);
    this.head.append(ref, t, value);
    this.#pending.sample(ref, t, value);
    return verdict;
  }

  appendHistogram(
    ref: number,
    t: number,
    histogram: NativeHistogram,
    nowMs: number,
    writing: Writing = "live",
    since?: number,
  ): AppendVerdict {
    const verdict = this.judge.histogram(ref, t, histogram, nowMs, writing, since);
    if (verdict > OVERWRITTEN) return verdict;
    this.appended.sample(t);
    this.head.appendHistogram(ref, t, histogram);
    this.#pending.histogram(ref, t, histogram);
    return verdict;
  }

  /** A frame's samples are in memory. */
  mark(mark: FrameMark): void {
    this.marks.take(mark);
    this.#pending.mark(mark);
  }

  /** Its sequence goes on elsewhere. The log may still hold its mark: whoever opens the store forgets it again. */
  forgetSender(sender: string): void {
    this.senders.delete(sender);
  }

  /** Samples waiting for the next commit. */
  get pendingSamples(): number {
    return this.#pending.samples;
  }

  /** Bytes waiting for the next commit. */
  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  get pending(): boolean {
    return !this.#pending.empty;
  }

  /** One transaction: everything appended since the last commit, and what `beside` writes; null: nothing. */
  commit(nowMs: number, beside: (() => void) | null): void {
    this.#packedAt.clear();
    this.#learned.clear();
    dropIdleSlabs(nowMs);
    const pieces = this.#pending.take();
    // One row is written or not without a transaction's help.
    if (beside === null && pieces.length <= 1) this.wal.append(pieces, nowMs);
    else
      this.#database.transaction(() => {
        this.wal.append(pieces, nowMs);
        beside?.();
      });
  }

  /** When the head should be packed for its age, ms, or packing goes on by itself; Infinity when there is nothing to pack. */
  get flushDueAt(): number {
    if (this.#packing !== null) return this.#packing.dueAt;
    return this.head.samples > 0 ? this.wal.openedAt + this.bounds.headAgeMs : Infinity;
  }

  /** The head is full, or a part of it is being packed. */
  get flushDue(): boolean {
    const { headSamples, headBytes } = this.bounds;
    return this.#packing !== null || this.head.samples >= headSamples || this.head.bytes >= headBytes;
  }

  /** Packs all of the head into blocks and drops the WAL it came from, with what `beside` writes, in one transaction. */
  flush(nowMs: number, beside: () => void): void {
    while (this.#packing !== null) this.flushStep(nowMs, beside);
    const packing = this.#database.transaction(() => {
      const begun = this.#beginPacking(nowMs, false);
      while (this.#log.step(this.index));
      begun.head.step(Infinity);
      while (this.#log.copyStep());
      this.#finishPacking(begun, nowMs, beside);
      return begun;
    });
    this.#packed(packing);
  }

  /**
   * The same in steps of one transaction each, none of which takes long: what is in the head at the first is packed by and by
   * while more comes, and becomes blocks with the last, which drops its segments of the WAL and calls `beside`.
   */
  flushStep(nowMs: number, beside: () => void): void {
    const packing = this.#packing;
    if (packing === null) {
      const small = this.head.samples <= this.bounds.sliceSamples && this.#log.backlog(this.index.end, this.#logStale) <= SERIES_STEP;
      if (small) this.flush(nowMs, beside);
      else this.#packing = this.#database.transaction(() => this.#beginPacking(nowMs, true));
      return;
    }
    packing.dueAt = nowMs + STEP_PATIENCE_MS;
    const more = this.#database.transaction(() => {
      // Much to write when a shard is young. The WAL still has them, too.
      if (this.#log.step(this.index)) return true;
      if (packing.head.step(this.bounds.sliceSamples)) return true;
      if (this.#log.copyStep()) return true;
      this.#finishPacking(packing, nowMs, beside);
      return false;
    });
    if (more) return;
    this.#packing = null;
    this.#packed(packing);
  }

  /** What is in the head now, and what the log says up to now. */
  #beginPacking(nowMs: number, lasting: boolean): Packing {
    this.wal.append(this.#pending.take(), nowMs);
    this.wal.begin(nowMs);
    this.marks.forgetBefore(nowMs - this.bounds.retentionMs);
    this.#log.begin(this.index.end, this.#logStale);
    this.#logStale = false;
    return {
      head: new HeadPacking(this.head, this.index.end, this.metricOf, this.runs, this.firsts, lasting),
      tails: tailsOf(this.head, this.index.end, this.marks),
      dueAt: nowMs + STEP_PATIENCE_MS,
    };
  }

  #finishPacking(packing: Packing, nowMs: number, beside: () => void): void {
    packing.head.publish(nowMs);
    saveTails(this.snapshots, packing.tails, this.firsts, this.#log.ids);
    this.wal.dropOlder();
    beside();
  }

  /** Its transaction is written. */
  #packed(packing: Packing): void {
    this.marks.pack(packing.tails.senders);
    this.#packedAt.clear();
    this.head.release();
  }

  /** Drops what is older than the retention; returns the refs of series that are gone with it. */
  retain(nowMs: number): readonly number[] {
    const { runs } = this.runs;
    const gone = this.retention.run(nowMs);
    if (this.runs.runs !== runs) this.appended.everything();
    // The series log is rewritten without them at the next cut: until then it must hold what the WAL counts on.
    if (gone.length > 0) {
      this.#logStale = true;
      this.forgotten += gone.length;
    }
    return gone;
  }

  /** Samples of `refs` (ascending) with startMs < t <= endMs, stored and buffered, in order of time; series without any are left out. With `visit`, days that only the archive has are among them, as far as they were brought. */
  read(refs: readonly number[], startMs: number, endMs: number, nowMs: number, visit?: ArchiveVisit): SelectedSeries[] {
    return this.readPlaces(refs, startMs, endMs, nowMs, visit).filter((series) => series !== null);
  }

  /** The same by the places of `refs`, null for a series without any. */
  readPlaces(refs: readonly number[], startMs: number, endMs: number, nowMs: number, visit?: ArchiveVisit): (SelectedSeries | null)[] {
    const runs = refs.map(() => new SampleRun());
    this.#readPacked(refs, startMs, endMs, runs, nowMs, visit);
    this.head.readMany(refs, startMs, endMs, runs);
    return runs.map((run, i) => {
      const labels = run.length > 0 ? this.index.labels(refs[i] as number) : undefined;
      return labels === undefined ? null : { labels, ...run.settle() };
    });
  }

  #readPacked(refs: readonly number[], startMs: number, endMs: number, runs: SampleRun[], nowMs: number, visit?: ArchiveVisit): void {
    this.blocks.read(refs, startMs, endMs, runs, nowMs);
    readRuns(this.runs, refs, this.metricOf, startMs, endMs, runs, this.index.size, nowMs, visit);
  }

  /** The sample of a series at exactly `t`, stored or buffered, as columns of one. */
  at(ref: number, t: number, nowMs: number): SeriesSamples | undefined {
    return this.head.at(ref, t) ?? this.#packedAt.at(ref, t, nowMs);
  }

  /** The newest histogram of a series, wherever it is stored. */
  lastHistogram(ref: number, nowMs: number): NativeHistogram | undefined {
    const last = this.head.lastTime[ref] ?? -Infinity;
    if (last === -Infinity) return undefined;
    return this.at(ref, last, nowMs)?.histograms?.at(-1);
  }
}

import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { BlockStore } from "./block-store.ts";
import { Compactor } from "./compactor.ts";
import { packHead } from "./flush.ts";
import { Head } from "./head.ts";
import { SERIES_SHARD_MIGRATIONS } from "./migrations/series-shard.ts";
import { runMigrations } from "./migrations/run-migrations.ts";
import { Quarantine } from "./quarantine.ts";
import { retain } from "./retention.ts";
import { DAY_MS } from "./run-manifest.ts";
import { readRuns } from "./run-reads.ts";
import { RunStore } from "./run-store.ts";
import { SampleRun } from "./sample-run.ts";
import { SeriesIndex } from "./series-index.ts";
import { SeriesLog } from "./series-log.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { SenderMark } from "./wal-record.ts";
import { WalRecordWriter, readMark, writeMark } from "./wal-record.ts";
import { Wal } from "./wal.ts";

export interface StoreBounds {
  readonly maxSeries: number;
  /** Samples and bytes in the head at which it is packed. */
  readonly headSamples: number;
  readonly headBytes: number;
  readonly headAgeMs: number;
  readonly retentionMs: number;
  readonly outOfOrderMs: number;
  readonly futureMs: number;
}

/** What became of one sample. `DUPLICATE` is no error: it was there already. `OVERWRITTEN`: accepted in place of another value. */
export const ACCEPTED = 0;
export const LATE = 1;
export const OVERWRITTEN = 2;
export const DUPLICATE = 3;
export const TOO_OLD = 4;
export const TOO_NEW = 5;
export type AppendVerdict = 0 | 1 | 2 | 3 | 4 | 5;

const WAL_BLOB_BYTES = 900_000;

/** What is seen while the WAL is read back at opening, in order of writing; `row` is its place in `segment`. */
export interface ReplayObserver {
  observe(ref: number, t: number, value: number): void;
  observeHistogram(ref: number, t: number, histogram: NativeHistogram): void;
  /** False for samples that a snapshot at this position covers. */
  wants(segment: number, row: number): boolean;
}

/**
 * Storage of one shard: index, head, WAL and blocks over one database. Append calls change memory only; `commit` makes
 * them durable. After an exception out of `commit` or `flush` memory and disk differ: open a new store.
 */
export class SeriesStore {
  readonly index = new SeriesIndex();
  readonly head = new Head();
  readonly senders = new Map<string, SenderMark>();
  readonly wal: Wal;
  readonly blocks: BlockStore;
  readonly runs: RunStore;
  readonly compactor: Compactor;
  readonly snapshots: SnapshotStore;
  readonly quarantine: Quarantine;
  readonly problems: string[] = [];
  readonly #database: SqlDatabase;
  readonly #bounds: StoreBounds;
  readonly #log: SeriesLog;
  readonly #pending = new WalRecordWriter(WAL_BLOB_BYTES);
  #forgotten = false;

  constructor(database: SqlDatabase, bounds: StoreBounds, nowMs: number) {
    runMigrations(database, SERIES_SHARD_MIGRATIONS, nowMs);
    this.#database = database;
    this.#bounds = bounds;
    this.quarantine = new Quarantine(database);
    this.snapshots = new SnapshotStore(database);
    this.blocks = new BlockStore(database, this.quarantine);
    this.runs = new RunStore(database, this.quarantine, this.snapshots);
    const isCounter = (ref: number): boolean => this.index.get(ref)?.metadata.type === "counter";
    const ports = { database, runs: this.runs, metricOf: this.metricOf, isCounter };
    this.compactor = new Compactor(ports, this.blocks, bounds.outOfOrderMs + bounds.headAgeMs);
    this.problems.push(...this.runs.problems);
    this.#log = new SeriesLog(database);
    this.#log.load(this.index, this.quarantine, nowMs);
    this.#loadTails();
    this.wal = new Wal(database, nowMs);
  }

  /** The metric of a series; empty for one that is forgotten. */
  readonly metricOf = (ref: number): string => this.index.get(ref)?.labels[METRIC_NAME] ?? "";

  /** Reads the WAL back into the head. Once, before anything else. */
  replay(observer: ReplayObserver, nowMs: number): void {
    let wanted = false;
    this.wal.replay(
      {
        series: (ref, labels, metadata) => {
          if (this.index.find(labels) === undefined) this.index.add(labels, metadata, ref);
          else this.index.learn(labels["__name__"] ?? "", metadata);
          this.head.grow(this.index.end);
        },
        sample: (ref, t, value) => {
          if (this.index.get(ref) === undefined) return;
          const inOrder = t > (this.head.lastTime[ref] as number);
          this.head.append(ref, t, value);
          if (wanted && inOrder) observer.observe(ref, t, value);
        },
        histogram: (ref, t, histogram) => {
          if (this.index.get(ref) === undefined) return;
          const inOrder = t > (this.head.lastTime[ref] as number);
          this.head.appendHistogram(ref, t, histogram);
          if (wanted && inOrder) observer.observeHistogram(ref, t, histogram);
        },
        mark: (mark) => this.senders.set(mark.sender, mark),
      },
      this.quarantine,
      nowMs,
      (segment, row) => (wanted = observer.wants(segment, row)),
    );
  }

  /** The ref of a label set, new ones included. Failure `series_limit`. */
  resolve(labels: Labels, metadata: MetricMetadata): Result<number> {
    const known = this.index.find(labels);
    if (known !== undefined) return ok(known);
    if (this.index.size >= this.#bounds.maxSeries)
      return fail("series_limit", `this shard holds its ${this.#bounds.maxSeries} series; samples of series it knows are still taken`);
    const ref = this.index.add(labels, metadata);
    this.head.grow(ref + 1);
    this.#pending.series(ref, this.index.get(ref)?.labels ?? labels, metadata);
    return ok(ref);
  }

  /** Hot path. `t` is an integer of ms. */
  append(ref: number, t: number, value: number, nowMs: number): AppendVerdict {
    const head = this.head;
    const last = head.lastTime[ref] as number;
    let verdict: AppendVerdict = ACCEPTED;
    if (t > nowMs + this.#bounds.futureMs) return TOO_NEW;
    if (t <= last) {
      if (t < last - this.#bounds.outOfOrderMs) return TOO_OLD;
      const there = t === last ? { same: Object.is(head.lastValue[ref], value) } : head.holds(ref, t, value);
      if (there?.same === true) return DUPLICATE;
      verdict = there === null ? LATE : OVERWRITTEN;
    } else if (t < nowMs - this.#bounds.retentionMs) return TOO_OLD;
    head.append(ref, t, value);
    this.#pending.sample(ref, t, value);
    return verdict;
  }

  appendHistogram(ref: number, t: number, histogram: NativeHistogram, nowMs: number): AppendVerdict {
    const head = this.head;
    const last = head.lastTime[ref] as number;
    if (t > nowMs + this.#bounds.futureMs) return TOO_NEW;
    if (t < last - this.#bounds.outOfOrderMs || t < nowMs - this.#bounds.retentionMs) return TOO_OLD;
    const verdict = t > last ? ACCEPTED : t < last ? LATE : head.lastValue[ref] === histogram.count ? DUPLICATE : OVERWRITTEN;
    if (verdict === DUPLICATE) return verdict;
    head.appendHistogram(ref, t, histogram);
    this.#pending.histogram(ref, t, histogram);
    return verdict;
  }

  mark(mark: SenderMark): void {
    this.senders.set(mark.sender, mark);
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

  get pending(): boolean {
    return !this.#pending.empty;
  }

  /** One transaction: everything appended since the last commit, and what `beside` writes. */
  commit(nowMs: number, beside: () => void): void {
    const blobs = this.#pending.take();
    this.#database.transaction(() => {
      this.wal.append(blobs);
      beside();
    });
  }

  /** When the head should be packed for its age, ms; Infinity when it is empty. */
  get flushDueAt(): number {
    return this.head.samples > 0 ? this.wal.openedAt + this.#bounds.headAgeMs : Infinity;
  }

  get flushDue(): boolean {
    return this.head.samples >= this.#bounds.headSamples || this.head.bytes >= this.#bounds.headBytes;
  }

  /** When the oldest day passes the retention, ms; Infinity without blocks. */
  get retentionDueAt(): number {
    const oldest = this.runs.runs.reduce((day, run) => Math.min(day, run.day), this.blocks.days[0] ?? Infinity);
    return (oldest + 1) * DAY_MS + this.#bounds.retentionMs;
  }

  /** Packs the head into blocks and drops the WAL it came from, with what `beside` writes, in one transaction. */
  flush(nowMs: number, beside: () => void): void {
    const pending = this.#pending.take();
    this.#database.transaction(() => {
      this.wal.append(pending);
      packHead(this.head, this.index.end, this.metricOf, this.runs, nowMs);
      this.#log.extend(this.index, this.#forgotten);
      this.#saveTails(nowMs);
      this.wal.cut(nowMs);
      beside();
    });
    this.head.clear();
    this.#forgotten = false;
  }

  /** Drops what is older than the retention; returns the refs of series that are gone with it. */
  retain(nowMs: number): readonly number[] {
    const gone = retain(this.#database, this.blocks, this.runs, this.index, this.head, nowMs, this.#bounds.retentionMs);
    // The series log is rewritten without them at the next cut: until then it must hold what the WAL counts on.
    if (gone.length > 0) this.#forgotten = true;
    return gone;
  }

  /** Samples of `refs` (ascending) with startMs < t <= endMs, stored and buffered, in order of time; series without any are left out. */
  read(refs: readonly number[], startMs: number, endMs: number, nowMs: number): SelectedSeries[] {
    const runs = refs.map(() => new SampleRun());
    this.blocks.read(refs, startMs, endMs, runs, nowMs);
    readRuns(this.runs, refs, this.metricOf, startMs, endMs, runs, nowMs);
    const found: SelectedSeries[] = [];
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as number;
      const run = runs[i] as SampleRun;
      this.head.read(ref, startMs, endMs, run);
      const labels = this.index.get(ref)?.labels;
      if (run.length > 0 && labels !== undefined) found.push({ labels, ...run.settle() });
    }
    return found;
  }

  /** The newest histogram of a series, wherever it is stored. */
  lastHistogram(ref: number, nowMs: number): NativeHistogram | undefined {
    const last = this.head.lastTime[ref] ?? -Infinity;
    if (last === -Infinity) return undefined;
    return this.read([ref], last - 1, last, nowMs)[0]?.histograms?.at(-1);
  }

  #saveTails(nowMs: number): void {
    for (const [sender, mark] of this.senders) if (nowMs - mark.at > this.#bounds.retentionMs) this.senders.delete(sender);
    const end = this.index.end;
    const writer = new ByteWriter(end * 16 + 4096);
    writer.varint(end);
    writer.f64Array(this.head.lastTime.subarray(0, end));
    writer.f64Array(this.head.lastValue.subarray(0, end));
    writer.varint(this.senders.size);
    for (const mark of this.senders.values()) writeMark(writer, mark);
    this.snapshots.write("tails", writer.view());
  }

  #loadTails(): void {
    this.head.grow(this.index.end);
    const stored = this.snapshots.read("tails");
    if (stored === null) return;
    if (stored.problem !== null) {
      this.problems.push(stored.problem);
      return;
    }
    const reader = new ByteReader(stored.bytes);
    const end = reader.varint();
    this.head.grow(end);
    this.head.lastTime.set(reader.f64Array(end));
    this.head.lastValue.set(reader.f64Array(end));
    for (let left = reader.varint(); left > 0; left--) {
      const mark = readMark(reader);
      this.senders.set(mark.sender, mark);
    }
  }
}

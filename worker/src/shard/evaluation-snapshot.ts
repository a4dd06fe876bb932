import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { ShardConfig } from "../objects/rpc.ts";
import type { Evaluation, EvaluationPlan } from "../rules/api.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { rulePlace } from "./tick-elsewhere.ts";
import { SampleColumns } from "./sample-columns.ts";

const NAME = "evaluation";
const detectorsOf = (part: number): string => `${NAME}/${part}`;

/** In this time every detector is written once, ms. */
const ROUND_MS = 300_000;
/** The same for a shard whose detectors are one part: what an object reads back when it wakes costs more than two rows a minute. */
const SMALL_ROUND_MS = 60_000;
/** Samples that a waking object has read back, above which it writes a snapshot with its next commit: the one after wakes faster. */
const MUCH_REPLAYED = 20_000;

/**
 * Keeps the evaluation's snapshot: part 0 with the WAL position it covers (segment varint, row varint, then its bytes), each other part
 * under its own name. Every step writes part 0 and the detectors of a thousand series, so that none holds ingest up for long; a shard of no
 * more series than that writes everything in one.
 */
export class EvaluationSnapshot {
  readonly #store: SeriesStore;
  readonly #evaluation: Evaluation;
  #steppedAt: number;
  #next = 1;
  /** Steps that are due whatever the time. */
  #hurried = 0;

  /** `replayed`: samples newer than the snapshot there is. */
  constructor(store: SeriesStore, evaluation: Evaluation, nowMs: number, replayed: number) {
    this.#store = store;
    this.#evaluation = evaluation;
    this.#steppedAt = replayed > MUCH_REPLAYED ? -Infinity : nowMs;
  }

  /** Every detector is written anew with the next commits: many have learned much at once. */
  hurry(): void {
    this.#hurried = Math.max(1, this.#evaluation.snapshotParts - 1);
  }

  /** A step is due with the next commit. */
  soon(): void {
    this.#hurried = Math.max(1, this.#hurried);
  }

  due(nowMs: number): boolean {
    if (this.#hurried > 0) return true;
    const turns = Math.max(1, this.#evaluation.snapshotParts - 1);
    return nowMs - this.#steppedAt >= (turns === 1 ? SMALL_ROUND_MS : ROUND_MS / turns);
  }

  /** Must be in the transaction that cuts the WAL, and may be at any other time. */
  step(nowMs: number): void {
    this.#steppedAt = nowMs;
    this.#hurried = Math.max(0, this.#hurried - 1);
    const parts = this.#evaluation.snapshotParts;
    if (parts === 0) return;
    const { snapshots, wal } = this.#store;
    const bytes = this.#evaluation.snapshot(0);
    const writer = new ByteWriter(bytes.length + 16);
    writer.varint(wal.position.segment);
    writer.varint(wal.position.row);
    writer.bytes(bytes);
    // First, so that no detector has seen more than this part says was seen.
    snapshots.write(NAME, writer.view());
    if (this.#next >= parts) this.#next = 1;
    if (this.#next < parts) snapshots.write(detectorsOf(this.#next), this.#evaluation.snapshot(this.#next));
    this.#next++;
  }
}

/** After an upgrade or a downgrade across a change of the format, or where bytes are damaged. */
const LEARN_AFRESH =
  "What was kept of some detectors, alerts or rules is of a version that this one does not read: they start afresh from the samples that come. Expected ranges and anomalies of those series are missing until they have learned again; samples and history are as they were";

interface StoredSnapshot {
  /** What the first part covers. */
  readonly segment: number;
  readonly row: number;
  readonly parts: readonly Uint8Array[];
}

function readSnapshot({ snapshots, problems }: SeriesStore): StoredSnapshot {
  const stored = snapshots.read(NAME);
  if (stored === null || stored.problem !== null) {
    if (stored !== null) problems.push(`${stored.problem}; SLI counters and detectors start afresh`);
    return { segment: -1, row: 0, parts: [] };
  }
  const reader = new ByteReader(stored.bytes);
  const segment = reader.varint();
  const row = reader.varint();
  const parts = [stored.bytes.subarray(reader.offset)];
  for (;;) {
    const detectors = snapshots.read(detectorsOf(parts.length));
    if (detectors === null) return { segment, row, parts };
    if (detectors.problem !== null) problems.push(`${detectors.problem}; the detectors in it start afresh`);
    parts.push(detectors.bytes);
  }
}

/** Restores an evaluation; by the configuration, the states of alerts and the time of that moment. The plan is what is still to be told. */
type Restore = (
  evaluation: Evaluation,
  config: ShardConfig | null,
  self: string | undefined,
  states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[],
  nowMs: number,
) => EvaluationPlan;

/** Reads back the WAL into the head; what of it is newer than the snapshot is kept for the evaluation, which the answer restores. */
export function replayLog(store: SeriesStore, openedAt: number): { readonly restore: Restore; readonly replayed: number } {
  const { segment, row, parts } = readSnapshot(store);
  // The snapshot may know series that only the WAL defines: read it first, and keep what came after the snapshot for later.
  const later = new SampleColumns();
  const laterHistograms: { ref: number; t: number; histogram: NativeHistogram }[] = [];
  store.replay(
    {
      observe: (ref, t, value) => later.push(ref, t, value),
      observeColumns: (refs, times, values) => later.pushColumns(refs, times, values),
      observeHistogram: (ref, t, histogram) => void laterHistograms.push({ ref, t, histogram }),
      wants: (inSegment, atRow) => inSegment > segment || (inSegment === segment && atRow > row),
    },
    openedAt,
  );
  if (store.wal.position.segment === segment && !store.wal.reaches(row))
    store.problems.push(`the last rows of wal_${segment} are gone, with the samples of commits up to ${row}`);
  const restore: Restore = (evaluation, config, self, states, nowMs) => {
    for (const series of store.index.all()) evaluation.addSeries(series.ref, series.labels, series.metadata);
    if (config !== null) evaluation.configure(config, nowMs, rulePlace(config.map, self));
    if (!evaluation.restore(parts, states)) store.problems.push(LEARN_AFRESH);
    evaluation.observeColumns(later.refs, later.times, later.values, new Uint8Array(later.length), later.length);
    for (const { ref, t, histogram } of laterHistograms) evaluation.observeHistogram(ref, t, histogram);
    return evaluation.finish(nowMs);
  };
  return { restore, replayed: later.length };
}

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
/** The same for a shard whose detectors are written at once: what an object reads back when it wakes costs more than some rows a minute, */
const SMALL_ROUND_MS = 60_000;
/** and less than to write more in that time. What 1,000 series take of which 64 have the rich tier; of more it takes longer. */
const SMALL_ROUND_BYTES = 4_000_000;
/** Nor is it put off longer than until so many samples came, as of a history that is imported: a restart has to read them back. */
const MOST_UNCOVERED = 300_000;
/** Samples that a waking object has read back, above which it writes a snapshot with its next commit: the one after wakes faster. */
const MUCH_REPLAYED = 20_000;

/**
 * Keeps the evaluation's snapshot: part 0 with the WAL position it covers (segment varint, row varint, then its bytes), each other part
 * under its own name. Of a large shard every step writes part 0 and the detectors of a thousand series, so that none holds ingest up for
 * long; a smaller one writes everything in one, and loses nothing: what came since is in the log.
 */
export class EvaluationSnapshot {
  readonly #store: SeriesStore;
  readonly #evaluation: Evaluation;
  #steppedAt: number;
  #next = 1;
  /** Until the next step, as the last one said. */
  #waitMs = SMALL_ROUND_MS;
  /** Samples of the log that the newest step covers. */
  #covered = 0;
  /** Steps that are due whatever the time. */
  #hurried = 0;

  /** `replayed`: samples newer than the snapshot there is. */
  constructor(store: SeriesStore, evaluation: Evaluation, nowMs: number, replayed: number) {
    this.#store = store;
    this.#evaluation = evaluation;
    this.#steppedAt = replayed > MUCH_REPLAYED ? -Infinity : nowMs;
    this.#covered = Math.max(0, store.head.samples - replayed);
  }

  /** Every detector is written anew with the next commits: many have learned much at once. */
  hurry(): void {
    const { count, isWhole } = this.#evaluation.snapshots;
    this.#hurried = isWhole ? 1 : Math.max(1, count - 1);
  }

  /** A step is due with the next commit. */
  soon(): void {
    this.#hurried = Math.max(1, this.#hurried);
  }

  /** Samples of the log that a waking would read back. */
  get #uncovered(): number {
    const { samples } = this.#store.head;
    // The log was cut since.
    if (samples < this.#covered) this.#covered = 0;
    return samples - this.#covered;
  }

  /** When a step is due though nobody writes any more, as after an import: every waking would read that back. Null where it is little. */
  idleDueAt(nowMs: number): number | null {
    if (this.#uncovered <= MUCH_REPLAYED || this.#store.flushDue) return null;
    return Math.max(nowMs, this.#steppedAt + this.#waitMs + SMALL_ROUND_MS);
  }

  due(nowMs: number): boolean {
    const isMuch = this.#uncovered > MOST_UNCOVERED;
    return this.#hurried > 0 || nowMs - this.#steppedAt >= (isMuch ? Math.min(SMALL_ROUND_MS, this.#waitMs) : this.#waitMs);
  }

  /** Must be in the transaction that cuts the WAL, and may be at any other time. */
  step(nowMs: number): void {
    this.#steppedAt = nowMs;
    this.#covered = this.#store.head.samples;
    this.#hurried = Math.max(0, this.#hurried - 1);
    const parts = this.#evaluation.snapshots;
    const { count, isWhole } = parts;
    if (count === 0) return;
    const { snapshots, wal } = this.#store;
    const bytes = parts.write(0);
    const writer = new ByteWriter(bytes.length + 16);
    writer.varint(wal.position.segment);
    writer.varint(wal.position.row);
    writer.bytes(bytes);
    // First, so that no detector has seen more than this part says was seen.
    snapshots.write(NAME, writer.view());
    if (isWhole || this.#next >= count) this.#next = 1;
    const end = isWhole ? count : Math.min(count, this.#next + 1);
    let written = 0;
    for (; this.#next < end; this.#next++) {
      const detectors = parts.write(this.#next);
      snapshots.write(detectorsOf(this.#next), detectors);
      written += detectors.length;
    }
    // There were more when more series had the rich tier. They stay until all that they hold is written again.
    if (this.#next >= count) for (let part = count; snapshots.remove(detectorsOf(part)); part++);
    this.#waitMs = isWhole ? SMALL_ROUND_MS * Math.max(1, written / SMALL_ROUND_BYTES) : ROUND_MS / Math.max(1, count - 1);
  }
}

/** After an upgrade or a downgrade across a change of the format, or where bytes are damaged. */
const LEARN_AFRESH =
  "What was kept of some detectors, alerts or rules is of a version that this one does not read: they start afresh from the samples that come. Expected ranges and anomalies of those series are missing until they have learned again; samples and history are as they were";

interface StoredSnapshot {
  /** What the first part covers. */
  readonly segment: number;
  readonly row: number;
  /** Read as they are asked for: a query needs none of them. */
  readonly parts: Iterable<Uint8Array>;
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
  const first = stored.bytes.subarray(reader.offset);
  function* parts(): Generator<Uint8Array> {
    yield first;
    for (let part = 1, detectors; (detectors = snapshots.read(detectorsOf(part))) !== null; part++) {
      if (detectors.problem !== null) problems.push(`${detectors.problem}; the detectors in it start afresh`);
      yield detectors.bytes;
    }
  }
  return { segment, row, parts: parts() };
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
    for (const ref of store.index.refs()) {
      const metadata = store.index.metadataOf(ref);
      if (metadata !== undefined) evaluation.addSeries(ref, metadata);
    }
    if (config !== null) evaluation.configure(config, nowMs, rulePlace(config.map, self));
    if (!evaluation.restore(parts, states)) store.problems.push(LEARN_AFRESH);
    evaluation.observeColumns(later.refs, later.times, later.values, new Uint8Array(later.length), later.length);
    for (const { ref, t, histogram } of laterHistograms) evaluation.observeHistogram(ref, t, histogram);
    return evaluation.finish(nowMs);
  };
  return { restore, replayed: later.length };
}

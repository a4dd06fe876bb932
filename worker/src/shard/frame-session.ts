import type { Labels } from "@sightline/shared/model/labels";
import type { Failure } from "@sightline/shared/model/result";
import type { Temporality } from "@sightline/shared/model/sample";
import { FlatColumns } from "@sightline/shared/protocol/flat-columns";
import { FrameDecoder, type NewSeries } from "@sightline/shared/protocol/frame";
import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import { MAX_FRAME_BYTES } from "@sightline/shared/protocol/limits";
import type { Hello, Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { judgeSequence } from "@sightline/shared/protocol/sequence";
import { negotiateVersion } from "@sightline/shared/protocol/version";
import type { Writing } from "../storage/sample-judge.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import type { SampleWriter, WriteOutcome } from "./sample-writer.ts";
import { SKIPPED, UNTIMELY } from "./refusals.ts";
import { emptyOutcome } from "./sample-writer.ts";

/** What survives hibernation in the socket's attachment; the dictionary does not. */
export interface SessionIdentity {
  readonly project: string;
  readonly tokenId: string;
  readonly sender: string;
  readonly epoch: string;
  /** What the connection was routed by, the name of its token (absent for an administrator's), and the shard map's version then. */
  readonly routedBy?: string;
  readonly owner?: string;
  readonly mapVersion?: number;
  /** From the primary shard of a divided sender: this shard's share of its frames. */
  readonly share?: boolean;
}

export interface SessionPorts {
  readonly store: SeriesStore;
  readonly writer: SampleWriter;
  readonly now: () => number;
  /** After the samples of a frame are in memory: resolves when they are durable. */
  readonly durable: () => Promise<void>;
  /** FRAMEs the sender may have under way now. */
  readonly window: () => number;
  /** Null when this shard takes the sender's frames now; a promise while it takes the sender over. */
  readonly admit: (identity: SessionIdentity) => Failure | null | Promise<Failure | null>;
  /** Null where nothing need be learned of these series elsewhere before their samples are taken. */
  readonly levels: (identity: SessionIdentity, series: readonly NewSeries[]) => Promise<Failure | null> | null;
}

/** A dictionary entry of the connection. */
interface Entry {
  /** The shard's; negative while the series is refused or has brought no sample to keep. */
  ref: number;
  readonly temporality: Temporality;
  /** What it would be, while the ref is negative. */
  series: NewSeries | null;
  /** The round of refusals its ref is of. */
  round: number;
}

/** One connection (or one HTTP request) of a sender: HELLO, then FRAMEs, each answered when it is durable. */
export class FrameSession {
  readonly #ports: SessionPorts;
  readonly #decoder = new FrameDecoder();
  #entries: Entry[] = [];
  /** Entries without a series. */
  #unmade = 0;
  /** Series that the shard had forgotten when the entries were looked through last. */
  #forgotten = 0;
  /** A series comes as values and as differences: their order matters. */
  #mixed = false;
  #identity: SessionIdentity;
  #hostName: string | null = null;
  /** What a frame waits for whose series go on from elsewhere, and those behind it. */
  #learning: Promise<Failure | null> | null = null;

  constructor(ports: SessionPorts, identity: SessionIdentity) {
    this.#ports = ports;
    this.#identity = identity;
  }

  get identity(): SessionIdentity {
    return this.#identity;
  }

  /** An administrator's import: it may write behind what is live. */
  get #bringsHistory(): boolean {
    const { sender, owner } = this.#identity;
    return owner === undefined && sender.startsWith(IMPORT_SENDER);
  }

  /** Takes one message in order of arrival; the part that changes memory happens before the first await. */
  async receive(bytes: Uint8Array): Promise<Uint8Array> {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) return refusal(decoded.error.code, decoded.error.message, 0);
    const message = decoded.value;
    if (message.type === "hello") return this.#hello(message);
    if (message.type === "frame") return this.#frame(message.bytes);
    return refusal("unexpected_message", `a shard takes HELLO and FRAME, not ${message.type.toUpperCase()}; nothing was changed`, 0);
  }

  async #hello(hello: Hello): Promise<Uint8Array> {
    const version = negotiateVersion(hello.versions);
    if (!version.ok) return refusal(version.error.code, version.error.message, 0);
    while (this.#learning !== null) await this.#learning;
    if (hello.sender === "" || hello.epoch === "") return refusal("malformed", "HELLO needs a sender and an epoch", 0);
    this.#beginAnew();
    this.#identity = { ...this.#identity, sender: hello.sender, epoch: hello.epoch };
    const admitting = this.#ports.admit(this.#identity);
    const refused = admitting instanceof Promise ? await admitting : admitting;
    if (refused !== null) return refusal(refused.code, refused.message, 0, refused.retryAfterMs);
    if (this.#ports.store.pending) await this.#ports.durable();
    const mark = this.#ports.store.senders.get(hello.sender);
    const durableSeq = mark?.epoch === hello.epoch ? mark.seq : 0;
    return encodeMessage({
      type: "welcome",
      version: version.value,
      durableSeq,
      archivedSeq: this.#ports.store.marks.packedSeq(hello.sender, hello.epoch),
      maxFrameBytes: MAX_FRAME_BYTES,
      window: this.#ports.window(),
    });
  }

  /** Nothing is known of series any more: they are named anew after HELLO. */
  #beginAnew(): void {
    this.#decoder.reset();
    this.#entries = [];
    this.#unmade = 0;
    this.#mixed = false;
  }

  /** Where a series that this connection has named is none any more, as of a job that runs once a day: what came of it would be found by nobody. */
  #refuseForgotten(): Uint8Array | null {
    const { index, forgotten } = this.#ports.store;
    if (forgotten === this.#forgotten) return null;
    this.#forgotten = forgotten;
    if (!this.#entries.some(({ ref }) => ref >= 0 && !index.has(ref))) return null;
    this.#beginAnew();
    return refusal("unknown_ref", "a series of this connection made room for others; send HELLO, and name its series again", 0);
  }

  async #frame(bytes: Uint8Array): Promise<Uint8Array> {
    const { store, writer } = this.#ports;
    if (this.#identity.sender === "") return refusal("hello_first", "a FRAME came before HELLO; send HELLO and the frame again", 0);
    // Frames that wait for the same answer go on in the order they came.
    const admitting = this.#ports.admit(this.#identity);
    const refused = admitting instanceof Promise ? await admitting : admitting;
    if (refused !== null) return refusal(refused.code, refused.message, 0, refused.retryAfterMs);
    while (this.#learning !== null) await this.#learning;
    const forgotten = this.#refuseForgotten();
    if (forgotten !== null) return forgotten;
    const samples = sharedRows;
    const named = this.#decoder.size;
    const decoded = this.#decoder.decodeFlat(bytes, samples);
    if (!decoded.ok) return refusal(decoded.error.code, decoded.error.message, 0);
    const frame = decoded.value;
    const learning = this.#ports.levels(this.#identity, frame.newSeries);
    if (learning !== null) {
      // What waits keeps its rows, and its sender may have left meanwhile.
      sharedRows = new FlatColumns();
      this.#learning = learning.then((unknown) => unknown ?? this.#ports.admit(this.#identity)).finally(() => (this.#learning = null));
      const failure = await this.#learning;
      if (failure !== null) {
        // Nothing of it was taken, its names neither: the frames behind it count on them.
        this.#decoder.reset(named);
        return refusal(failure.code, failure.message, frame.seq, failure.retryAfterMs);
      }
      const meanwhile = this.#refuseForgotten();
      if (meanwhile !== null) return meanwhile;
    }
    const now = this.#ports.now();
    writer.begin(now);
    for (const series of frame.newSeries) {
      this.#hostName ??= hostOf(series.labels);
      const { temporality } = series;
      const ref = writer.refOf(series.labels, series.metadata, temporality, false);
      this.#entries.push({ ref, temporality, series: ref < 0 ? series : null, round: writer.refusals.round });
      if (ref < 0) this.#unmade += 1;
      else this.#learnMixed(ref, temporality);
    }
    const { sender } = this.#identity;
    store.marks.giveUpBefore(sender, frame.epoch, frame.oldestSeq);
    const mark = store.senders.get(sender);
    const state = mark === undefined ? null : { epoch: mark.epoch, durableSeq: mark.seq };
    const verdict = store.marks.holds(sender, frame.epoch, frame.seq)
      ? "duplicate"
      : judgeSequence(state, frame.epoch, frame.seq, frame.oldestSeq);
    if (verdict === "gap") {
      const from = state?.epoch === frame.epoch ? state.durableSeq + 1 : frame.oldestSeq;
      return refusal("sequence_gap", `frame ${frame.seq} came before ${from}; nothing of it was taken, send from ${from} on`, frame.seq);
    }
    const outcome = emptyOutcome();
    if (verdict !== "duplicate") {
      const filling = store.marks.fills(sender, frame.epoch, frame.seq);
      this.#write(samples, now, outcome, filling ? "filling" : this.#bringsHistory ? "history" : "live");
      const after = state?.epoch === frame.epoch ? state.durableSeq : null;
      store.mark({ sender, epoch: frame.epoch, seq: frame.seq, after, at: now, hostName: this.#hostName ?? mark?.hostName ?? null });
    }
    writer.frameSamples += outcome.accepted;
    const { rejected } = outcome;
    const seq = store.senders.get(sender)?.seq ?? 0;
    if (store.pending) await this.#ports.durable();
    return encodeMessage({
      type: "ack",
      epoch: frame.epoch,
      durableSeq: seq,
      archivedSeq: store.marks.packedSeq(sender, frame.epoch),
      window: this.#ports.window(),
      rejected,
    });
  }

  /** Hot path: refs of the connection become refs of the shard; differences, which need their series' total, go one by one. */
  #write(samples: FlatColumns, nowMs: number, outcome: WriteOutcome, writing: Writing): void {
    const { writer } = this.#ports;
    const { refs, times, values, length } = samples;
    const entries = this.#entries;
    if (this.#unmade > 0) this.#make(samples, nowMs);
    let from = 0;
    const writeTo = (end: number, moreFollows: boolean): void => {
      const rows = refs.subarray(from, end);
      writer.writeColumns(rows, times.subarray(from, end), values.subarray(from, end), end - from, nowMs, outcome, writing);
      if (moreFollows) writer.moreFollows(rows, end - from);
      from = end;
    };
    for (let i = 0; i < length; i++) {
      const entry = entries[refs[i] as number] as Entry;
      refs[i] = entry.ref;
      if (entry.temporality === "cumulative" || entry.ref < 0) continue;
      if (this.#mixed && i > from) writeTo(i, true);
      writer.writeOne(entry.ref, "delta", times[i] as number, values[i] as number, nowMs, outcome, writing);
      refs[i] = SKIPPED;
    }
    writeTo(length, samples.histograms.length > 0);
    for (const column of samples.histograms) {
      const entry = entries[column.ref] as Entry;
      if (entry.ref < 0) writer.refuse(entry.ref, column.timestamps, nowMs, outcome);
      else writer.write(entry.ref, entry.temporality, column, nowMs, outcome, writing);
    }
  }

  /** Series come to be with their first sample that is kept; what a bound refused is asked for again, once a round. */
  #make({ refs, times, length, histograms }: FlatColumns, nowMs: number): void {
    const { writer, store } = this.#ports;
    const { round } = writer.refusals;
    const { oldest, newest } = store.judge.timely(nowMs);
    const make = (entry: Entry, t: number): void => {
      if (entry.series === null || t < oldest || t > newest || (entry.ref !== UNTIMELY && entry.round === round)) return;
      const { labels, metadata, temporality } = entry.series;
      entry.ref = writer.refOf(labels, metadata, temporality, true);
      entry.round = round;
      if (entry.ref < 0) return;
      entry.series = null;
      this.#unmade -= 1;
      this.#learnMixed(entry.ref, temporality);
    };
    for (let i = 0; i < length; i++) make(this.#entries[refs[i] as number] as Entry, times[i] as number);
    for (const { ref, timestamps } of histograms) for (const t of timestamps) make(this.#entries[ref] as Entry, t);
  }

  #learnMixed(ref: number, temporality: Temporality): void {
    if (this.#ports.store.index.temporality(ref) !== temporality) this.#mixed = true;
  }
}

/** Taken and written in one go, so all connections share its memory. */
let sharedRows = new FlatColumns();

const hostOf = (labels: Labels): string | null => labels["host_name"] ?? null;

const refusal = (code: string, message: string, seq: number, retryAfterMs = 0): Uint8Array =>
  encodeMessage({ type: "error", code, message, retryAfterMs, seq } satisfies Message);

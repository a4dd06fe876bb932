import type { ByteReader } from "../encoding/byte-reader.ts";
import { type Result } from "../model/result.ts";
import type { SampleBatch, Temporality } from "../model/sample.ts";
import { type Labels, seriesKey } from "../model/labels.ts";
import { type Column, type NewSeries, readBody, readDictionary, writeBody } from "./columns.ts";
import { FRAME, openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import { type FlatColumns, readFlatGroups } from "./flat-columns.ts";
import { MAX_FRAME_BYTES, MAX_ID_BYTES, MAX_REFS } from "./limits.ts";
import { WireError, decoding } from "./wire-error.ts";

export type { Column, NewSeries } from "./columns.ts";

export interface DecodedFrame {
  readonly epoch: string;
  /** From 1. */
  readonly seq: number;
  /** The oldest frame the sender still has, for `judgeSequence`. */
  readonly oldestSeq: number;
  /** Their refs are consecutive and go on from the last of the frames before. */
  readonly newSeries: readonly NewSeries[];
  /** Every ref was named on this connection, by this frame or an earlier one. A ref may occur more than once. */
  readonly columns: readonly Column[];
}

/** The sending end of one connection: label sets travel once, refs after that. */
export class FrameEncoder {
  #refs = new Map<string, number>();
  /** Most label sets are the same object every time: found without building their key. */
  #known: Record<Temporality, WeakMap<Labels, number>> = { cumulative: new WeakMap(), delta: new WeakMap() };

  /** Series named so far; start over with HELLO before it reaches MAX_REFS. */
  get size(): number {
    return this.#refs.size;
  }

  /** Forgets what the connection knows: after every HELLO. */
  reset(): void {
    this.#refs = new Map();
    this.#known = { cumulative: new WeakMap(), delta: new WeakMap() };
  }

  /**
   * The FRAME message. Once encoded it must be sent, or `reset` called: later frames count on its dictionary. Throws
   * RangeError for an impossible batch (see encodeBatch), having remembered nothing.
   */
  encode(epoch: string, seq: number, batch: SampleBatch, oldestSeq = 1): Uint8Array<ArrayBuffer> {
    const newSeries: NewSeries[] = [];
    const newKeys = new Map<string, number>();
    const columns: Column[] = [];
    for (const series of batch.series) {
      const known = this.#known[series.temporality];
      let ref = known.get(series.labels);
      if (ref === undefined) {
        const key = series.temporality === "delta" ? `${seriesKey(series.labels)}\u00FFdelta` : seriesKey(series.labels);
        ref = this.#refs.get(key) ?? newKeys.get(key);
        if (ref === undefined) {
          ref = this.#refs.size + newKeys.size;
          newKeys.set(key, ref);
          newSeries.push({ ref, labels: series.labels, metadata: series.metadata, temporality: series.temporality });
        }
      }
      columns.push({
        ref,
        timestamps: series.timestamps,
        values: series.values,
        ...(series.histograms === undefined ? {} : { histograms: series.histograms }),
      });
    }
    const writer = openEnvelope(FRAME, 64 + columns.length * 12 + newSeries.length * 64);
    writer.string(epoch);
    writer.varint(seq);
    writer.varint(oldestSeq);
    writeBody(writer, newSeries, columns);
    for (const [key, ref] of newKeys) this.#refs.set(key, ref);
    for (const [i, column] of columns.entries()) {
      const series = batch.series[i];
      if (series !== undefined) this.#known[series.temporality].set(series.labels, column.ref);
    }
    return sealEnvelope(writer);
  }
}

/** The receiving end of one connection. It holds no labels, only how many refs are known: the shard keeps what they mean. */
export class FrameDecoder {
  #refs: number;

  /** `refs`: series already named on this connection, when the ref table survived and the decoder did not. */
  constructor(refs = 0) {
    this.#refs = refs;
  }

  get size(): number {
    return this.#refs;
  }

  /** On every HELLO; `refs` series are known still after a frame that was decoded and refused. */
  reset(refs = 0): void {
    this.#refs = refs;
  }

  /**
   * Must be given every frame, duplicates too: they may name series. On an error nothing is remembered. Errors:
   * `too_large`, `truncated`, `checksum_mismatch`, `malformed`, `limit_exceeded`, and `unknown_ref` when the frame counts
   * on a dictionary this end has lost: answer it as ERROR and the sender starts over with HELLO.
   */
  decode(bytes: Uint8Array): Result<DecodedFrame> {
    return decoding("frame", () => {
      const { epoch, seq, oldestSeq, reader } = openFrame(bytes);
      const { newSeries, columns } = readBody(reader);
      this.#admit(
        newSeries,
        columns.reduce((highest, column) => Math.max(highest, column.ref), -1),
      );
      return { epoch, seq, oldestSeq, newSeries, columns };
    });
  }

  /** The same with its samples in `into`, whose memory the next frame reuses. */
  decodeFlat(bytes: Uint8Array, into: FlatColumns): Result<Omit<DecodedFrame, "columns">> {
    return decoding("frame", () => {
      const { epoch, seq, oldestSeq, reader } = openFrame(bytes);
      const newSeries = readDictionary(reader);
      readFlatGroups(reader, bytes, into);
      this.#admit(newSeries, into.highestRef);
      return { epoch, seq, oldestSeq, newSeries };
    });
  }

  #admit(newSeries: readonly NewSeries[], highestRef: number): void {
    const first = newSeries[0];
    const refs = this.#refs + newSeries.length;
    if (first !== undefined && first.ref !== this.#refs)
      throw new WireError(
        "unknown_ref",
        `it names series from ${first.ref} on, this connection knows ${this.#refs}; send HELLO and the unacknowledged frames again`,
      );
    if (refs > MAX_REFS) throw new WireError("limit_exceeded", `more than ${MAX_REFS} series on one connection; start over with HELLO`);
    if (highestRef >= refs)
      throw new WireError(
        "unknown_ref",
        `series ${highestRef} was never named, this connection knows ${refs}; send HELLO and the unacknowledged frames again`,
      );
    this.#refs = refs;
  }
}

/** The head of a frame, and a reader at its body. */
function openFrame(bytes: Uint8Array): { epoch: string; seq: number; oldestSeq: number; reader: ByteReader } {
  if (bytes.length > MAX_FRAME_BYTES)
    throw new WireError("too_large", `${bytes.length} bytes, at most ${MAX_FRAME_BYTES}; split the batch`);
  const { type, reader } = readEnvelope(bytes);
  if (type !== FRAME) throw new WireError("malformed", `message type ${type} where a FRAME is due`);
  const epoch = reader.string();
  const seq = reader.varint();
  const oldestSeq = reader.varint();
  if (epoch.length > MAX_ID_BYTES || seq < 1 || oldestSeq < 1 || oldestSeq > seq)
    throw new WireError("malformed", `sequence ${seq} (oldest ${oldestSeq}) of epoch "${epoch.slice(0, 40)}"`);
  return { epoch, seq, oldestSeq, reader };
}

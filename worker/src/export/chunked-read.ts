/** `prometheus.ChunkedReadResponse` frames of remote read's STREAMED_XOR_CHUNKS (prompb/remote.proto, storage/remote/chunked.go of prometheus/prometheus). */
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { floatHistogramChunk, followsInChunk } from "./float-histogram-chunk.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";
import { writeLabels } from "./remote-read-series.ts";
import type { SeriesPiece } from "./series-pieces.ts";
import { xorChunk } from "./xor-chunk.ts";

/** `prompb.Chunk.Encoding`. */
const XOR = 1;
const FLOAT_HISTOGRAM = 3;
/** Samples a chunk of Prometheus's head has. */
const CHUNK_SAMPLES = 120;
/** A series' chunks beyond that go on in another frame (storage.remote.read-max-bytes-in-frame). */
const FRAME_BYTES = 1_048_576;

/** Length, checksum and bytes of a message. */
function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(message.length + 16);
  writer.varint(message.length);
  const sum = crc32c(message);
  for (const shift of [24, 16, 8, 0]) writer.u8((sum >>> shift) & 255);
  writer.bytes(message);
  return writer.copy();
}

/** Makes frames of pieces of series: one series each, large ones several. */
export class ChunkedFrames {
  readonly #queryIndex: number;
  #labels: Labels | null = null;
  #chunks = new ProtobufWriter();

  constructor(queryIndex: number) {
    this.#queryIndex = queryIndex;
  }

  /** What is complete before a piece and with it. Pieces of one series have the very same labels. */
  *of(piece: SeriesPiece): Generator<Uint8Array<ArrayBuffer>> {
    if (piece.labels !== this.#labels) {
      yield* this.end();
      this.#labels = piece.labels;
    }
    for (let from = 0; from < piece.timestamps.length;) {
      const to = piece.histograms?.[from] === undefined ? this.#floats(piece, from) : this.#histograms(piece, from);
      from = to;
      if (this.#chunks.length >= FRAME_BYTES) yield* this.#flush();
    }
  }

  /** The rest of the last series. */
  *end(): Generator<Uint8Array<ArrayBuffer>> {
    yield* this.#flush();
    this.#labels = null;
  }

  *#flush(): Generator<Uint8Array<ArrayBuffer>> {
    const labels = this.#labels;
    if (labels === null || this.#chunks.length === 0) return;
    const response = new ProtobufWriter();
    response.message(1, (series) => {
      writeLabels(series, labels);
      series.fields(this.#chunks.copy());
    });
    response.int(2, this.#queryIndex);
    this.#chunks = new ProtobufWriter();
    yield frame(response.copy());
  }

  #put(type: number, firstMs: number, lastMs: number, bytes: Uint8Array): void {
    this.#chunks.message(2, (chunk) => {
      chunk.int(1, firstMs);
      chunk.int(2, lastMs);
      chunk.uint(3, type);
      chunk.bytes(4, bytes);
    });
  }

  /** A chunk of floats from here; where it ends. */
  #floats({ timestamps, values, histograms }: SeriesPiece, from: number): number {
    const most = Math.min(timestamps.length, from + CHUNK_SAMPLES);
    let to = from + 1;
    while (to < most && histograms?.[to] === undefined) to++;
    const bytes = xorChunk(timestamps, values, from, to);
    this.#put(XOR, timestamps[from] ?? 0, timestamps[to - 1] ?? 0, bytes);
    return to;
  }

  #histograms({ timestamps, histograms }: SeriesPiece, from: number): number {
    const times: number[] = [];
    const chunk: NativeHistogram[] = [];
    for (let at = from; at < timestamps.length && chunk.length < CHUNK_SAMPLES; at++) {
      const one = histograms?.[at];
      const before = chunk.at(-1);
      if (one === undefined || (before !== undefined && !followsInChunk(before, one))) break;
      times.push(timestamps[at] ?? 0);
      chunk.push(one);
    }
    this.#put(FLOAT_HISTOGRAM, times[0] ?? 0, times.at(-1) ?? 0, floatHistogramChunk(times, chunk));
    return from + chunk.length;
  }
}

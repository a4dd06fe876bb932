import { crc32c } from "@sightline/shared/encoding/crc32c";
import type { SeriesSamples } from "@sightline/shared/model/sample";
import { readHistogramChunk } from "../../agent/src/import/tsdb/histogram-chunk.ts";
import { readXorChunk } from "../../agent/src/import/tsdb/xor-chunk.ts";
import { ProtobufReader } from "../../worker/src/ingest/protobuf-reader.ts";

export interface ChunkedSeries {
  readonly query: number;
  /** `name=value` in the order they came in. */
  readonly labels: readonly string[];
  readonly chunks: readonly { readonly type: number; readonly minMs: number; readonly maxMs: number; readonly samples: SeriesSamples }[];
}

function readChunk(reader: ProtobufReader): ChunkedSeries["chunks"][number] {
  let minMs = 0;
  let maxMs = 0;
  let type = 0;
  let data = new Uint8Array();
  while (reader.next()) {
    if (reader.field === 1) minMs = reader.int();
    else if (reader.field === 2) maxMs = reader.int();
    else if (reader.field === 3) type = reader.uint();
    else data = Uint8Array.from(reader.bytes());
  }
  return { type, minMs, maxMs, samples: type === 1 ? readXorChunk(data) : readHistogramChunk(type, data) };
}

/** A frame's bytes, after its length and its checksum (storage/remote/chunked.go of prometheus/prometheus). */
function* frames(stream: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  for (let at = 0; at < stream.length;) {
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      length += (byte & 127) * scale;
      if (byte < 128) break;
    }
    const sum = view.getUint32(at);
    const bytes = stream.subarray(at + 4, at + 4 + length);
    if (bytes.length < length || crc32c(bytes) !== sum) throw new Error(`the frame at ${at} is damaged`);
    yield bytes;
    at += 4 + length;
  }
}

/** What an answer of STREAMED_XOR_CHUNKS says, one entry a frame. Chunks are read by the decoder that imports Prometheus's own blocks. */
export function readChunkedAnswer(stream: Uint8Array): ChunkedSeries[] {
  const all: ChunkedSeries[] = [];
  for (const frame of frames(stream)) {
    const response = new ProtobufReader(frame);
    const labels: string[] = [];
    const chunks: ChunkedSeries["chunks"][number][] = [];
    let query = 0;
    while (response.next()) {
      if (response.field === 2) {
        query = response.int();
        continue;
      }
      const series = response.message();
      while (series.next()) {
        const inner = series.message();
        if (series.field === 2) {
          chunks.push(readChunk(inner));
          continue;
        }
        const pair = ["", ""];
        while (inner.next()) pair[inner.field - 1] = inner.string();
        labels.push(pair.join("="));
      }
    }
    all.push({ query, labels, chunks });
  }
  return all;
}

import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { ChunkedFrames } from "./chunked-read.ts";
import { type MergedReading, mergedWalk } from "./merged-walk.ts";
import type { OrderedSource } from "./ordered-walk.ts";

/** To pack a sample. */
const PACK_NS = 60;
/** Bytes that go out as one piece. */
const PIECE = 65_536;

async function* frames(
  shards: readonly OrderedSource[],
  queries: readonly SeriesQuery[],
  reading: MergedReading,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  for (const [i, query] of queries.entries()) {
    const packing = new ChunkedFrames(i);
    for await (const piece of mergedWalk(shards, query, reading)) {
      yield* packing.of(piece);
      if (pace.spend(piece.timestamps.length * PACK_NS)) await reading.pause();
    }
    yield* packing.end();
  }
}

/** Small frames together: a write of some ten bytes would cost as much as one of 64 kB. */
async function* pieces(all: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const joined = (): Uint8Array<ArrayBuffer> => {
    const piece = new Uint8Array(length);
    let at = 0;
    for (const one of waiting) {
      piece.set(one, at);
      at += one.length;
    }
    waiting = [];
    length = 0;
    return piece;
  };
  for await (const one of all) {
    waiting.push(one);
    length += one.length;
    if (length >= PIECE) yield joined();
  }
  if (length > 0) yield joined();
}

/**
 * Frames of all queries at the pace of the reader: series in the order of their labels, in memory a page of each shard.
 * Rejects when the first page is refused; a later failure errors the stream, and so breaks the connection off.
 */
export async function chunkedStream(
  shards: readonly OrderedSource[],
  queries: readonly SeriesQuery[],
  reading: MergedReading,
): Promise<ReadableStream<Uint8Array>> {
  const all = pieces(frames(shards, queries, reading));
  let ahead: IteratorResult<Uint8Array<ArrayBuffer>> | null = await all.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = ahead ?? (await all.next());
        ahead = null;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await all.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

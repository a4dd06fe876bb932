import type { SelectedSeries } from "@sightline/shared/model/sample";
import { sortByLabels } from "@sightline/shared/promql/evaluation/label-order";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { inSteps } from "../query/query-source.ts";
import { ChunkedFrames } from "./chunked-read.ts";
import { type OrderedSource, type PageReading, forgottenWalk, orderedWalk } from "./ordered-walk.ts";
import { mergedPieces } from "./series-pieces.ts";

/** To pack a sample. */
const PACK_NS = 60;
/** Bytes that go out as one piece. */
const PIECE = 65_536;

interface Reading extends PageReading {
  /** What is thrown when series that only the archive knows have more samples than `maxForgotten`: they come in no order, and are held. */
  readonly tooMany: (samples: number) => Error;
  readonly maxForgotten: number;
}

/** Days come in order, so that pieces of one series do as well. */
async function* forgotten(shard: OrderedSource, query: SeriesQuery, reading: Reading): AsyncGenerator<SelectedSeries> {
  const held: SelectedSeries[] = [];
  let samples = 0;
  for await (const one of forgottenWalk(shard, query, reading)) {
    held.push(one);
    samples += one.timestamps.length;
    if (samples > reading.maxForgotten) throw reading.tooMany(reading.maxForgotten);
  }
  yield* await inSteps(sortByLabels(held, new Pace()), reading.pause);
}

async function* frames(
  shards: readonly OrderedSource[],
  queries: readonly SeriesQuery[],
  reading: Reading,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  for (const [i, query] of queries.entries()) {
    const packing = new ChunkedFrames(i);
    const walks = shards.flatMap((shard) => [forgotten(shard, query, reading), orderedWalk(shard, query, reading)]);
    for await (const piece of mergedPieces(walks)) {
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
  reading: Reading,
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

import type { Labels } from "@sightline/shared/model/labels";
import type { Failure, Result } from "@sightline/shared/model/result";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { SeriesShardRpc } from "../objects/rpc.ts";
import type { ExportFormat } from "./export-format.ts";
import { type OrderedSource, type PageReading, forgottenWalk, orderedWalk } from "./ordered-walk.ts";
import { mergedPieces } from "./series-pieces.ts";

/** What pages in no order need of a shard. */
type ExportSource = Pick<SeriesShardRpc, "exportPage">;

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;
/** Characters that go out as one piece. */
const PIECE = 32 * 1024;
/** To write a character, and to pack it. */
const CHARACTER_NS = 30;

/** Shard after shard, page after page, each asked for when the one before has been taken; `pause` lets others go first in between. */
export async function* batches(
  shards: readonly ExportSource[],
  query: SeriesQuery,
  unwrap: <T>(result: Result<T>) => T,
  pause: () => Promise<void>,
): AsyncGenerator<SampleBatch> {
  let left = query.limit;
  for (const shard of shards) {
    const part = { ...query, limit: left };
    let page = unwrap(await shard.exportPage(part, null));
    for (;;) {
      const { batch, matched, next } = page;
      yield unwrap(decodeBatch(new Uint8Array(batch)));
      if (next === null) {
        left -= query.limit > 0 ? matched : 0;
        break;
      }
      await pause();
      page = unwrap(await shard.exportPage(part, next));
    }
    if (query.limit > 0 && left <= 0) return;
  }
}

async function* seriesOf(parts: AsyncGenerator<SampleBatch>): AsyncGenerator<BatchSeries> {
  for await (const { series } of parts) yield* series;
}

/**
 * Of several shards, each label set once, in the order of labels: of two samples of one time, which a sender leaves that
 * moved and sent one again, that of the later shard. In memory are two pages of each shard. What only archives know comes in no such
 * order, so that it is passed on as it is: before all else, for what comes later in a file counts; where the number of series is limited, last.
 */
async function* merged(shards: readonly OrderedSource[], query: SeriesQuery, reading: PageReading): AsyncGenerator<BatchSeries> {
  const { limit } = query;
  if (limit === 0) for (const shard of shards) yield* forgottenWalk(shard, query, reading);
  let labels: Labels | null = null;
  let series = 0;
  for await (const piece of mergedPieces(shards.map((shard) => orderedWalk(shard, query, reading)))) {
    if (piece.labels !== labels && ++series > limit && limit > 0) return;
    labels = piece.labels;
    yield { ...piece, metadata: piece.metadata ?? UNKNOWN, temporality: "cumulative" };
  }
  if (limit > 0 && series < limit) for (const shard of shards) yield* forgottenWalk(shard, query, reading);
}

async function* texts(format: ExportFormat, all: AsyncGenerator<BatchSeries>): AsyncGenerator<string> {
  const writer = format.writer();
  let text = writer.begin();
  for await (const one of all) {
    text += writer.series(one);
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  yield text + writer.end();
}

/**
 * Bytes at the pace of the reader: the next page is asked for when what came before has been taken. Rejects when the first
 * page is refused, with what `failure` makes of it; a later failure errors the stream, and so breaks the connection off:
 * a whole answer is one that ended well.
 */
export async function exportStream(
  format: ExportFormat,
  shards: readonly OrderedSource[],
  query: SeriesQuery,
  failure: (failed: Failure) => Error,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<ReadableStream<Uint8Array>> {
  const unwrap = <T>(result: Result<T>): T => {
    if (!result.ok) throw failure(result.error);
    return result.value;
  };
  const single = shards.length <= 1;
  const pieces = texts(format, single ? seriesOf(batches(shards, query, unwrap, pause)) : merged(shards, query, { unwrap, pause }));
  const first = await pieces.next();
  const encoder = new TextEncoder();
  const pace = new Pace(SHARE_NS, SHARE_NS);
  let ahead: IteratorResult<string> | null = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = ahead ?? (await pieces.next());
        ahead = null;
        if (done === true) controller.close();
        else {
          controller.enqueue(encoder.encode(value));
          if (pace.spend(value.length * CHARACTER_NS)) await pause();
        }
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

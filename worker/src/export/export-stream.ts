import type { Failure, Result } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { SeriesShardRpc } from "../objects/rpc.ts";
import type { ExportFormat } from "./export-format.ts";

/** What an export needs of a shard. */
export type ExportSource = Pick<SeriesShardRpc, "exportPage">;

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

async function* texts(format: ExportFormat, parts: AsyncGenerator<SampleBatch>): AsyncGenerator<string> {
  const writer = format.writer();
  let text = writer.begin();
  for await (const { series } of parts) {
    for (const one of series) {
      text += writer.series(one);
      if (text.length < PIECE) continue;
      yield text;
      text = "";
    }
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
  shards: readonly ExportSource[],
  query: SeriesQuery,
  failure: (failed: Failure) => Error,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<ReadableStream<Uint8Array>> {
  const unwrap = <T>(result: Result<T>): T => {
    if (!result.ok) throw failure(result.error);
    return result.value;
  };
  const pieces = texts(format, batches(shards, query, unwrap, pause));
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

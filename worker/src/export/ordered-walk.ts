import type { Result } from "@sightline/shared/model/result";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { OrderedCursor, OrderedPage } from "../objects/ordered-pages-rpc.ts";
import type { ArchiveCursor, ExportCursor, ExportPage, SeriesShardRpc } from "../objects/rpc.ts";

/** What is read of a shard in the order of labels, and what of the rest. */
export type OrderedSource = Pick<SeriesShardRpc, "orderedPage" | "exportPage">;

/** How pages are asked for: a refused one throws what `unwrap` makes of it; `pause` lets others go first in between. */
export interface PageReading {
  readonly unwrap: <T>(result: Result<T>) => T;
  readonly pause: () => Promise<void>;
}

/** Before every row: an export that goes on here gives what the object has forgotten. */
const BEFORE_ARCHIVE: ArchiveCursor = { archivedRun: -1, archivedRow: -1 };

/** Everything that matches in a shard but what it has forgotten, in pieces of series, in the order of labels. */
export async function* orderedWalk(shard: OrderedSource, query: SeriesQuery, { unwrap, pause }: PageReading): AsyncGenerator<BatchSeries> {
  let cursor: OrderedCursor | null = null;
  do {
    const page: OrderedPage = unwrap(await shard.orderedPage(query, cursor));
    yield* unwrap(decodeBatch(new Uint8Array(page.batch))).series;
    cursor = page.next;
    if (cursor !== null) await pause();
  } while (cursor !== null);
}

/** Pieces of the series that only a shard's archive knows, day by day, in no other order. */
export async function* forgottenWalk(
  shard: OrderedSource,
  query: SeriesQuery,
  { unwrap, pause }: PageReading,
): AsyncGenerator<BatchSeries> {
  let cursor: ExportCursor | null = BEFORE_ARCHIVE;
  while (cursor !== null) {
    const page: ExportPage = unwrap(await shard.exportPage(query, cursor));
    yield* unwrap(decodeBatch(new Uint8Array(page.batch))).series;
    cursor = page.next;
    if (cursor !== null) await pause();
  }
}

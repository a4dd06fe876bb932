import { describe, expect, it } from "vitest";
import { fail } from "@sightline/shared/model/result";
import { CSV } from "../../worker/src/export/csv.ts";
import { type ExportSource, exportStream } from "../../worker/src/export/export-stream.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const QUERY = { matchers: ['{__name__=~".+"}'], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };
const failure = ({ message }: { readonly message: string }): Error => new Error(message);

interface Counted extends ExportSource {
  pages: number;
}

/** A shard of 40 series with 100 samples each, in pages of 500 samples; from the page `breaksAt` on it is gone. */
async function shard(host: string, breaksAt = Infinity): Promise<Counted> {
  const { core } = openShard(new NodeDatabase());
  const times = Array.from({ length: 100 }, (_, i) => [NOON - 100_000 + i * 1000, i] as const);
  await core.appendBatch(
    CONTEXT,
    batchOf(...Array.from({ length: 40 }, (_, s) => gauge({ __name__: "load", host, core: `c${s}` }, times))),
  );
  const source: Counted = {
    pages: 0,
    exportPage: async (query, cursor) => {
      source.pages++;
      return source.pages > breaksAt ? fail("unavailable", "the shard is gone") : exportPage(core.reads, null, query, cursor, 500);
    },
  };
  return source;
}

async function read(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

describe("an export as a stream", () => {
  it("has every shard's samples, one shard after the other", async () => {
    const shards = [await shard("a"), await shard("b")];
    const lines = (await read(await exportStream(CSV, shards, QUERY, failure))).trim().split("\n");
    expect(lines.length).toBe(1 + 2 * 4000);
    expect(lines.findIndex((line) => line.includes('""b""'))).toBe(4001);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it("a limit is of series over all shards", async () => {
    const shards = [await shard("a"), await shard("b")];
    const lines = async (limit: number): Promise<number> =>
      (await read(await exportStream(CSV, shards, { ...QUERY, limit }, failure))).trim().split("\n").length - 1;
    expect(await lines(3)).toBe(300);
    expect(await lines(45)).toBe(4500);
    expect(await lines(100)).toBe(8000);
  });

  it("asks for no page that nobody reads", async () => {
    const source = await shard("a");
    const reader = (await exportStream(CSV, [source], QUERY, failure)).getReader();
    await reader.read();
    const asked = source.pages;
    expect(asked).toBeLessThan(6);
    await reader.cancel();
    expect(source.pages).toBe(asked);
  });

  it("is refused before it begins, or broken off in the middle: never an end that is none", async () => {
    await expect(exportStream(CSV, [await shard("a", 0)], QUERY, failure)).rejects.toThrow("the shard is gone");
    const stream = await exportStream(CSV, [await shard("a"), await shard("b", 1)], QUERY, failure);
    await expect(read(stream)).rejects.toThrow("the shard is gone");
  });
});

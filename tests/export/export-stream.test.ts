import { describe, expect, it } from "vitest";
import { fail } from "@sightline/shared/model/result";
import { CSV } from "../../worker/src/export/csv.ts";
import { exportStream } from "../../worker/src/export/export-stream.ts";
import type { OrderedSource } from "../../worker/src/export/ordered-walk.ts";
import { JSON_LINES } from "../../worker/src/export/json-lines.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { orderedPage } from "../../worker/src/query/ordered-pages.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";

const QUERY = { matchers: ['{__name__=~".+"}'], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };
const failure = ({ message }: { readonly message: string }): Error => new Error(message);

interface Counted extends OrderedSource {
  pages: number;
}

const immediately = (): Promise<void> => Promise.resolve();

/** A shard of these series in pages of 500 samples; from the page `breaksAt` on it is gone. */
async function shardOf(series: Parameters<typeof batchOf>, breaksAt = Infinity): Promise<Counted> {
  const { core } = openShard(new NodeDatabase());
  await core.appendBatch(CONTEXT, batchOf(...series));
  const gone = () => ++source.pages > breaksAt;
  const source: Counted = {
    pages: 0,
    exportPage: async (query, cursor) =>
      gone() ? fail("unavailable", "the shard is gone") : exportPage(core.reads, null, query, cursor, 500),
    orderedPage: async (query, cursor) =>
      gone() ? fail("unavailable", "the shard is gone") : orderedPage(core.reads, null, query, cursor, immediately, 500),
  };
  return source;
}

/** 40 series with 100 samples each. */
function shard(host: string, breaksAt = Infinity): Promise<Counted> {
  const times = Array.from({ length: 100 }, (_, i) => [NOON - 100_000 + i * 1000, i] as const);
  const series = Array.from({ length: 40 }, (_, s) => gauge({ __name__: "load", host, core: `c${s}` }, times));
  return shardOf(series, breaksAt);
}

async function read(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

describe("an export as a stream", () => {
  it("has every shard's samples, in the order of labels", async () => {
    const shards = [await shard("a"), await shard("b")];
    const lines = (await read(await exportStream(CSV, shards, QUERY, failure))).trim().split("\n");
    expect(lines.length).toBe(1 + 2 * 4000);
    expect(lines.findIndex((line) => line.includes('""b""'))).toBe(101);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it("a sample sent again after its sender had moved comes once, as it was sent last, and its series in one piece after another", async () => {
    const of = (from: number, to: number, by: number) =>
      gauge(
        { __name__: "moved", host: "c" },
        Array.from({ length: to - from }, (_, i) => [NOON - 1_000_000 + (from + i) * 1000, (from + i) * by] as const),
        { metadata: { type: "counter", unit: "", help: "All" } },
      );
    const other = gauge({ __name__: "load", host: "z" }, [[NOON - 1000, 1]]);
    // What the second shard took over began before the end of what the first one has.
    const shards = [await shardOf([of(0, 900, 1), other]), await shardOf([of(600, 1000, -1)]), await shard("a")];
    const lines = (await read(await exportStream(JSON_LINES, shards, QUERY, failure)))
      .trim()
      .split("\n")
      .map(
        (line) => JSON.parse(line) as { metric: { __name__: string }; timestamps: number[]; values: number[]; metadata: { type: string } },
      );
    const moved = lines.filter(({ metric }) => metric.__name__ === "moved");
    expect(moved.flatMap(({ timestamps }) => timestamps)).toEqual(Array.from({ length: 1000 }, (_, i) => NOON - 1_000_000 + i * 1000));
    expect(moved.flatMap(({ values }) => values)).toEqual(Array.from({ length: 1000 }, (_, i) => (i < 600 ? i : -i)));
    expect(new Set(moved.map(({ metadata }) => metadata.type))).toEqual(new Set(["counter"]));
    const places = lines.flatMap(({ metric }, i) => (metric.__name__ === "moved" ? [i] : []));
    expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBe(places.length - 1);
    const counted = async (limit: number): Promise<number> =>
      new Set(
        (await read(await exportStream(CSV, shards, { ...QUERY, matchers: ["moved", '{host="z"}'], limit }, failure)))
          .trim()
          .split("\n")
          .slice(1)
          .map((line) => line.slice(0, 5)),
      ).size;
    expect([await counted(1), await counted(2), await counted(3)]).toEqual([1, 2, 2]);
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
    const stream = await exportStream(CSV, [await shard("a"), await shard("b", 3)], QUERY, failure);
    await expect(read(stream)).rejects.toThrow("the shard is gone");
  });
});

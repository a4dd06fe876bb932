import { describe, expect, it } from "vitest";
import { fail } from "@sightline/shared/model/result";
import { chunkedStream } from "../../worker/src/export/chunked-stream.ts";
import type { OrderedSource } from "../../worker/src/export/ordered-walk.ts";
import { exportPage } from "../../worker/src/query/export-pages.ts";
import { orderedPage } from "../../worker/src/query/ordered-pages.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "../storage/shard-fixture.ts";
import { readChunkedAnswer } from "../support/chunked-read.ts";
import { NodeDatabase } from "../support/node-database.ts";

const DAY = 86_400_000;
const QUERY = { matchers: ['{__name__=~".+"}'], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 0 };
const immediately = (): Promise<void> => Promise.resolve();

interface Counted extends OrderedSource {
  pages: number;
  readonly append: (t: number, ...series: Parameters<typeof batchOf>) => Promise<void>;
  readonly flush: () => void;
}

/** A shard in pages of `pageSamples`; from the page `breaksAt` on it is gone. */
function shard(pageSamples = 1000, breaksAt = Infinity): Counted {
  const fixture = openShard(new NodeDatabase(), { now: NOON - 3 * DAY });
  const source: Counted = {
    pages: 0,
    orderedPage: async (query, cursor) => {
      source.pages++;
      if (source.pages > breaksAt) return fail("unavailable", "the shard is gone");
      return orderedPage(fixture.core.reads, null, query, cursor, immediately, pageSamples);
    },
    exportPage: (query, cursor) => exportPage(fixture.core.reads, null, query, cursor),
    append: async (t, ...series) => {
      fixture.now = t;
      await fixture.core.appendBatch(CONTEXT, batchOf(...series));
    },
    flush: () => fixture.core.flush(fixture.now),
  };
  return source;
}

async function answer(shards: readonly OrderedSource[], query = QUERY): Promise<Map<string, (readonly [number, number])[]>> {
  const unwrap = <T>(
    result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly message: string } },
  ): T => {
    if (result.ok) return result.value;
    throw new Error(result.error.message);
  };
  const tooMany = (): Error => new Error("too many");
  const stream = await chunkedStream(shards, [query], { unwrap, pause: immediately, tooMany, maxForgotten: 1000 });
  const all = new Map<string, (readonly [number, number])[]>();
  let last = "";
  for (const { labels, chunks } of readChunkedAnswer(new Uint8Array(await new Response(stream).arrayBuffer()))) {
    const key = labels.join();
    const samples = all.get(key) ?? [];
    // A series goes on at once or not at all.
    if (all.has(key)) expect(last).toBe(key);
    last = key;
    all.set(key, samples);
    for (const { samples: chunk } of chunks) for (const [i, t] of chunk.timestamps.entries()) samples.push([t, chunk.values[i] ?? NaN]);
  }
  return all;
}

/** Three days of an hour each of 30 series, most of them in blocks. */
async function fill(one: Counted, host: string): Promise<void> {
  for (let hour = 0; hour < 72; hour++) {
    const at = NOON - 3 * DAY + hour * 3_600_000;
    const series = Array.from({ length: 30 }, (_, i) =>
      gauge({ __name__: i % 3 === 0 ? "up" : "load", host, n: `${i}` }, [
        [at - 1000, hour + i],
        [at, hour - i],
      ]),
    );
    await one.append(at, ...series);
    if (hour % 20 === 19) one.flush();
  }
}

describe("an answer of chunks", () => {
  it("has every sample once, series in the order of their labels, however small the pages are", async () => {
    const sizes = [10, 1000, 1_000_000];
    const answers = [];
    for (const size of sizes) {
      const one = shard(size);
      await fill(one, "a");
      answers.push(await answer([one]));
      expect(one.pages).toBe(size === 1_000_000 ? 1 : one.pages);
      if (size === 10) expect(one.pages).toBeGreaterThan(60);
    }
    const [first] = answers;
    expect(first?.size).toBe(30);
    expect([...(first?.keys() ?? [])]).toEqual([...(first?.keys() ?? [])].sort());
    for (const samples of first?.values() ?? []) {
      expect(samples.length).toBe(144);
      expect(samples.map(([t]) => t)).toEqual(samples.map(([t]) => t).sort((a, b) => a - b));
    }
    expect(answers[1]).toEqual(first);
    expect(answers[2]).toEqual(first);
  });

  it("has the series of several shards in one order, and those that lie in two as one series", async () => {
    const shards = [shard(50), shard(70)];
    await fill(shards[0] as Counted, "a");
    await fill(shards[1] as Counted, "b");
    const shared = { __name__: "moved", host: "c" };
    const times = Array.from({ length: 300 }, (_, i) => NOON + i * 1000);
    for (const [s, one] of shards.entries()) {
      const part = times.filter((_, i) => Math.floor(i / 7) % 2 === s || i % 50 === 0);
      await one.append(
        NOON + 300_000,
        gauge(
          shared,
          part.map((t) => [t, s] as const),
        ),
      );
    }
    const all = await answer(shards);
    expect(all.size).toBe(61);
    expect([...all.keys()]).toEqual([...all.keys()].sort());
    const moved = all.get("__name__=moved,host=c");
    expect(moved?.map(([t]) => t)).toEqual(times);
    // Of two at one time the later shard's.
    expect(moved?.filter((_, i) => i % 50 === 0).every(([, value]) => value === 1)).toBe(true);
  });

  it("has the samples asked for, both ends included", async () => {
    const one = shard();
    await fill(one, "a");
    const at = NOON - 2 * DAY;
    const all = await answer([one], { ...QUERY, matchers: ['up{n="0"}'], startMs: at - 1000, endMs: at + 3_600_000 });
    expect([...all.values()].map((samples) => samples.map(([t]) => t - at))).toEqual([[-1000, 0, 3_599_000, 3_600_000]]);
  });

  it("is refused when the first page is, and breaks off at a later one", async () => {
    const gone = shard(1000, 0);
    await expect(answer([gone])).rejects.toThrow("the shard is gone");
    const breaks = shard(100, 3);
    await fill(breaks, "a");
    await expect(answer([breaks])).rejects.toThrow();
  });
});

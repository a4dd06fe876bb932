import { expect, test } from "vitest";
import { storageOf } from "./engine-support.ts";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import type { QuerySource } from "../../worker/src/query/query-source.ts";
import { READER_TURNS } from "../../worker/src/query/reader-turns.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";

const storage = storageOf(1000, 'x{i="1"} 1+1x3000', 'x{i="2"} 2+1x3000', 'x{i="3"} 3+1x3000');
const noPause = () => Promise.resolve();

/** A clock that moves a second whenever it is asked. */
function source(features = "", tick = 0): QuerySource {
  let now = 0;
  return { select: storage.select, now: () => (now += tick), profile: shardProfile("local", features) };
}

async function answer(from: QuerySource, query: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const result = await answerQuery(from, { query, startMs: 60_000, endMs: 60_000, stepMs: 0, ...more }, noPause);
  return result.ok ? (JSON.parse(new TextDecoder().decode(result.value)) as Record<string, unknown>) : { ...result.error };
}

test("experimental functions are known only with the feature of Prometheus's name", async () => {
  expect(await answer(source(), "mad_over_time(x[1m])")).toMatchObject({
    code: "bad_data",
    message: 'invalid parameter "query": 1:1: parse error: function "mad_over_time" is not enabled',
  });
  expect(await answer(source("promql-experimental-functions"), "limitk(1, x)")).toMatchObject({ status: "success" });
});

test("a limit leaves out series and says so", async () => {
  const limited = await answer(source(), "x", { limit: 2 });
  expect(limited).toMatchObject({ warnings: ["results truncated due to limit"] });
  expect((limited["data"] as { readonly result: unknown[] }).result).toHaveLength(2);
});

test("a query that takes longer than it may is a timeout, with the limit's length", async () => {
  const timestamps = Float64Array.from({ length: 1000 }, (_, i) => i * 1000 + 1);
  const many = Array.from({ length: 3000 }, (_, i) => ({ labels: { __name__: "x", i: String(i) }, timestamps, values: timestamps }));
  const slow: QuerySource = { ...source("", 1500), select: () => many };
  const range = { startMs: 0, endMs: 1_000_000, stepMs: 1000, timeoutMs: 2000 };
  expect(await answer(slow, "sum(x)", range)).toMatchObject({ code: "timeout", message: expect.stringContaining("the limit is 2 s") });
});

test("one that was late for its first turn is told of its time alone, not of others that were not there", async () => {
  const sample = { timestamps: Float64Array.of(59_000), values: Float64Array.of(1) };
  const many = Array.from({ length: 20_000 }, (_, i) => ({ labels: { __name__: "x", i: String(i) }, ...sample }));
  const late: QuerySource = { ...source("", 1500), select: () => many };
  expect(await answer(late, "sum(x)", { timeoutMs: 1 })).toMatchObject({
    code: "timeout",
    message: "query timed out in expression evaluation: the limit is 0.001 s; ask for less time or fewer series",
  });
});

test("a query too short to stop is late as well when it has even less time", async () => {
  expect(await answer(source("", 2), "sum(x)", { timeoutMs: 1 })).toMatchObject({ code: "timeout" });
  expect(await answer(source("", 2), "sum(x)", { timeoutMs: 100 })).toMatchObject({ status: "success" });
});

test("the samples of all windows are counted", async () => {
  expect(await answer(source(), "sum_over_time(x[30s]) + sum_over_time(x[10s])", { stats: true })).toMatchObject({
    data: { stats: { samples: { totalQueryableSamples: 120, peakSamples: 90, peakBytes: expect.any(Number) } } },
  });
});

test("a long text is parsed in its turn, and others have theirs before it is evaluated", async () => {
  const answered = [READER_TURNS.ask(), READER_TURNS.ask()];
  const pauses = async (query: string, computedNs: number): Promise<number> => {
    let count = 0;
    READER_TURNS.computed(computedNs);
    await answerQuery(source(), { query, startMs: 60_000, endMs: 60_000, stepMs: 0 }, async () => void count++);
    return count;
  };
  const sum = Array.from({ length: 8000 }, () => "1").join(" + ");
  // What is wrong is found out in its turn, too.
  expect(await pauses(`${sum} +`, 1e9)).toBe(2);
  expect(await pauses(sum, 1e9)).toBeGreaterThanOrEqual(2);
  expect(await pauses("1 +", 1e9)).toBe(0);
  for (const end of answered) end();
  expect(await pauses("1", 0)).toBe(0);
});

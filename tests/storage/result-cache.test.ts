/** What is kept of range queries is what evaluating them anew gives, whatever came in between. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { PlanLog } from "../../worker/src/shard/plan-log.ts";
import { nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { SeriesReads } from "../../worker/src/query/series-reads.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON, openStore, refOf } from "./open-store.ts";
import { HISTOGRAM } from "./shard-fixture.ts";

const QUERIES = [
  "m_total",
  "rate(m_total[2m])",
  "sum by (job) (rate(m_total[2m]))",
  "topk(1, m_total)",
  "m_total offset -1m",
  "max_over_time(m_total[3m:30s])",
  'absent(m_total{job="none"})',
  "m_total > bool 5 and m_total",
  "m_total @ end()",
  "m_total * (end() - 1700000000)",
  "vector(time())",
];

function opened(): { readonly store: SeriesStore; readonly reads: SeriesReads } {
  const database = new NodeDatabase();
  const store = openStore(database, NOON, { outOfOrderMs: 30 * MINUTE });
  const evaluation = nullEvaluation();
  return {
    store,
    reads: new SeriesReads(store, evaluation, new PlanLog(database), shardProfile("local", "promql-experimental-functions"), () => NOON),
  };
}

const pause = (): Promise<void> => Promise.resolve();

async function answer(
  reads: SeriesReads,
  query: string,
  startMs: number,
  endMs: number,
  stepMs: number,
  noCache: boolean,
): Promise<string> {
  const result = await answerQuery(reads, { query, startMs, endMs, stepMs, noCache }, pause);
  if (!result.ok) throw new Error(result.error.message);
  return new TextDecoder().decode(result.value);
}

const append = fc.record({
  series: fc.integer({ min: 0, max: 4 }),
  // In units of 5 s since the newest of all; seldom older.
  at: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.integer({ min: -200, max: 0 }) }),
  value: fc.integer({ min: 0, max: 1000 }),
});
const question = fc.record({
  query: fc.constantFrom(...QUERIES),
  span: fc.integer({ min: 2, max: 60 }),
  before: fc.integer({ min: -3, max: 10 }),
  step: fc.constantFrom(15_000, 30_000),
});

test("a known step is what it would be if it were evaluated anew", async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(append, question), { minLength: 60, maxLength: 120 }), async (operations) => {
      const { store, reads } = opened();
      const find = vi.spyOn(reads.results, "find");
      let newest = NOON - 60 * MINUTE;
      for (const operation of operations) {
        if ("series" in operation) {
          const t = newest + operation.at * 5000;
          newest = Math.max(newest, t);
          const ref = refOf(store, "m_total", { i: String(operation.series), job: `j${operation.series % 2}` });
          store.append(ref, t, operation.value, NOON);
          continue;
        }
        const endMs = Math.floor(newest / operation.step) * operation.step - operation.before * operation.step;
        const startMs = endMs - operation.span * operation.step;
        const known = await answer(reads, operation.query, startMs, endMs, operation.step, false);
        expect(JSON.parse(known)).toEqual(JSON.parse(await answer(reads, operation.query, startMs, endMs, operation.step, true)));
      }
      hits += find.mock.results.filter((result) => result.value !== null).length;
    }),
    { numRuns: 60 },
  );
  expect(hits).toBeGreaterThan(50);
});

test("who asks again pays for the new steps alone, and a late sample takes away those from its time on", async () => {
  const { store, reads } = opened();
  const ref = refOf(store, "m_total");
  const from = NOON - 30 * MINUTE;
  for (let k = 0; k < 100; k++) store.append(ref, from + k * 15_000, k, NOON);
  const read = vi.spyOn(reads, "selectStepwise");
  const ask = (endMs: number): Promise<string> => answer(reads, "sum(m_total)", from, endMs, 15_000, false);
  const firstRead = (): number => (read.mock.lastCall?.[0].endMs ?? 0) - (read.mock.lastCall?.[0].startMs ?? 0);
  await ask(from + 50 * 15_000);
  expect(read).toHaveBeenCalledTimes(1);
  await ask(from + 50 * 15_000);
  expect(read).toHaveBeenCalledTimes(1);
  await ask(from + 52 * 15_000);
  expect([read.mock.calls.length, firstRead()]).toEqual([2, 300_000 + 15_000]);
  store.append(ref, from + 40 * 15_000 + 1, 7, NOON);
  await ask(from + 52 * 15_000);
  expect([read.mock.calls.length, firstRead()]).toEqual([3, 300_000 + 11 * 15_000]);
});

test("steps of native histograms after known ones of floats are histograms, and are not kept", async () => {
  const { store, reads } = opened();
  const from = NOON - 10 * MINUTE;
  const [floats, took] = [refOf(store, "m_total"), refOf(store, "took_seconds")];
  for (let k = 0; k < 9; k++) store.append(floats, from + k * 15_000, k, NOON);
  const [over, ended] = ["m_total", "sum(took_seconds) or vector(0)"];
  const ask = (query: string, noCache: boolean): Promise<string> => answer(reads, query, from, NOON, 15_000, noCache);
  const before = await Promise.all([over, ended].map((query) => ask(query, false)));
  expect(before.join()).not.toContain("histograms");
  for (const ref of [floats, took]) store.appendHistogram(ref, from + 20 * 15_000, HISTOGRAM, NOON);
  for (const query of [over, ended, over, ended]) {
    const known = await ask(query, false);
    expect(known).toContain("histograms");
    expect(JSON.parse(known)).toEqual(JSON.parse(await ask(query, true)));
  }
});

test("a batch of columns takes steps away as single samples do, and nothing is counted while nothing is kept", async () => {
  const { store, reads } = opened();
  const ref = refOf(store, "m_total");
  store.append(ref, NOON - 10 * MINUTE, 1, NOON);
  expect(store.appended.watching).toBe(false);
  const ask = (): Promise<string> => answer(reads, "m_total", NOON - 10 * MINUTE, NOON, 15_000, false);
  await ask();
  expect(store.appended.watching).toBe(true);
  store.appendColumns(Int32Array.of(ref), Float64Array.of(NOON - 5 * MINUTE), Float64Array.of(9), 1, NOON, new Uint8Array(1));
  expect(JSON.parse(await ask())).toEqual(JSON.parse(await answer(reads, "m_total", NOON - 10 * MINUTE, NOON, 15_000, true)));
});

test("the very same question is answered with what was written before, until a sample of its time comes", async () => {
  const { store, reads } = opened();
  const ref = refOf(store, "m_total");
  const from = NOON - 30 * MINUTE;
  for (let k = 0; k < 100; k++) store.append(ref, from + k * 15_000, k, NOON);
  const find = vi.spyOn(reads.results, "find");
  const ask = (): Promise<string> => answer(reads, "m_total", from, from + 50 * 15_000, 15_000, false);
  const first = await ask();
  expect(await ask()).toBe(first);
  expect(find).toHaveBeenCalledTimes(1);
  store.append(ref, from + 101 * 15_000, 5, NOON);
  expect(await ask()).toBe(first);
  expect(find).toHaveBeenCalledTimes(1);
  store.append(ref, from + 30 * 15_000 + 1, 7, NOON);
  await ask();
  expect(find).toHaveBeenCalledTimes(2);
  expect(await ask()).toBe(await answer(reads, "m_total", from, from + 50 * 15_000, 15_000, true));
});

test("an answer that a sample overtook while it was written is not kept, whoever asked the same meanwhile", async () => {
  const { store, reads } = opened();
  const ref = refOf(store, "m_total");
  const from = NOON - 30 * MINUTE;
  for (let k = 0; k < 100; k++) store.append(ref, from + k * 15_000, k, NOON);
  const steps = { key: "q", startMs: from, endMs: from + 60_000, stepMs: 15_000, leadMs: 0 };
  const slow = reads.results.begin();
  store.append(ref, from + 1, 7, NOON);
  const quick = reads.results.begin();
  reads.results.keep(steps, [], quick);
  reads.results.write(steps, new ArrayBuffer(1), slow);
  expect(reads.results.written(steps)).toBeNull();
  const later = reads.results.begin();
  reads.results.write(steps, new ArrayBuffer(2), later);
  expect(reads.results.written(steps)?.byteLength).toBe(2);
});

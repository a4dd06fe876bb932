import { writeQueryResult } from "@sightline/shared/promql/prometheus-json";
import { expect, test } from "vitest";
import { answerQuery, runQuery } from "../../worker/src/query/prometheus-query.ts";
import { SeriesReads } from "../../worker/src/query/series-reads.ts";
import { nullEvaluation } from "../../worker/src/shard/null-evaluation.ts";
import { PlanLog } from "../../worker/src/shard/plan-log.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { dropIdleSlabs, keptSlabBytes, ValueSlabs } from "../../worker/src/storage/value-slabs.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON, openStore, refOf } from "./open-store.ts";

const SERIES = 60;
const SAMPLES = 2000;
const EACH_MS = 6000;

function loaded(): SeriesReads {
  const database = new NodeDatabase();
  const store = openStore(database);
  const refs = Int32Array.from({ length: SERIES }, (_, i) => refOf(store, "m_total", { host: `h${i}`, job: `j${i % 3}` }));
  const verdicts = new Uint8Array(SERIES);
  for (let k = 0; k < SAMPLES; k++) {
    const times = new Float64Array(SERIES).fill(NOON - (SAMPLES - k) * EACH_MS);
    const values = Float64Array.from(refs, (_, i) => (i % 5 === 0 ? (k * 7919) % 1000 : k * i + (k % 3)));
    store.appendColumns(refs, times, values, SERIES, NOON, verdicts, "history");
    store.commit(NOON, null);
  }
  store.flush(NOON, () => undefined);
  return new SeriesReads(store, nullEvaluation(), new PlanLog(database), shardProfile("local", ""), () => NOON);
}

/** What would be kept for the next query holds something else from now on. */
function overwrite(): void {
  const next = new ValueSlabs();
  for (let i = 0; i < 12; i++) next.take().fill(-1e9);
  next.giveBack(NOON);
}

/** Selectors that are read each by itself, so that a query is long enough to stop. */
const apart = (fn: string): string =>
  Array.from({ length: 12 }, (_, i) => `sum by (job) (${fn}(m_total{host!="none${i}"}[${i + 2}m]))`).join(" + ");

const RANGE = { startMs: NOON - 180 * MINUTE, endMs: NOON, stepMs: MINUTE };
const QUESTIONS = [
  { query: apart("rate"), ...RANGE },
  { query: apart("max_over_time"), ...RANGE },
  { query: "quantile_over_time(0.9, m_total[10m])", ...RANGE },
  { query: "max_over_time(m_total[1h:1m])", ...RANGE },
  { query: "m_total", ...RANGE },
  { query: "m_total[1d]", startMs: NOON, endMs: NOON, stepMs: 0 },
  { query: "last_over_time(m_total[1d])", startMs: NOON, endMs: NOON, stepMs: 0 },
];

test("queries among each other are answered as if each had arrays of its own, and what is kept of them stays as it was", async () => {
  const reads = loaded();
  const expected = QUESTIONS.map((question) => {
    const result = runQuery(reads, question);
    if (!result.ok) throw new Error(result.error.message);
    return new TextDecoder().decode(writeQueryResult(result.value));
  });
  let pauses = 0;
  const ask = async (question: (typeof QUESTIONS)[number]): Promise<string> => {
    const pause = (): Promise<void> => {
      pauses++;
      overwrite();
      return new Promise((resolve) => setImmediate(resolve));
    };
    const answer = await answerQuery(reads, question, pause);
    overwrite();
    if (!answer.ok) throw new Error(answer.error.message);
    return new TextDecoder().decode(answer.value);
  };
  // The second round is answered from what the first one left.
  for (let round = 0; round < 2; round++) expect(await Promise.all(QUESTIONS.map(ask))).toEqual(expected);
  expect(pauses).toBeGreaterThan(QUESTIONS.length);
});

test("arrays are kept for the next query up to a bound, whatever came of the one before, and not for ever", async () => {
  const reads = loaded();
  dropIdleSlabs(Infinity);
  expect(keptSlabBytes()).toBe(0);
  await answerQuery(reads, { query: "sum(rate(m_total[5m]))", ...RANGE }, () => Promise.resolve());
  const once = keptSlabBytes();
  expect(once).toBeGreaterThan(0);
  await answerQuery(reads, { query: "sum(rate(m_total[6m]))", ...RANGE }, () => Promise.resolve());
  expect(keptSlabBytes()).toBe(once);
  const refused = { ...RANGE, query: `${apart("rate")} + on () group_left () (m_total)` };
  expect((await answerQuery(reads, refused, () => Promise.resolve())).ok).toBe(false);
  expect(keptSlabBytes()).toBe(8 * 2 ** 20);
  dropIdleSlabs(NOON + MINUTE);
  expect(keptSlabBytes()).toBe(8 * 2 ** 20);
  dropIdleSlabs(NOON + MINUTE + 1);
  expect(keptSlabBytes()).toBe(0);
});

/** What a counter counted while nothing came is in its next sample: a gap changes nothing of its rate. */
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { readHistory } from "../../worker/src/query/history.ts";
import { compareQuery, trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { type Fixture, CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;

/** A counter that rises by 10 a second, sampled every minute but where there is a gap. */
async function counting(hours: number, isGap: (minute: number) => boolean): Promise<Fixture> {
  const shard = openShard(new NodeDatabase(), { now: NOON });
  const minutes = Array.from({ length: hours * 60 }, (_, i) => i).filter((minute) => !isGap(minute));
  const samples = minutes.map((minute) => [NOON - hours * HOUR + (minute + 1) * MINUTE, 1000 + 600 * minute] as const);
  const series = { ...gauge({ __name__: "jobs_total" }, samples), metadata: { type: "counter", unit: "", help: "" } as const };
  await shard.core.appendBatch(CONTEXT, batchOf(series));
  return shard;
}

test.each([
  ["45 minutes", 6, 48, (minute: number) => minute > 2700 && minute <= 2745],
  ["45 minutes", 12, 48, (minute: number) => minute > 2700 && minute <= 2745],
  ["20 minutes", 6, 48, (minute: number) => minute > 2703 && minute <= 2723],
  ["20 minutes of every hour", 48, 60, (minute: number) => minute % 60 > 30 && minute % 60 <= 50],
])("a gap of %s is no change of level, no season and no scatter, over %d hours", async (_, windowHours, hours, isGap) => {
  const { core } = await counting(hours, isGap);
  const answer = trendQuery(core.reads, { query: "jobs_total", startMs: NOON - windowHours * HOUR, endMs: NOON });
  if (!answer.ok) throw new Error(answer.error.message);
  const [found] = answer.value.series;
  if (found === undefined || "refused" in found) throw new Error("no trend");
  expect(found.changePoints).toEqual([]);
  expect(found.seasons).toEqual([]);
  expect(found.volatility.class).toBe("calm");
  const compared = compareQuery(core.reads, {
    query: "jobs_total",
    before: { start: NOON - hours * HOUR + HOUR, end: NOON - 6 * HOUR },
    after: { start: NOON - 6 * HOUR, end: NOON },
  });
  expect(compared).toMatchObject({ ok: true, value: { series: [{ before: { mean: expect.closeTo(10, 2) } }] } });
});

test.each([
  ["minute, half a second early or late", 60_000, 1000],
  ["minute, 2.5 s early or late", 60_000, 5000],
  ["15 s, 2.5 s early or late", 15_000, 5000],
  ["5 min, 5 s early or late", 300_000, 10_000],
  ["61 s", 61_000, 0],
  ["minute, half a minute early or late", 60_000, 60_000],
])("no window of a counter that is sampled every %s is taken for one with a gap", async (_, every, waver) => {
  const shard = openShard(new NodeDatabase(), { now: NOON });
  const random = randomSource(7);
  const times = Array.from({ length: Math.floor((24 * HOUR) / every) }, (_one, i) =>
    Math.round(NOON - 24 * HOUR + i * every + waver * (random() - 0.5)),
  );
  const samples = times.map((t) => [t, (t - NOON + 24 * HOUR) / 100] as const);
  const series = { ...gauge({ __name__: "jobs_total" }, samples), metadata: { type: "counter", unit: "", help: "" } as const };
  await shard.core.appendBatch(CONTEXT, batchOf(series));
  for (const hours of [1, 6, 23]) {
    const request = { query: "jobs_total", startMs: NOON - hours * HOUR, endMs: NOON, points: 300, maxSeries: 1 };
    const found = readHistory(shard.core.reads, request);
    if (!found.ok) throw new Error(found.error.message);
    const { startMs, endMs, stepMs } = found.value;
    // The window at either end may have too few samples for a rate.
    expect(found.value.series[0]?.timestamps.length).toBeGreaterThanOrEqual((endMs - startMs) / stepMs - 1);
  }
});

import { assert, describe, expect, test } from "vitest";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { readHistory } from "../../worker/src/query/history.ts";
import { trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const SECOND = 1000;

describe("what a clock does at some of its minutes", () => {
  /** 98 from the second to the fourth minute of every ten, else 20, every half minute for four days. */
  async function openCron() {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const samples = Array.from({ length: 4 * 2880 }, (_, i): [number, number] => {
      const t = NOON - (4 * 2880 - 1 - i) * 30 * SECOND;
      const within = t % (10 * MINUTE);
      return [t, within >= MINUTE && within <= 3.5 * MINUTE ? 98 : 20];
    });
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "busy" }, samples)] }));
    return core;
  }

  test.each(["busy", "sum(busy)", "busy + 0"])("is in the mean and the intervals of a forecast of %s", async (query) => {
    const core = await openCron();
    for (const hours of [6, 24]) {
      const answer = forecastQuery(core.reads, query, hours * 60 * MINUTE, NOON);
      assert(answer.ok && answer.value[0] !== undefined && "points" in answer.value[0], JSON.stringify(answer));
      const { points } = answer.value[0];
      const mean = points.reduce((sum, point) => sum + point.mean / points.length, 0);
      expect(Math.abs(mean - 43.4)).toBeLessThan(12);
      // Of the five minutes in which it is always 20, nothing else is to be held.
      for (const { mean: expected, hi95 } of points) expect(hi95).toBeGreaterThan(expected < 30 ? 20 : 80);
    }
  });

  test.each(["busy", "sum(busy)"])("is in the trend of %s and of the day before", async (query) => {
    const core = await openCron();
    const trend = trendQuery(core.reads, { query, startMs: NOON - 1440 * MINUTE, endMs: NOON });
    assert(trend.ok && trend.value.series[0] !== undefined && "volatility" in trend.value.series[0], JSON.stringify(trend));
    const { volatility, baselines } = trend.value.series[0];
    expect(volatility.class).toBe("erratic");
    for (const one of baselines) if ("verdict" in one) expect([one.verdict, Math.round(one.before.mean / 5)]).toEqual(["same", 9]);
  });
});

test("an expression is read as means of its steps however many they are, so that periods of any length compare", async () => {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const samples = Array.from({ length: 4 * 5760 }, (_, i): [number, number] => [
    NOON - (4 * 5760 - 1 - i) * 15 * SECOND,
    i % 8 === 0 ? 100 : 20,
  ]);
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "busy" }, samples)] }));
  for (const days of [1, 4]) {
    const read = readHistory(core.reads, {
      query: "sum(busy)",
      startMs: NOON - days * 1440 * MINUTE,
      endMs: NOON,
      points: 4000,
      maxSeries: 10,
    });
    assert(read.ok, JSON.stringify(read));
    const { values } = read.value.series[0] ?? { values: [] };
    expect(read.value.areMeans).toBe(true);
    expect(Array.from(values).reduce((sum, value) => sum + value / values.length, 0)).toBeCloseTo(30, -0.5);
  }
});

test.each([2, 3, 4.5])("two weeks of samples every minute are enough and not too many, %d hours ahead", async (hours) => {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const samples = Array.from({ length: 14 * 1440 }, (_, i): [number, number] => [
    NOON - (14 * 1440 - 1 - i) * MINUTE,
    20 + Math.sin(i / 20),
  ]);
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "temperature" }, samples)] }));
  const answer = forecastQuery(core.reads, "temperature", hours * 60 * MINUTE, NOON);
  assert(answer.ok && answer.value[0] !== undefined && "points" in answer.value[0], JSON.stringify(answer));
  expect(answer.value[0].points.at(-1)?.t ?? 0).toBeGreaterThan(NOON + (hours * 60 - 5) * MINUTE);
});

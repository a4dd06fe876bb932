import { assert, describe, expect, test } from "vitest";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { HISTOGRAM, Sender, gauge, openShard, post } from "./shard-fixture.ts";

const EVERY = 10_000;
const COUNT = 360;
/** Of each observation, s: half an hour of about 0.2, then of about 0.4. */
const took = (index: number): number => (index < COUNT / 2 ? 0.2 : 0.4) + 0.05 * (((index * 7919) % 101) / 101 - 0.5);

/** An hour of a timer that observes ten requests every 10 s, cumulative. */
async function shardWithTimer() {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const times = Array.from({ length: COUNT }, (_, index): [number, number] => [NOON - (COUNT - 1 - index) * EVERY, 0]);
  let sum = 0;
  const histograms = times.map((_, index) => {
    const count = 10 * (index + 1);
    sum += 10 * took(index);
    return { ...HISTOGRAM, count, sum, positiveBuckets: [count] };
  });
  await post(
    core,
    sender.hello(),
    sender.frame(1, { series: [gauge({ __name__: "took_seconds", route: "/cart" }, times, { histograms })] }),
  );
  return core;
}

describe("a histogram's history is that of its mean", () => {
  test.each(["took_seconds", 'took_seconds{route="/cart"}', "rate(took_seconds[1m])", "sum(rate(took_seconds[1m]))"])(
    "%s doubled, and is not 0",
    async (query) => {
      const core = await shardWithTimer();
      const answer = trendQuery(core.reads, { query, startMs: NOON - 60 * MINUTE, endMs: NOON });
      assert(answer.ok, answer.ok ? "" : answer.error.message);
      expect(answer.value.query).toMatch(/^histogram_avg\(/);
      const [series] = answer.value.series;
      assert(series !== undefined && !("refused" in series), JSON.stringify(series));
      expect(series.changePoints[0]?.before).toBeCloseTo(0.2, 1);
      expect(series.changePoints.at(-1)?.after).toBeCloseTo(0.4, 1);
    },
  );

  test("in the unit that its name says", async () => {
    const answer = trendQuery((await shardWithTimer()).reads, { query: "took_seconds", startMs: NOON - 60 * MINUTE, endMs: NOON });
    assert(answer.ok);
    const [series] = answer.value.series;
    assert(series !== undefined && !("refused" in series));
    expect(series.summary).toMatch(/from 2\d\d ms to (3|4)\d\d ms/);
  });

  test("beside numbers, and beside another histogram with the same labels, each for itself", async () => {
    const core = await shardWithTimer();
    const timer = { job: "shop" };
    const times = Array.from({ length: COUNT }, (_, index): [number, number] => [NOON - (COUNT - 1 - index) * EVERY, index % 7]);
    const histograms = times.map((_, index) => ({ ...HISTOGRAM, count: index + 1, sum: 3 * (index + 1), positiveBuckets: [index + 1] }));
    const sender = new Sender("other");
    const series = [
      gauge({ __name__: "depth", ...timer }, times),
      gauge({ __name__: "waited_seconds", ...timer }, times, { histograms }),
      gauge({ __name__: "worked_seconds", ...timer }, times, { histograms }),
    ];
    await post(core, sender.hello(), sender.frame(1, { series }));
    const answer = trendQuery(core.reads, { query: '{job="shop"}', startMs: NOON - 60 * MINUTE, endMs: NOON });
    assert(answer.ok, answer.ok ? "" : answer.error.message);
    expect(answer.value.series.map(({ labels }) => labels["__name__"])).toEqual(["depth", "waited_seconds", "worked_seconds"]);
    for (const one of answer.value.series.slice(1)) expect(one).toMatchObject({ direction: "steady", volatility: { class: "calm" } });
    expect(answer.value.query).toContain(' or histogram_avg(rate({job="shop",');
  });
});

test.each([
  ["took_seconds", "histogram_avg(rate(took_seconds[5m]))"],
  ["rate(took_seconds[5m])", "histogram_quantile(0.95, rate(took_seconds[5m]))"],
])("a forecast of the histogram %s is refused, and says what to ask for", async (query, instead) => {
  const core = await shardWithTimer();
  const answer = forecastQuery(core.reads, query, 10 * MINUTE, NOON);
  assert(answer.ok);
  const [series] = answer.value;
  assert(series !== undefined && "refused" in series, JSON.stringify(series));
  expect(series.refused.code).toBe("histogram");
  expect(series.refused.reason).toContain(instead);
  const better = forecastQuery(core.reads, instead, 10 * MINUTE, NOON);
  assert(better.ok);
  expect(better.value).toHaveLength(1);
  expect(better.value[0]).not.toHaveProperty("refused.code", "histogram");
});

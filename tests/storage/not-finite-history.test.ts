/** Series of which some samples are no finite numbers, read in steps of many samples. */
import { assert, expect, test } from "vitest";
import { correlateQuery } from "../../worker/src/query/correlations.ts";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const COUNT = 7 * 1440;
const times = Array.from({ length: COUNT }, (_, i) => NOON - (COUNT - 1 - i) * MINUTE);

/** A week of minutes, rising by 1.44 a day; every so often what is no number. */
async function shardWith(odd: number, every: number) {
  const { core } = openShard(new NodeDatabase());
  const sender = new Sender();
  const hits = times.map((t, i): [number, number] => [t, i % every === 3 ? odd : 10 + i / 1000]);
  const depth = times.map((t, i): [number, number] => [t, 5 + Math.sin(i / 300)]);
  const other = times.map((t, i): [number, number] => [t, i % every === 3 ? odd : 7 + Math.sin(i / 300)]);
  const series = [gauge({ __name__: "hits", pod: "a" }, hits), gauge({ __name__: "depth" }, depth), gauge({ __name__: "other" }, other)];
  await post(core, sender.hello(), sender.frame(1, { series }));
  return core;
}

test.each([
  ["NaN", Number.NaN, 20],
  ["NaN", Number.NaN, 5],
  ["+Inf", Infinity, 20],
  ["-Inf", -Infinity, 20],
])("%s (%d) in every step is left out of its mean", async (_, odd, every) => {
  const { reads } = await shardWith(odd, every);
  const trends = trendQuery(reads, { query: "hits", startMs: NOON - 7 * DAY, endMs: NOON });
  assert(trends.ok);
  const [trend] = trends.value.series;
  assert(trend !== undefined && !("refused" in trend), JSON.stringify(trend));
  expect(trend.labels).toEqual({ __name__: "hits", pod: "a" });
  expect(trend.slope.perDay.value).toBeCloseTo(1.44, 2);
  const forecasts = forecastQuery(reads, 'hits{pod="a"}', 7 * DAY, NOON);
  assert(forecasts.ok);
  const [forecast] = forecasts.value;
  assert(forecast !== undefined && "points" in forecast, JSON.stringify(forecast));
  expect(forecast.points.at(-1)?.mean).toBeCloseTo(10 + (2 * COUNT) / 1000, 0);
  const correlated = correlateQuery(reads, { query: "depth", with: "other", startMs: NOON - 3 * DAY, endMs: NOON });
  assert(correlated.ok);
  expect(correlated.value.pairs).toMatchObject([{ lagMs: 0 }]);
});

import { expect, test } from "vitest";
import { forecastQuery } from "../../worker/src/query/forecasts.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;
/** Steep mornings, as people bring them. */
const usual = (t: number): number =>
  100 + ([0, 0, 0, 0, 0, 5, 40, 90][(t / HOUR) % 24] ?? 0) + ((t / HOUR) % 24 > 7 ? 80 - 3 * ((t / HOUR) % 24) : 0);

test("four weeks of hours give the hours of the next days, each as it is", async () => {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const samples = Array.from({ length: 28 * 24 }, (_, i): [number, number] => [NOON - i * HOUR, usual(NOON - i * HOUR)]).toReversed();
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "people" }, samples)] }));
  const answer = forecastQuery(core.reads, "people", 2 * DAY, NOON);
  const [found] = answer.ok ? answer.value : [];
  if (found === undefined || !("points" in found)) throw new Error("no forecast");
  expect(found.points.length).toBeGreaterThanOrEqual(48);
  for (const { t, mean } of found.points.slice(0, 48)) expect(Math.abs(mean - usual(Math.round(t / HOUR) * HOUR))).toBeLessThan(4);
});

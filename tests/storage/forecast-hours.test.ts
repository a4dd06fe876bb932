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

test.each([
  [30, 1],
  [60, 1],
  [60, 3],
  [60, 6],
  [120, 1],
  [60, 24],
])("samples every %d min say on a Sunday night what Monday is like, whether %d h or a day is asked for", async (minutes, hours) => {
  const stepMs = minutes * MINUTE;
  const midnight = Math.floor(NOON / DAY) * DAY;
  const sunday = midnight - new Date(midnight).getUTCDay() * DAY;
  const nowMs = sunday + DAY - 29 * MINUTE;
  const isWeekend = (t: number): boolean => new Date(t).getUTCDay() % 6 === 0;
  const { core } = openShard(new NodeDatabase(), { now: nowMs });
  const sender = new Sender();
  const times = Array.from({ length: (28 * DAY) / stepMs }, (_, i) => sunday + DAY - (i + 1) * stepMs).toReversed();
  const samples = times.map((t, i): [number, number] => [t, (isWeekend(t) ? 200 : 1000) + ((i * 7919) % 21) - 10]);
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "orders" }, samples)] }));
  const answer = forecastQuery(core.reads, "orders", hours * HOUR, nowMs);
  const [found] = answer.ok ? answer.value : [];
  if (found === undefined || !("points" in found)) throw new Error("no forecast");
  const monday = found.points.filter(({ t }) => t >= sunday + DAY);
  expect(monday.length).toBeGreaterThan(0);
  for (const { mean } of monday) expect(Math.abs(mean - 1000)).toBeLessThan(80);
});

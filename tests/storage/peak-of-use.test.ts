/** What is full for minutes at a time is full at its peak, whatever the history, the clock and the exporter. */
import { RESOURCE_RULES } from "@sightline/shared/capacity/bounded-resources";
import type { Labels } from "@sightline/shared/model/labels";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { expect, test } from "vitest";
import { highestOf } from "../../worker/src/query/highest-of.ts";
import { readUse } from "../../worker/src/query/read-use.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

/** The highest that is told of what the rule finds in so many days of samples. */
async function peakOf(
  used: string,
  days: number,
  everyMs: number,
  sent: readonly [Labels, (t: number) => number, "gauge" | "counter"][],
): Promise<number> {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const times = Array.from({ length: (days * DAY) / everyMs }, (_, i) => NOON - days * DAY + (i + 1) * everyMs);
  const series = sent.map(([labels, valueAt, type]) => {
    let total = 0;
    const points = times.map((t): [number, number] => [t, type === "counter" ? (total += (valueAt(t) * everyMs) / 1000) : valueAt(t)]);
    return gauge(labels, points, { metadata: { type, unit: "", help: "" } });
  });
  await post(core, sender.hello(), sender.frame(1, { series }));
  const rule = RESOURCE_RULES.find((one) => one.used.includes(used));
  if (rule === undefined) throw new Error(`no rule of ${used}`);
  const read = finish(readUse(core.reads, rule, { startMs: NOON - days * DAY, endMs: NOON }, { limitOf: () => 1, isTold: () => false }));
  if (!read.ok) throw new Error(read.error.message);
  expect(read.value.uses).toHaveLength(1);
  return Math.max(...(read.value.uses[0]?.peaks?.values ?? []));
}

test.for([1, 7, 14])("connections by database that are taken from minute 1 to 3 of every ten, over %d days", async (days) => {
  const busy = (t: number): number => ((t / 1000) % 600 >= 60 && (t / 1000) % 600 <= 210 ? 49 : 10);
  const labels = { __name__: "pg_stat_activity_count", instance: "a" };
  const peak = await peakOf("pg_stat_activity_count", days, MINUTE / 2, [
    [{ ...labels, datname: "x" }, busy, "gauge"],
    [{ ...labels, datname: "y" }, busy, "gauge"],
  ]);
  expect(peak).toBe(98);
});

test.for([1, 7])("connections that are idle or active are as many as they are, over %d days", async (days) => {
  const active = (t: number): number => ((t / 1000) % 300 < 30 ? 45 : 5);
  const labels = { __name__: "pg_stat_activity_count", instance: "a", datname: "x" };
  const peak = await peakOf("pg_stat_activity_count", days, MINUTE / 2, [
    [{ ...labels, state: "active" }, active, "gauge"],
    [{ ...labels, state: "idle" }, (t) => 50 - active(t), "gauge"],
  ]);
  expect(peak).toBe(50);
});

test.for([2, 14])("a CPU that is busy for ten minutes of every two hours, as node_exporter tells it, over %d days", async (days) => {
  const busy = (t: number): number => ((t / MINUTE) % 120 < 10 ? 0.99 : 0.1);
  const peak = await peakOf(
    "node_cpu_seconds_total",
    days,
    MINUTE,
    ["0", "1"].flatMap((cpu): [Labels, (t: number) => number, "counter"][] => [
      [{ __name__: "node_cpu_seconds_total", instance: "a", cpu, mode: "idle" }, (t) => 1 - busy(t), "counter"],
      [{ __name__: "node_cpu_seconds_total", instance: "a", cpu, mode: "user" }, busy, "counter"],
    ]),
  );
  expect(peak).toBeGreaterThan(0.97);
  expect(peak).toBeLessThan(1.001);
});

test.for<[string, string | undefined]>([
  ["sum by (a) (x)", "sum by (a) ((max_over_time(x[5m]) and x))"],
  ["2 * (x + y) / 3", "2 * ((max_over_time(x[5m]) and x) + (max_over_time(y[5m]) and y)) / 3"],
  ["x - y", undefined],
  ["-1 * x", undefined],
  ["x / y", undefined],
  ["count(x)", undefined],
  ["sum(rate(x[5m]))", undefined],
  ["not a query", undefined],
])("the highest of %s", ([query, highest]) => {
  expect(highestOf(query, 5 * MINUTE)).toBe(highest);
});

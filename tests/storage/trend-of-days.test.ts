/** What is sampled once a day or less happened when its samples say, not when a step ends. */
import { expect, test } from "vitest";
import { compareQuery, trendQuery } from "../../worker/src/query/trends.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;

async function trendOf(samples: readonly (readonly [number, number])[], days: number) {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "orders" }, samples)] }));
  const answer = trendQuery(core.reads, { query: "orders", startMs: NOON - days * DAY, endMs: NOON });
  if (!answer.ok) throw new Error(answer.error.message);
  const [found] = answer.value.series;
  if (found === undefined) throw new Error("no series");
  return found;
}

test.each([2, 12, 20])("the weekday of a peak and the time of a change are those of samples at %d o'clock", async (hour) => {
  const midnight = Math.floor(NOON / DAY) * DAY;
  const at = (i: number): number => midnight - i * DAY + hour * HOUR;
  const days = Array.from({ length: 28 }, (_, i) => 28 - i);
  const wednesday = (i: number): boolean => new Date(at(i)).getUTCDay() === 3;
  const weekly = await trendOf(
    days.map((i) => [at(i), wednesday(i) ? 200 : 100]),
    30,
  );
  if ("refused" in weekly) throw new Error(weekly.refused.reason);
  expect(weekly.summary).toContain("Wednesday");
  const moved = await trendOf(
    days.map((i) => [at(i), (i > 9 ? 100 : 160) + (i % 3)]),
    30,
  );
  if ("refused" in moved) throw new Error(moved.refused.reason);
  expect(moved.changePoints.map(({ t }) => t)).toEqual([at(9)]);
});

test("five samples a week apart are five, not one for each day", async () => {
  const found = await trendOf(
    [4, 3, 2, 1, 0].map((i) => [NOON - i * 7 * DAY - HOUR, 100 + ((i * 7) % 5)]),
    30,
  );
  expect(found).toMatchObject({ refused: { code: "too_short" } });
});

test.each([
  [7, 0, [6, 7, 8, 9]],
  [7, 36, [6, 7, 8, 9]],
  [14, 36, [6, 7, 8, 9]],
  // In steps of two hours that end with a sample both ends of the peak are half of it.
  [28, 0, [7, 8]],
  [28, 36, [6, 7, 8, 9]],
])("the hours of a peak are those of its samples, over %d days and %d s after the hour", async (days, seconds, peakHours) => {
  const hours = Array.from({ length: 28 * 24 }, (_, i) => NOON - (28 * 24 - i) * HOUR);
  const isBusy = (t: number): boolean => new Date(t).getUTCHours() >= 6 && new Date(t).getUTCHours() < 10;
  const found = await trendOf(
    hours.map((t, i) => [t + seconds * 1000, (isBusy(t) ? 200 : 100) + ((i * 7919) % 11)]),
    days,
  );
  if ("refused" in found) throw new Error(found.refused.reason);
  expect(found.peakHours).toEqual(peakHours);
});

test("values have the unit that was declared", async () => {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const minutes = Array.from({ length: 240 }, (_, i): [number, number] => [
    NOON - (239 - i) * MINUTE,
    3e6 + 2e4 * i + 1e5 * ((i * 7919) % 101),
  ]);
  const heap = { ...gauge({ __name__: "heap" }, minutes), metadata: { type: "gauge", unit: "bytes", help: "" } } as const;
  const share = {
    ...gauge(
      { __name__: "busy" },
      minutes.map(([t, v]) => [t, v / 1e6]),
    ),
    metadata: { type: "gauge", unit: "percent", help: "" },
  } as const;
  await post(core, sender.hello(), sender.frame(1, { series: [heap, share] }));
  const summaryOf = (query: string): string => {
    const answer = trendQuery(core.reads, { query, startMs: NOON - 4 * HOUR, endMs: NOON });
    const [found] = answer.ok ? answer.value.series : [];
    return found === undefined || "refused" in found ? "" : found.summary;
  };
  expect(summaryOf("heap")).toMatch(/95% interval \S+ [KM]iB to/);
  expect(summaryOf("busy")).toMatch(/95% interval \S+% to/);
  const [before, after] = [
    { start: NOON - 4 * HOUR, end: NOON - 2 * HOUR },
    { start: NOON - 2 * HOUR, end: NOON },
  ];
  const compared = compareQuery(core.reads, { query: "heap", before, after });
  expect(compared).toMatchObject({ ok: true, value: { series: [{ text: expect.stringContaining("MiB") as string }] } });
});

test("the newest sample counts before its step is over", async () => {
  const midnight = Math.floor(NOON / DAY) * DAY;
  const days = Array.from({ length: 12 }, (_, i) => 11 - i);
  const found = await trendOf(
    days.map((i) => [midnight - i * DAY + 5 * HOUR, 100 + 10 * (11 - i)]),
    14,
  );
  expect(found).toMatchObject({ points: 12, endMs: midnight + 5 * HOUR, direction: "rising" });
});

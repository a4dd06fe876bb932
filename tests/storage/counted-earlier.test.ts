import type { CapacityQuestion } from "@sightline/shared/api/analyses";
import { expect, test, vi } from "vitest";
import { capacityQuery } from "../../worker/src/query/capacity.ts";
import { NodeDatabase } from "../support/node-database.ts";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2024, 5, 1, 9);

/** What a process counted: a hundred a day since it began `from` days ago, until `to` days ago. */
interface Process {
  readonly instance: string;
  readonly from: number;
  readonly to: number;
}

/** What `sum(spent_eur_total)`, or one of them, is told to have used, by the window that is looked at. */
async function usedBy(processes: readonly Process[], windows: readonly number[], used = "sum(spent_eur_total)"): Promise<number[]> {
  return usedOf(batchesOf(processes), windows, used);
}

function batchesOf(processes: readonly Process[]): BatchSeries[] {
  const series = Map.groupBy(processes, ({ instance }) => instance);
  return [...series].map(([instance, lives]) => {
    const times = lives.flatMap(({ from, to }) =>
      Array.from({ length: Math.round(((from - to) * DAY) / (HOUR / 4)) }, (_, i) => [(i * HOUR) / 4, NOW - from * DAY] as const),
    );
    const timestamps = Float64Array.from(times, ([since, begun]) => begun + since);
    const values = Float64Array.from(times, ([since]) => (100 * since) / DAY);
    const metadata = { type: "counter", unit: "", help: "" } as const;
    return { ...gauge({ __name__: "spent_eur_total", instance }, [], { metadata }), timestamps, values };
  });
}

async function usedOf(
  batches: readonly BatchSeries[],
  windows: readonly number[],
  used: string,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<number[]> {
  const { core } = openShard(new NodeDatabase(), { now: NOW, bounds: { retentionMs: 90 * DAY } });
  const sender = new Sender();
  await post(core, sender.hello(), sender.frame(1, { series: batches }));
  const told: number[] = [];
  for (const days of windows) {
    const declared = [{ name: "bill", kind: "budget", used, limit: 10_000 }] as const;
    const question: CapacityQuestion = { startMs: NOW - days * DAY, endMs: NOW, hosts: 1, machines: [], declared, declaredOnly: true };
    const answer = await capacityQuery(core.reads, question, pause);
    if (!answer.ok) throw new Error(answer.error.message);
    expect(answer.value.warnings).toEqual([]);
    told.push(...answer.value.resources.map((one) => one.used));
  }
  return told;
}

const WINDOWS = [7, 14, 28, 70];
/** Of what is read in steps of two hours a part of each process's last is not seen. */
const about = (value: number): unknown => expect.toSatisfy((used: number) => Math.abs(used - value) < 0.025 * value);

/** What lies between two of its samples is extrapolated. */
const closely = (value: number): unknown => expect.toSatisfy((used: number) => Math.abs(used - value) < 0.04 * value);

test("what was counted stays used, whenever the process began anew, and whatever window is asked for", async () => {
  for (const ago of [3, 20, 27.9, 28.5, 40]) {
    const restarted = [
      { instance: "a", from: 60, to: ago },
      { instance: "a", from: ago, to: 0 },
    ];
    expect(await usedBy(restarted, WINDOWS)).toEqual(WINDOWS.map(() => about(6000)));
    expect(await usedBy(restarted, WINDOWS, "spent_eur_total")).toEqual(WINDOWS.map(() => about(6000)));
  }
  expect(await usedBy([{ instance: "a", from: 60, to: 0 }], WINDOWS)).toEqual(WINDOWS.map(() => about(6000)));
});

test("what was counted between two looks before a process began anew stays used", async () => {
  for (const lives of [1, 0.25, 1 / 12]) {
    const restarted = Array.from({ length: 28 / lives }, (_, i) => ({ instance: "a", from: 28 - i * lives, to: 28 - (i + 1) * lives }));
    const seen = closely(2800 * (1 - 1 / 96 / lives));
    expect(await usedBy(restarted, [7, 28])).toEqual([seen, seen]);
  }
});

test("what ended stays used: an instance a day, for longer than six weeks", async () => {
  const daily = Array.from({ length: 60 }, (_, i) => ({ instance: `pod-${i}`, from: i + 1, to: i }));
  expect(await usedBy(daily, [7, 28])).toEqual([about(6000), about(6000)]);
});

test("what was silent for days and goes on counting is counted once", async () => {
  const silent: readonly Process[] = [
    { instance: "a", from: 60, to: 0 },
    { instance: "b", from: 40, to: 30 },
  ];
  expect(await usedBy(silent, [7, 28])).toEqual([about(7000), about(7000)]);
});

test("a gauge that is called as counters are is what it shows, also where it fell before what is looked at", async () => {
  const ups = (fell: (day: number) => number): BatchSeries => {
    const samples = Array.from({ length: 60 * 24 }, (_, i) => [NOW - 60 * DAY + i * HOUR, 4000 + i - fell(i / 24)] as const);
    return gauge({ __name__: "seats_total" }, samples, { metadata: { type: "unknown", unit: "", help: "" } });
  };
  for (const fell of [(day: number) => (day > 20 ? 220 : 0), (day: number) => (day < 30 && Math.floor(day * 24) % 2 === 0 ? 80 : 0)])
    for (const used of ["seats_total", "sum(seats_total)"])
      expect(await usedOf([ups(fell)], [28], used)).toEqual([4000 + 60 * 24 - 1 - fell(60)]);
});

test("a gauge that is called as counters are and comes and goes between two steps is what it shows, known by its name alone", async () => {
  const samples = Array.from({ length: 28 * 1440 }, (_, i) => {
    const ago = 28 * 1440 - i;
    // Busy by day alone.
    const isBusy = Math.floor(ago / 720) % 2 === 0;
    return [NOW - ago * 60_000, isBusy ? (i * 37) % 101 : 7] as const;
  });
  const jobs = gauge({ __name__: "pool_jobs_total" }, samples, { metadata: { type: "unknown", unit: "", help: "" } });
  for (const used of ["pool_jobs_total", "sum(pool_jobs_total)"])
    expect(await usedOf([jobs], [3, 28], used)).toEqual([samples.at(-1)![1], samples.at(-1)![1]]);
});

test("what begins anew twice in an hour or two, and soon has counted half as much, is a counter all the same, known by its name alone", async () => {
  const metadata = { type: "unknown", unit: "", help: "" } as const;
  for (const ago of [8, 45]) {
    const begins = [60, ago, ago - 0.05, ago - 0.09];
    const times = Array.from({ length: 60 * 96 }, (_, i) => 60 - i / 96);
    const since = (day: number): number => Math.min(...begins.filter((one) => one >= day));
    const samples = times.map((day) => [NOW - day * DAY, 100 * (since(day) - day)] as const);
    const total = gauge({ __name__: "tokens_total" }, samples, { metadata });
    expect(await usedOf([total], [28], "sum(tokens_total)")).toEqual([about(6000)]);
  }
});

test("one process among others that begins anew again and again takes nothing from what all have counted, known by its name alone", async () => {
  const metadata = { type: "unknown", unit: "", help: "" } as const;
  const quarters = (from: number, to: number, value: (i: number) => number) =>
    Array.from({ length: (from - to) * 96 }, (_, i) => [NOW - from * DAY + (i * DAY) / 96, value(i)] as const);
  const steady = (from: number, to: number) => quarters(from, to, (i) => (i * 100) / 96);
  const crashing = quarters(3, 2, (i) => [0, 0, 1][i % 3]!);
  const batches = [steady(60, 30), steady(30, 0), crashing].map((samples, i) =>
    gauge({ __name__: "tokens_total", instance: `pod-${i}` }, samples, { metadata }),
  );
  expect(await usedOf(batches, [7, 28], "sum(tokens_total)")).toEqual([about(6000), about(6000)]);
});

test("others go first while months of many counters are read, and not only when they are judged", async () => {
  const pausesOf = async (instances: number): Promise<number> => {
    const processes = Array.from({ length: instances }, (_, i) => ({ instance: `pod-${i}`, from: 60, to: 0 }));
    const pause = vi.fn<() => Promise<void>>(() => Promise.resolve());
    await usedOf(batchesOf(processes), [7], "sum(spent_eur_total)", pause);
    return pause.mock.calls.length;
  };
  expect((await pausesOf(80)) - (await pausesOf(2))).toBeGreaterThan(2);
});

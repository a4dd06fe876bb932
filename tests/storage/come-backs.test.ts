/** An event that most values lie within the usual range of is over when its values are back, not when one of them is. */
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { expect, test } from "vitest";
import { recentAnomalies } from "../../worker/src/query/anomaly-reads.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { randomSource } from "../bench/anomaly-generator.ts";
import { A_SPIKE } from "../support/a-spike.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard } from "./shard-fixture.ts";

const MINUTE = 60_000;
const DAY = 1440;
/** Minutes before the event, in it, and after it. */
const BEFORE = 9 * DAY;
const EVENT = 240;
const AFTER = 150;

type Told = { readonly kind: AnomalyKind; readonly back: boolean };

/** What is told of a series after each quarter of an hour, `valueAt` the minute, whether the event is on. */
async function told(valueAt: (i: number, isOn: boolean) => number, isCounter: boolean): Promise<{ on: Told[][]; after: Told[][] }> {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  const answers: { on: Told[][]; after: Told[][] } = { on: [], after: [] };
  let total = 0;
  let points: [number, number][] = [];
  for (let i = 0; i < BEFORE + EVENT + AFTER; i++) {
    const isOn = i >= BEFORE && i < BEFORE + EVENT;
    const value = valueAt(i, isOn);
    points.push([NOON + i * MINUTE, isCounter ? (total += value * 60) : value]);
    if (i % 15 !== 14) continue;
    shard.now = NOON + i * MINUTE;
    const labels = { __name__: isCounter ? "orders_total" : "queue_depth", host: "a" };
    await shard.core.appendBatch(
      CONTEXT,
      batchOf(gauge(labels, points, { metadata: { type: isCounter ? "counter" : "gauge", unit: "", help: "" } })),
    );
    points = [];
    if (i < BEFORE) continue;
    const recent = recentAnomalies(shard.core.reads, NOON + BEFORE * MINUTE - 1, shard.now, 100);
    const now = recent.flatMap(({ kind, back }) => (back === undefined ? [] : [{ kind, back }]));
    (isOn ? answers.on : answers.after).push(now);
  }
  return answers;
}

const random = randomSource(11);
/** About 0, by some 0.6. */
const noise = (): number => random() + random() + random() + random() - 2;

test.each<[string, AnomalyKind, boolean, (i: number, isOn: boolean) => number]>([
  ["scatter", "variance_change", false, (_, isOn) => 100 + noise() * (isOn ? 16 : 3)],
  ["a level", "level_shift", false, (_, isOn) => 100 + noise() * 6 + (isOn ? 30 : 0)],
  [
    "the level of a rate beside a season",
    "level_shift",
    true,
    (i, isOn) => 60 + 12 * Math.sin((i * 2 * Math.PI) / DAY) + noise() * 3 + (isOn ? 45 : 0),
  ],
])("%s that changed is told as long as it lasts, and not much longer", async (_, kind, isCounter, valueAt) => {
  const { on, after } = await told(valueAt, isCounter);
  const whileOn = on.flat().filter((one) => one.kind === kind);
  expect(whileOn.length).toBeGreaterThan(8);
  expect(whileOn.filter(({ back }) => back)).toEqual([]);
  expect(after.at(-1)?.length).toBeGreaterThan(0);
  expect(after.at(-1)?.filter((one) => one.kind === kind && !one.back)).toEqual([]);
});

test.each([1, 15, 30, 60])("a level sampled every %d min is back when it is", async (minutes) => {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  const step = minutes * MINUTE;
  const value = (i: number): number => 100 + (i % 3) + (i > 14 && i <= 22 ? 50 : 0);
  const samples = Array.from({ length: 36 }, (_, i): [number, number] => [NOON - (35 - i) * step, value(i)]);
  const labels = { __name__: "queue_depth", host: "a" };
  await shard.core.appendBatch(CONTEXT, batchOf(gauge(labels, samples)));
  const back = (at: number): boolean | undefined => {
    const newest = { t: NOON - (35 - at) * step, value: value(at) };
    const told = {
      ...A_SPIKE,
      id: `${at}`,
      kind: "level_shift",
      labels,
      t: NOON - 20 * step,
      value: 150,
      expected: 101,
      severity: "warning",
    } as const;
    return shard.core.reads.comeBacks.of([{ ...told, judgedBy: "value", unit: "", newest }], NOON)[0]?.back;
  };
  expect(back(20)).toBe(false);
  expect(back(35)).toBe(true);
});

test("a level that was told on its way is told where it stands, and when it is back, where it went", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  const labels = { __name__: "queue_depth", host: "a" };
  const append = (values: readonly number[]): Promise<unknown> =>
    shard.core.appendBatch(
      CONTEXT,
      batchOf(
        gauge(
          labels,
          values.map((value): [number, number] => [(shard.now += MINUTE), value]),
        ),
      ),
    );
  const level = (): number | undefined =>
    recentAnomalies(shard.core.reads, NOON, shard.now, 100).find(({ kind }) => kind === "level_shift")?.level;
  await append(Array.from({ length: 1500 }, () => 0));
  await append([1, 4, 20, 80, 200, 500, ...Array.from({ length: 30 }, () => 500)]);
  expect(level()).toBe(500);
  await append(Array.from({ length: 30 }, () => 300));
  expect(level()).toBe(300);
  // On its way back, too: the newest few are, and the others are not yet.
  await append(Array.from({ length: 4 }, () => 0));
  expect(level()).toBe(500);
  await append(Array.from({ length: 26 }, () => 0));
  expect(level()).toBe(500);
});

test("each of many events has its turn, though all of them go on", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  const asked: string[] = [];
  const read = shard.core.store.read.bind(shard.core.store);
  shard.core.store.read = (refs, ...more) => {
    asked.push(refs.join());
    return read(refs, ...more);
  };
  const event = (host: number): RecentAnomaly => ({
    ...A_SPIKE,
    id: `${host}`,
    kind: "level_shift",
    labels: { __name__: "queue_depth", host: `${host}` },
    t: NOON - 10 * MINUTE,
    value: 200,
    expected: 100,
    severity: "warning",
    judgedBy: "value",
    unit: "",
    newest: { t: NOON, value: 200 },
  });
  const levels = Array.from({ length: 150 }, (_, host) =>
    gauge(
      { __name__: "queue_depth", host: `${host}` },
      Array.from({ length: 30 }, (__, i): [number, number] => [NOON - (29 - i) * MINUTE, i < 20 ? 100 : 200]),
    ),
  );
  await shard.core.appendBatch(CONTEXT, batchOf(...levels));
  const events = levels.map((_, host) => event(host));
  for (let round = 0; round < 3; round++)
    expect(shard.core.reads.comeBacks.of(events, NOON + round * MINUTE).some(({ back }) => back)).toBe(false);
  expect(new Set(asked).size).toBe(150);
});

test("where a level went is told alike whether somebody looked meanwhile or not, while it comes back and when it is", async () => {
  const levels = async (looks: readonly number[]): Promise<readonly (number | undefined)[]> => {
    const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
    const labels = { __name__: "queue_depth", host: "a" };
    const value = (i: number): number => 100 + (i % 3) + (i >= 600 && i < 640 ? 400 : 0);
    const seen: (number | undefined)[] = [];
    for (let i = 0; i < 660; i++) {
      shard.now = NOON + i * MINUTE;
      await shard.core.appendBatch(CONTEXT, batchOf(gauge(labels, [[shard.now, value(i)]])));
      if (!looks.includes(i) && i !== 643 && i !== 655) continue;
      const recent = recentAnomalies(shard.core.reads, NOON, shard.now, 100).find(({ kind }) => kind === "level_shift");
      if (i >= 643) seen.push(recent?.level);
    }
    return seen;
  };
  const looked = await levels([620]);
  expect(looked.map((level) => Math.round(level ?? 0))).toEqual([501, 501]);
  expect(await levels([])).toEqual(looked);
});

test("an outage of which somebody reads hours later is told by where it went and since when it is over, not by the season since", async () => {
  const shard = openShard(new NodeDatabase(), { now: NOON, evaluation: createEvaluation });
  const labels = { __name__: "requests_per_second", host: "a" };
  const begins = BEFORE + 19 * 60;
  const valueAt = (i: number): number =>
    i >= begins && i < begins + 30 ? 0 : (1 + 6 * (1 - Math.cos((2 * Math.PI * (i + 720)) / DAY))) * (1 + 0.03 * noise());
  for (let i = 0; i < begins + 8 * 60; i += 60) {
    const points = Array.from({ length: 60 }, (_, k): [number, number] => [NOON + (i + k) * MINUTE, valueAt(i + k)]);
    shard.now = NOON + (i + 59) * MINUTE;
    await shard.core.appendBatch(CONTEXT, batchOf(gauge(labels, points)));
  }
  const told = recentAnomalies(shard.core.reads, NOON + BEFORE * MINUTE, shard.now, 100).find(({ kind }) => kind === "level_shift");
  expect(told?.back).toBe(true);
  expect(told?.level).toBeLessThan(0.2);
  expect(((told?.backAt ?? 0) - NOON) / MINUTE - begins).toBeGreaterThanOrEqual(28);
  expect(((told?.backAt ?? 0) - NOON) / MINUTE - begins).toBeLessThan(34);
});

test.each<[string, AnomalyKind, boolean, readonly number[], number]>([
  ["a spike", "spike", false, [1, 9, 9, 1, 1], 3],
  ["a spike of a rate", "spike", true, [1, 9, 9, 1, 1], 3],
  ["a value that stood still", "flatline", false, [1, 9, 9, 9, 2], 4],
  ["a spike that stays, as long as it may be one", "spike", false, [1], 16],
])("%s is over since its first value that says so, whenever somebody looks first", async (_, kind, isCounter, begins, minutes) => {
  const shard = openShard(new NodeDatabase(), { now: NOON + 44 * MINUTE, evaluation: createEvaluation });
  const labels = { __name__: "queue_depth", host: "a" };
  let total = 0;
  const points = Array.from({ length: 45 }, (__, i): [number, number] => {
    const value = begins[i] ?? (begins.length === 1 ? 9 : 1);
    return [NOON + i * MINUTE, isCounter ? (total += value * 60) : value];
  });
  await shard.core.appendBatch(CONTEXT, batchOf(gauge(labels, points)));
  const newest = { t: NOON + 44 * MINUTE, value: begins.length === 1 ? 9 : 1 };
  const judgedBy = isCounter ? "rate" : "value";
  const event: RecentAnomaly = { ...A_SPIKE, id: "a", kind, labels, t: NOON + MINUTE, judgedBy, unit: "", newest };
  const [told] = shard.core.reads.comeBacks.of([event], newest.t);
  expect(((told?.backAt ?? 0) - NOON) / MINUTE).toBe(minutes);
});

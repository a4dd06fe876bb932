import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costOf } from "@sightline/shared/capacity/cost";
import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { demandRelation } from "@sightline/shared/capacity/demand-relation";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { responseFactor } from "@sightline/shared/capacity/erlang-c";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { fitGrowth, saturation, timeToReach } from "@sightline/shared/capacity/saturation";
import type { BoundedResource, CapacityResource, ForecastUse, Scenario, ScenarioOutcome } from "@sightline/shared/model/capacity";
import type { Refusal } from "@sightline/shared/model/trend";
import { randomSource } from "../bench/anomaly-generator.ts";
import { GROWTH_SHAPES, growthCase } from "../bench/capacity-generator.ts";
import { simulateQueue } from "../bench/queueing-simulation.ts";
import { noise } from "../support/made-series.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1);
const GIB = 2 ** 30;

function told<T extends object>(answer: T | Refusal | null | undefined): T {
  if (answer === null || answer === undefined) throw new Error("no answer");
  if ("refused" in answer) throw new Error(answer.refused.reason);
  return answer;
}

const hourly = (values: readonly number[]) => ({ timestamps: values.map((_, i) => START + i * HOUR), values });

const DISK = { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 100 * GIB } as const;

function judged(
  resource: Pick<BoundedResource, "kind" | "name" | "labels" | "isShared" | "query" | "unit" | "limit" | "servers">,
  history: { readonly timestamps: readonly number[]; readonly values: readonly number[] },
  scenario?: Scenario,
  demand?: { readonly timestamps: readonly number[]; readonly values: readonly number[] },
): CapacityResource {
  const found = judgeResource({
    resource,
    history,
    hosts: 4,
    random: randomSource(1),
    ...(scenario === undefined ? {} : { scenario }),
    ...(demand === undefined ? {} : { demand }),
  });
  if (found === null) throw new Error("nothing was judged");
  return describeResource(found, DEFAULT_SETTINGS, history.timestamps.at(-1) ?? 0);
}

describe("the time to saturation", () => {
  test("of a disk that somebody cleaned is what its growth takes for the room there is now, however lately", () => {
    for (const points of [1, 5, 100]) {
      const deviate = noise(3);
      const values = Array.from({ length: 240 }, (_, i) => (i < 240 - points ? 60 : 0) + 12 + 0.1 * i + 0.01 * deviate());
      const found = told(saturation({ ...hourly(values), limit: 100, random: randomSource(2) }));
      const truth = (100 - (values.at(-1) ?? 0)) / 2.4;
      expect(found.inMs).toBeGreaterThan(0.95 * truth * DAY);
      expect(found.inMs).toBeLessThan(1.05 * truth * DAY);
      expect(found.upperMs).toBeLessThan(1.1 * truth * DAY);
    }
  });

  test("of what is deleted every now and then counts with being deleted", () => {
    const values = Array.from({ length: 240 }, (_, i) => 20 + 2 * (i % 30) + 0.02 * i);
    const found = told(saturation({ ...hourly(values), limit: 100, random: randomSource(2) }));
    expect(found.inMs === null || found.inMs > 5 * DAY).toBe(true);
  });

  test("of growth along a line is what is left over what comes a day", () => {
    const deviate = noise(1);
    const found = told(
      saturation({
        ...hourly(Array.from({ length: 240 }, (_, i) => 50 + i * 0.1 + 0.2 * deviate())),
        limit: 98,
        random: randomSource(2),
      }),
    );
    // 74 now, 2.4 a day.
    expect((found.inMs ?? 0) / DAY).toBeCloseTo(10, 0);
    expect((found.lowerMs ?? 0) / DAY).toBeGreaterThan(9);
    expect((found.upperMs ?? 0) / DAY).toBeLessThan(11);
    expect(found.growthPerDay.value).toBeCloseTo(2.4, 1);
    expect(found.growthPerDay.lower).toBeLessThan(2.4);
    expect(found.growthPerDay.upper).toBeGreaterThan(2.4);
  });

  test("lies within its 95% interval for growth of every kind", () => {
    let inside = 0;
    let all = 0;
    for (const shape of GROWTH_SHAPES)
      for (let k = 0; k < 12; k++) {
        const one = growthCase(shape, 500 + k);
        const { lowerMs, upperMs, horizonMs } = timeToReach(told(fitGrowth(one)), one.limit, randomSource(k));
        const truth = one.reachedAfter === null ? Infinity : one.reachedAfter * one.stepMs;
        all++;
        if (truth >= (lowerMs ?? horizonMs) && truth <= (upperMs ?? Infinity)) inside++;
      }
    expect(inside / all).toBeGreaterThan(0.9);
  });

  test("is reached by the daily peak, not by the mean", () => {
    const deviate = noise(3);
    const values = Array.from({ length: 14 * 24 }, (_, i) => 40 + 10 * Math.sin((2 * Math.PI * i) / 24) + i / 48 + 0.3 * deviate());
    // The mean is 47 and grows by 0.5 a day: 20 days to 57, where the peak is now.
    const found = told(saturation({ ...hourly(values), limit: 60, random: randomSource(2) }));
    expect((found.inMs ?? 0) / DAY).toBeGreaterThan(4);
    expect((found.inMs ?? 0) / DAY).toBeLessThan(8);
  });

  test("is reached by a peak that grows with the rest, as traffic's do", () => {
    const deviate = noise(6);
    const use = (i: number): number => 100 * (1 + 0.0006 * i) * ((i / 24) % 7 < 5 ? 1 : 0.5) * (1 + 0.3 * Math.sin((2 * Math.PI * i) / 24));
    const values = Array.from({ length: 28 * 24 }, (_, i) => use(i) * (1 + 0.005 * deviate()));
    const reached = Array.from({ length: 1000 }, (_, k) => k).findIndex((k) => use(values.length + k) >= 195) * HOUR;
    const found = told(saturation({ ...hourly(values), limit: 195, random: randomSource(2) }));
    expect(found.lowerMs).toBeLessThanOrEqual(reached);
    expect((found.inMs ?? 0) / reached).toBeCloseTo(1, 0);
    expect(found.upperMs).toBeGreaterThanOrEqual(reached);
  });

  test("is that of the slope since growth has bent, wherever it did", () => {
    let inside = 0;
    for (let k = 0; k < 40; k++) {
      const [deviate, n] = [noise(k), 336];
      const bend = Math.round(n * (0.5 + 0.01 * k));
      const line = (i: number): number => 200 + 0.1 * i + 0.3 * Math.max(0, i - bend);
      let wobble = 0;
      const values = Array.from({ length: n }, (_, i) => line(i) + (wobble = 0.6 * wobble + 0.2 * deviate()));
      const { lowerMs, upperMs } = told(saturation({ ...hourly(values), limit: line(2 * n), random: randomSource(k) }));
      if ((lowerMs ?? Infinity) <= (n + 1) * HOUR && (upperMs ?? Infinity) >= (n + 1) * HOUR) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(36);
  });

  test("of what does not grow is beyond the horizon, which is told", () => {
    const deviate = noise(4);
    const found = told(saturation({ ...hourly(Array.from({ length: 200 }, () => 50 + deviate())), limit: 90, random: randomSource(2) }));
    expect(found).toMatchObject({ inMs: null, upperMs: null, horizonMs: 2000 * HOUR });
    expect(found.chance).toBeLessThan(0.3);
    expect(told(saturation({ ...hourly(Array.from({ length: 50 }, () => 5)), limit: 9, random: randomSource(2) }))).toMatchObject({
      inMs: null,
      lowerMs: null,
    });
  });

  test("of what wanders by shares far below its limit is not that of multiplying on and on", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomSource(seed);
      let level = 1971;
      // File descriptors of a busy host over half an hour, of 2.5 million.
      const values = Array.from({ length: 400 }, () => (level = Math.round(level * Math.exp(0.08 * (random() - 0.5)))));
      const timestamps = values.map((_, i) => START + i * 5000);
      const found = told(saturation({ timestamps, values, limit: 2_466_170, random: randomSource(5) }));
      expect(found, `seed ${seed}`).toMatchObject({ inMs: null, lowerMs: null });
      expect(found.chance).toBeLessThan(0.02);
    }
  });

  test("is refused of too little, and of a few bursts of samples", () => {
    expect(saturation({ ...hourly([1, 2, 3]), limit: 5, random: randomSource(1) })).toMatchObject({ refused: { code: "too_short" } });
    const timestamps = Array.from({ length: 60 }, (_, i) => START + (i < 30 ? i : i + 10_000) * 1000);
    expect(saturation({ timestamps, values: timestamps.map((_, i) => i), limit: 100, random: randomSource(1) })).toMatchObject({
      refused: { code: "too_gappy" },
    });
  });

  test("of anything is a time not before now with its interval about it, or a refusal in words", () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(0, 1e300, 1e-300, Number.NaN, Infinity),
      fc.integer({ min: 0, max: 9 }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (values, limit) => {
        const found = saturation({ ...hourly(values), limit, random: randomSource(1) });
        if ("refused" in found) {
          expect(found.refused.reason.length).toBeGreaterThan(20);
          return;
        }
        for (const ms of [found.inMs, found.lowerMs, found.upperMs]) expect(ms === null || ms > 0).toBe(true);
        expect((found.lowerMs ?? Infinity) <= (found.inMs ?? Infinity)).toBe(true);
        expect((found.inMs ?? Infinity) <= (found.upperMs ?? Infinity)).toBe(true);
        expect(found.growthPerDay.lower).toBeLessThanOrEqual(found.growthPerDay.value);
        expect(found.growthPerDay.value).toBeLessThanOrEqual(found.growthPerDay.upper);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe("what if", () => {
  const deviate = noise(6);
  const asked = Array.from({ length: 96 }, (_, i) => 100 + 50 * Math.sin((2 * Math.PI * i) / 24) + 3 * deviate());
  const demand = hourly(asked);
  const memory = { kind: "memory", name: "memory", labels: { host_name: "a" }, query: "m", unit: "bytes", limit: 1000 } as const;
  const followed = hourly(asked.map((x) => 200 + 2 * x + 3 * deviate()));

  test("demand is twice as much: what follows it doubles, what is fixed stays", () => {
    const found = judged(memory, followed, { traffic: 2 }, demand);
    const outcome = told("scenario" in found ? found.scenario : null);
    if ("refused" in found) throw new Error(found.refused.reason);
    expect(told(found.relation).perUnit.value).toBeCloseTo(2, 1);
    // At its peak 200 + 2 × 150.
    expect(outcome.peak / (200 + 4 * 155)).toBeCloseTo(1, 1);
    expect(outcome.text).toMatch(/instead of/);
  });

  test("what is in use beyond the limit that would be is at it at once", () => {
    const cpu = { kind: "cpu", name: "cpu", labels: {}, query: "c", unit: "ratio", limit: 0.9, servers: 2 } as const;
    const busy = hourly(asked.map((x, i) => (i === asked.length - 1 ? 0.6 : x / 300)));
    const found = judged(cpu, busy, { traffic: 2 }, demand);
    const outcome = told("scenario" in found ? found.scenario : null);
    const now = busy.timestamps.at(-1);
    expect(outcome.saturation).toMatchObject({ at: now, earliest: now, latest: now, chance: 1 });
  });

  test("a host of four is taken away: each of the others has a third more", () => {
    const outcome = told((judged(memory, followed, { hosts: -1 }, demand) as { scenario?: object }).scenario) as {
      peak: number;
      assumptions: string[];
    };
    expect(outcome.peak / (200 + (4 / 3) * 2 * 155)).toBeCloseTo(1, 1);
    expect(outcome.assumptions[0]).toContain("3 hosts instead of 4");
  });

  test("more hosts do not make a budget last longer: it pays for them", () => {
    const spent = hourly(Array.from({ length: 240 }, (_, i) => 1000 + 10 * i + Math.sin(i)));
    const budget = { kind: "budget", name: "cloud bill", labels: {}, query: "sum(spent)", unit: "", limit: 5000 } as const;
    const one = told<CapacityResource>(judged(budget, spent, { hosts: 4 })) as ForecastUse;
    const outcome = told<ScenarioOutcome>(one.scenario);
    const last = spent.timestamps.at(-1) ?? 0;
    // Eight hosts instead of four spend twice as fast.
    expect(((outcome.saturation.at ?? 0) - last) / ((one.saturation.at ?? 0) - last)).toBeCloseTo(0.5, 1);
    expect(outcome.assumptions).toContain("what is spent is in proportion to the hosts: 8 hosts instead of 4");
    const both = told<CapacityResource>(judged(budget, spent, { hosts: 4, traffic: 3 })) as ForecastUse;
    expect(both.scenario).toMatchObject({
      assumptions: expect.arrayContaining([expect.stringContaining("whichever is more")]) as string[],
    });
  });

  test("what all hosts share is no larger with one more of them; what lies on each of them is in less demand", () => {
    const used = hourly(Array.from({ length: 240 }, (_, i) => 200 + i + Math.sin(i)));
    const quota = { kind: "quota", name: "requests", labels: { service_name: "web" }, query: "q", unit: "", limit: 1000 } as const;
    const shared = told<CapacityResource>(judged(quota, used, { hosts: 4 })) as ForecastUse;
    const hours = ({ saturation }: Pick<ForecastUse, "saturation">): number => (saturation.at ?? 0) / 3_600_000;
    expect(hours(told(shared.scenario))).toBeCloseTo(hours(shared), 0);
    expect(shared.scenario).toMatchObject({
      assumptions: ["it belongs to no single host, so that it is no larger and no less in demand with 8 hosts instead of 4"],
    });
    const own = told<CapacityResource>(judged({ ...quota, kind: "disk", labels: { host_name: "a" } }, used, { hosts: 4 })) as ForecastUse;
    const outcome = told<ScenarioOutcome>(own.scenario);
    expect(outcome.saturation.at).toBeGreaterThan(own.saturation.at ?? Infinity);
    const labels = { instance: "pg-1:9187" };
    const database = told<CapacityResource>(judged({ ...quota, kind: "disk", labels, isShared: true }, used, { hosts: 4 })) as ForecastUse;
    expect(hours(told(database.scenario))).toBeCloseTo(hours(database), 0);
    expect(database.scenario).toMatchObject({
      assumptions: [expect.stringContaining("on none of the hosts that are counted")],
    });
  });

  test("without demand memory is refused, CPU is taken to be in proportion, and says so", () => {
    expect((judged(memory, followed, { traffic: 2 }) as { scenario?: object }).scenario).toMatchObject({
      refused: { code: "no_relation" },
    });
    const cpu = { kind: "cpu", name: "cpu", labels: {}, query: "c", unit: "ratio", limit: 0.9, servers: 2 } as const;
    const outcome = (judged(cpu, hourly(asked.map((x) => x / 500)), { traffic: 2 }) as { scenario?: object }).scenario;
    expect(outcome).toMatchObject({
      assumptions: [expect.stringContaining("in proportion"), expect.stringContaining("M/M/2")] as string[],
    });
    expect((judged(cpu, hourly(asked.map((x) => x / 500)), { hosts: -4 }) as { scenario?: object }).scenario).toMatchObject({
      refused: { code: "no_host_left" },
    });
  });

  test("files are kept half as long: half of what comes in during the rest is free again", () => {
    const values = Array.from({ length: 240 }, (_, i) => GIB * (60 + ((i % 24) / 24) * 2));
    const retention = { nowMs: 20 * DAY, thenMs: 10 * DAY };
    const outcome = told((judged(DISK, hourly(values), { retention }) as { scenario?: object }).scenario) as { peak: number };
    // 2 GiB come in a day (less the hour in which they are deleted).
    expect(outcome.peak / GIB).toBeGreaterThan(40);
    expect(outcome.peak / GIB).toBeLessThan(45);
  });

  test("the longer files are kept the sooner the disk is full, and never sooner than what comes in fills what is free", () => {
    // Each day 3 GiB come in, and all but 1 of what came two weeks before is deleted.
    const values = Array.from({ length: 336 }, (_, i) => GIB * (60 + i / 24 + (i % 24) / 12));
    const last = hourly(values).timestamps.at(-1) ?? 0;
    const daysUntilFull = [14, 15, 18, 21, 24, 28, 60, 365].map((days) => {
      const retention = { nowMs: 14 * DAY, thenMs: days * DAY };
      const one = told<CapacityResource>(judged({ ...DISK, limit: 100 * GIB }, hourly(values), { retention })) as ForecastUse;
      const { saturation } = told<ScenarioOutcome>(one.scenario);
      expect(saturation.earliest ?? Infinity).toBeLessThanOrEqual(saturation.at ?? Infinity);
      return ((saturation.at ?? Infinity) - last) / DAY;
    });
    for (const [index, days] of daysUntilFull.entries()) {
      expect(days).toBeLessThanOrEqual(daysUntilFull[index - 1] ?? Infinity);
      expect(days).toBeGreaterThan((100 - 76) / 3.2);
    }
    expect(daysUntilFull[0]).toBeGreaterThan(20);
    expect(daysUntilFull.at(-1)).toBeLessThan(9.5);
  });

  test("CPU and response times are those of a queue that is simulated", () => {
    const shape = { servers: 4, work: 0.05, seconds: 86_400, every: 600 };
    const rate = (second: number): number => 15 + 8 * Math.sin((2 * Math.PI * second) / 86_400);
    const seen = simulateQueue(rate, shape, randomSource(3));
    const timestamps = Array.from(seen.busy, (_, i) => START + i * 600_000);
    const cpu = { kind: "cpu", name: "cpu", labels: {}, query: "c", unit: "ratio", limit: 0.9, servers: 4 } as const;
    const found = judged(cpu, { timestamps, values: Array.from(seen.busy) }, { traffic: 2 }, { timestamps, values: Array.from(seen.rate) });
    const outcome = told((found as { scenario?: object }).scenario) as { peak: number; responseFactor: number };
    const run = simulateQueue((second) => 2 * rate(second), shape, randomSource(4));
    const peak = run.busy.reduce((most, value) => Math.max(most, value), 0);
    expect(outcome.peak / peak).toBeGreaterThan(0.94);
    expect(outcome.peak / peak).toBeLessThan(1.06);
    expect(outcome.responseFactor).toBeGreaterThan(1);
  });
});

describe("demand and use", () => {
  test("that have nothing to do with each other are refused", () => {
    const deviate = noise(8);
    let found = 0;
    for (let k = 0; k < 100; k++) {
      const pairs = Array.from({ length: 60 }, () => [100 + 20 * deviate(), 50 + deviate()] as const);
      if (
        !(
          "refused" in
          demandRelation(
            pairs.map(([x]) => x),
            pairs.map(([, y]) => y),
          )
        )
      )
        found++;
    }
    expect(found).toBe(0);
    expect(demandRelation([1, 2], [1, 2])).toMatchObject({ refused: { code: "too_short" } });
    expect(
      demandRelation(
        Array.from({ length: 40 }, () => 5),
        Array.from({ length: 40 }, (_, i) => i),
      ),
    ).toMatchObject({ refused: { code: "steady_demand" } });
  });
});

test("response times in a queue are Erlang's", () => {
  expect(responseFactor(1, 0.5)).toBeCloseTo(2, 9);
  expect(responseFactor(1, 0.9)).toBeCloseTo(10, 9);
  // C(2, 1) = 1/3: a wait of a third of a request's work.
  expect(responseFactor(2, 0.5)).toBeCloseTo(4 / 3, 9);
  expect(responseFactor(3, 1)).toBeNull();
  expect(responseFactor(500, 0.5)).toBeCloseTo(1, 6);
});

describe("a recommendation", () => {
  const deviate = noise(9);

  test("for a disk that fills says how much more, why, and what it costs", () => {
    const found = judged(DISK, hourly(Array.from({ length: 10 * 24 }, (_, i) => GIB * (60 + i * 0.05 + 0.05 * deviate()))));
    expect(found.recommendation).toMatchObject({ type: "grow", priority: "medium" });
    expect(found.recommendation.reasons).toHaveLength(3);
    expect(found.cost?.perMonth).toBeCloseTo(10, 6);
    expect(found.cost?.savingPerMonth).toBeLessThan(0);
    expect(found.text).toMatch(/disk \/: .*reaches its limit in .*95%.*Costs \d+ USD a month more/);
  });

  test("for one that is far too large says what would do, after a week and not before", () => {
    const values = Array.from({ length: 10 * 24 }, () => GIB * (10 + 0.1 * deviate()));
    const large = { ...DISK, limit: 1000 * GIB };
    expect(judged(large, hourly(values)).recommendation).toMatchObject({ type: "shrink" });
    expect(judged(large, hourly(values)).cost?.savingPerMonth).toBeGreaterThan(80);
    expect(judged(large, hourly(values.slice(0, 48))).recommendation).toMatchObject({ type: "keep" });
  });

  test("for one that is full is urgent; of too little data there is none, in words", () => {
    expect(judged(DISK, hourly(Array.from({ length: 60 }, () => 101 * GIB))).recommendation).toMatchObject({
      type: "grow",
      priority: "high",
    });
    const short = judged(DISK, hourly([GIB, GIB]));
    expect(short).toMatchObject({ refused: { code: "too_short" }, recommendation: { type: "watch" } });
    expect(short.text).toContain("at least 24 are needed");
  });

  test("costs nothing where no price fits", () => {
    expect(costOf({ kind: "connections", unit: "", limit: 100 }, 200, DEFAULT_SETTINGS)).toBeNull();
    expect(
      costOf({ kind: "cpu", unit: "ratio", limit: 0.9, servers: 8 }, 0.3, {
        currency: "EUR",
        prices: { cpu: { perMonth: 10, unit: "core" } },
      }),
    ).toEqual({
      currency: "EUR",
      perMonth: 80,
      recommendedPerMonth: 30,
      savingPerMonth: 50,
    });
  });
});

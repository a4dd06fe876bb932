import { flows } from "@sightline/shared/capacity/flows";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import type { ForecastUse, Scenario, ScenarioOutcome } from "@sightline/shared/model/capacity";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, MINUTE, noise, series, told } from "../support/made-series.ts";

test("what wobbles takes nothing in; what fills and is emptied every day does, wobble or not", () => {
  const deviate = noise(41);
  expect(flows(Array.from({ length: 2000 }, () => 50 + deviate()))).toEqual({ inflow: 0, outflow: 0, later: 0 });
  for (const scatter of [0, 0.05]) {
    const { inflow, outflow } = flows(Array.from({ length: 240 }, (_, i) => 60 + (i % 24) / 8 + scatter * deviate()));
    expect(inflow / 10).toBeCloseTo(2.875, 0);
    expect(outflow / 9).toBeCloseTo(2.875, 0);
  }
  expect(flows([1, 2, 3, 4])).toEqual({ inflow: 3, outflow: 0, later: 1 });
  // 240 come in an hour of each night, and are deleted evenly.
  const nightly = flows(Array.from({ length: 241 }, (_, i) => 500 + (i % 24 === 0 ? 0 : 240) - 10 * (i % 24)));
  expect(nightly.inflow / 10).toBeCloseTo(240, -1);
  expect(nightly.outflow / 10).toBeCloseTo(240, -1);
  expect(flows([])).toEqual({ inflow: 0, outflow: 0, later: 0 });
});

test.each([2, 7, 28])(
  "a disk that stands still holds twice as much when all is kept twice as long, by whichever window: %d days",
  (days) => {
    const deviate = noise(42);
    const peak = (thenDays: number): number => {
      const judged = judgeResource({
        resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 1000 },
        history: series(
          Array.from({ length: 360 }, () => 50 + 0.5 * deviate()),
          (days * DAY) / 360 + MINUTE,
        ),
        scenario: { retention: { nowMs: 30 * DAY, thenMs: thenDays * DAY } },
        hosts: 1,
        random: randomSource(1),
      });
      if (judged === null) throw new Error("not judged");
      return told<ScenarioOutcome>((told(judged) as ForecastUse).scenario ?? { refused: { code: "none", reason: "none" } }).peak;
    };
    expect(peak(60)).toBeCloseTo(101.5, -1);
    expect(peak(15)).toBeCloseTo(26, -1);
  },
);

test("with more traffic and another retention a disk that stands still holds both times as much, and is never full later", () => {
  const deviate = noise(44);
  const values = Array.from({ length: 360 }, () => 50 + 0.5 * deviate());
  const outcome = (traffic: number, thenDays: number, limit = 1000): ScenarioOutcome => {
    const judged = judgeResource({
      resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit },
      history: series(values, (7 * DAY) / 360 + MINUTE),
      scenario: { traffic, retention: { nowMs: 30 * DAY, thenMs: thenDays * DAY } },
      hosts: 1,
      random: randomSource(1),
    });
    if (judged === null) throw new Error("not judged");
    return told<ScenarioOutcome>((told(judged) as ForecastUse).scenario ?? { refused: { code: "none", reason: "none" } });
  };
  expect(outcome(2, 30).peak).toBeCloseTo(101, -1);
  expect(outcome(2, 60).peak).toBeCloseTo(201, -1);
  expect(outcome(3, 60).peak).toBeCloseTo(301, -1);
  expect(outcome(2, 15).peak).toBeCloseTo(51, -1);
  // Nothing is deleted for thirty days, in which half as much comes in.
  expect(outcome(0.5, 60).peak).toBeCloseTo(76, -1);
  expect(outcome(0.5, 60, 90).saturation.at).toBeNull();
  const end = series(values, (7 * DAY) / 360 + MINUTE).timestamps.at(-1) ?? 0;
  const days = [1, 2, 3].map((traffic) => ((outcome(traffic, 60, 90).saturation.at ?? Infinity) - end) / DAY);
  expect(days[0]).toBeGreaterThan(23);
  expect(days[0]).toBeLessThan(25);
  expect(days[1]).toBeCloseTo((days[0] ?? 0) / 2, 0);
  expect(days[2]).toBeCloseTo((days[0] ?? 0) / 3, 0);
});

test("a disk of which all is deleted a week after it came in holds less when it is kept for three days, however unevenly it comes", () => {
  const random = randomSource(43);
  const came = Array.from({ length: 21 * 48 }, () => 0.2 + 1.6 * random());
  const used = came.map((_, i) => came.slice(Math.max(0, i + 1 - 7 * 48), i + 1).reduce((sum, one) => sum + one, 0)).slice(7 * 48);
  expect(flows(used)).toEqual({ inflow: 0, outflow: 0, later: 0 });
  const judged = judgeResource({
    resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 1000 },
    history: series(used, 30 * MINUTE),
    scenario: { retention: { nowMs: 7 * DAY, thenMs: 3 * DAY } },
    hosts: 1,
    random: randomSource(1),
  });
  if (judged === null) throw new Error("not judged");
  const { peak, assumptions } = told<ScenarioOutcome>(
    (told(judged) as ForecastUse).scenario ?? { refused: { code: "none", reason: "none" } },
  );
  expect(peak / (3 * 48)).toBeGreaterThan(0.85);
  expect(peak / (3 * 48)).toBeLessThan(1.3);
  expect(assumptions.join()).toContain("is deleted as evenly as it comes");
});

test("a disk that empties empties no faster with more work", () => {
  const deviate = noise(45);
  const judged = judgeResource({
    resource: { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 300 },
    history: series(
      Array.from({ length: 360 }, (_, i) => 250 - (0.1 * i) / 12 + 0.01 * deviate()),
      120 * MINUTE,
    ),
    scenario: { traffic: 3 },
    hosts: 1,
    random: randomSource(1),
  });
  if (judged === null) throw new Error("not judged");
  const resource = told(judged) as ForecastUse;
  const { growthPerDay, assumptions } = told<ScenarioOutcome>(resource.scenario ?? { refused: { code: "none", reason: "none" } });
  expect(growthPerDay.value).toBe(resource.growthPerDay.value);
  expect(growthPerDay.value).toBeCloseTo(-0.1, 2);
  expect(assumptions.join()).toContain("it empties as it does");
});

describe("a disk that is tidied at night", () => {
  const GROWING = (day: number): number => 1 + 0.4 * Math.max(-1, day / 60);
  const deviate = noise(46);
  /** Half-hours up to now and from then on: 5 that stay and what came in within the time that it is kept, deleted at three in the morning. */
  function simulated(
    inflow: (day: number) => number,
    nowDays: number,
    thenDays: number,
    work: number,
  ): { seen: number[]; after: number[] } {
    const all: number[] = [];
    const came: { readonly day: number; readonly amount: number }[] = [];
    let held = 5;
    let gone = 0;
    for (let step = -120 * 48; step <= 150 * 48; step++) {
      const day = step / 48;
      const amount = (inflow(day) * (day > 0 ? work : 1)) / 48;
      came.push({ day, amount });
      held += amount;
      if (((step % 48) + 48) % 48 === 6)
        for (; (came[gone]?.day ?? Infinity) <= day - (day > 0 ? thenDays : nowDays); gone++) held -= came[gone]?.amount ?? 0;
      all.push(held + 0.02 * deviate());
    }
    return { seen: all.slice(92 * 48, 120 * 48), after: all.slice(120 * 48) };
  }
  function outcome(seen: readonly number[], scenario: Scenario): { readonly full: number; readonly latest: number; readonly peak: number } {
    const history = series(seen, 30 * MINUTE);
    const resource = { kind: "disk", name: "disk /", labels: { host_name: "a" }, query: "used", unit: "bytes", limit: 80 } as const;
    const judged = judgeResource({ resource, history, scenario, hosts: 1, random: randomSource(1) });
    if (judged === null) throw new Error("not judged");
    const { saturation, peak } = told<ScenarioOutcome>((told(judged) as Required<ForecastUse>).scenario);
    const days = (at: number | null): number => ((at ?? Infinity) - (history.timestamps.at(-1) ?? 0)) / DAY;
    return { full: days(saturation.at), latest: days(saturation.latest), peak };
  }

  test.each([
    [7, 60, 1],
    [14, 28, 2],
  ])(
    "is as much fuller with ever more that comes in as that is kept longer: %d days, then %d, of %d times as much",
    (now, then, traffic) => {
      const { seen, after } = simulated(GROWING, now, then, traffic);
      const full = after.findIndex((value) => value >= 80) / 48;
      const told = outcome(seen, { traffic, retention: { nowMs: now * DAY, thenMs: then * DAY } });
      expect(told.full / full).toBeGreaterThan(0.8);
      expect(told.full / full).toBeLessThan(1.2);
    },
  );

  test("is not never full with three times the work because it stands still: what is deleted follows only when it is as old", () => {
    const { seen, after } = simulated(() => 1, 14, 14, 3);
    const { full, latest, peak } = outcome(
      seen.map((value) => value + 55),
      { traffic: 3 },
    );
    expect(full).toBeCloseTo(after.findIndex((value) => value + 55 >= 80) / 48, 0);
    // It may as well be deleted at once.
    expect(latest).toBe(Infinity);
    expect(peak).toBeGreaterThan(Math.max(...after) + 55);
    expect(outcome(seen, { traffic: 0.5 }).peak).toBeCloseTo(Math.max(...seen), 0);
  });
});

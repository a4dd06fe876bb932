import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { fleetSeries } from "../bench/anomaly-fleet.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const FIVE_MINUTES = 300_000;
const DAY_MS = 86_400_000;
const PER_DAY = 288;
// A Thursday, 00:00 UTC, as weeks are counted.
const THURSDAY = 2700 * 7 * DAY_MS;
const FRIDAY_NOON = THURSDAY + 1.5 * DAY_MS;

interface Told {
  readonly day: number;
  kind: AnomalyKind;
}

/** Events after the first two days of a series that has `at` at a time and a number of days since it began, each by the name it ends with. */
function told(startMs: number, days: number, at: (day: number, tMs: number) => number | undefined, deployMs?: number): Told[] {
  const times = Array.from({ length: days * PER_DAY }, (_, i) => startMs + i * FIVE_MINUTES);
  return toldOf(
    times,
    times.map((t) => at((t - startMs) / DAY_MS, t)),
    deployMs,
  );
}

function toldOf(times: ArrayLike<number>, values: ArrayLike<number | undefined>, deployMs?: number): Told[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const events: Told[] = [];
  for (let i = 0; i < times.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    if (times[i] === deployMs) bank.permitChange(slot, deployMs ?? 0);
    const score = bank.observe(slot, times[i] ?? 0, value);
    const kind = bank.judgement(slot)?.kind ?? "spike";
    const last = events.at(-1);
    if (score >= 0.5) events.push({ day: ((times[i] ?? 0) - (times[0] ?? 0)) / DAY_MS, kind });
    else if (bank.revised(slot) && last !== undefined) last.kind = kind;
  }
  return events.filter(({ day }) => day > 2);
}

/** Nearly normal, of deviation 0.58. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => random() + random() + random() + random() - 2;
}

const isWeekend = (tMs: number): boolean => (Math.floor(tMs / DAY_MS + 4) % 7) % 6 === 0;

describe("a series that grows by as much every day", () => {
  test.each([
    ["stood still for four hours", "flatline", 0.003],
    ["was not there for four hours", "gap", 0.003],
    ["was not there for four hours", "gap", 0.01],
  ] as const)("and %s has not changed its trend: %s, growth of %s a day", (_, kind, growth) => {
    const next = noise(71);
    let last = 0;
    const events = told(FRIDAY_NOON, 14, (day) => {
      const isGone = day >= 9.1 && day < 9.1 + 4 / 24;
      if (isGone && kind === "gap") return undefined;
      if (!isGone) last = 1e11 * (1 + growth * day + 0.001 * next());
      return last;
    });
    expect(events.map((one) => one.kind)).toEqual([kind]);
  });

  test.each([0.003, -0.003, 0.01])("does nothing new where its hours of the week come again, at %s a day", (growth) => {
    const next = noise(61);
    expect(told(FRIDAY_NOON, 20, (day) => 1e11 * (1 + growth * day + 0.003 * next()))).toEqual([]);
  });

  // Ten minutes into one of the profile's quarters of an hour, and at the beginning of one.
  test.each([
    [10, 0.02],
    [10, 0.2],
    [0, 0.02],
  ])(
    "of which there is little noise does nothing new in four weeks: first seen %s minutes after a quarter of an hour, noise of %s",
    (minutes, size) => {
      const next = noise(67);
      expect(told(FRIDAY_NOON + minutes * 60_000, 29, (day) => 100 + 0.5 * day + size * next())).toEqual([]);
    },
  );
});

test.each([1, 2, 3, 4])("a series that grows goes on as before after a deploy has moved its level: %s", (seed) => {
  const next = noise(100 + seed);
  const events = told(
    FRIDAY_NOON,
    14,
    (day) => 100 * (1 + 0.008 * day + (day >= 8.5 ? 0.2 : 0) + 0.04 * next()),
    FRIDAY_NOON + 8.5 * DAY_MS,
  );
  expect(events).toEqual([]);
});

describe("a series with weekends", () => {
  const level = (tMs: number): number => 30 * (1 + 0.3 * Math.sin((2 * Math.PI * tMs) / DAY_MS)) * (isWeekend(tMs) ? 0.6 : 1);

  test.each([1, 5])("that begins to drift by 1% a day is told in six days, begun on day %s of a week", (weekday) => {
    const next = noise(79 + weekday);
    const events = told(THURSDAY + weekday * DAY_MS, 15, (day, t) => level(t) + 0.3 * Math.max(0, day - 8.5) + 2 * next());
    expect(events.filter(({ day }) => day < 8.5)).toEqual([]);
    expect(events[0]?.day).toBeLessThan(14.5);
  });

  test.each([0.5, 3.5])("is known in its second, to the minute in which they begin: first seen %s days after a Thursday", (after) => {
    const next = noise(83);
    const events = told(THURSDAY + after * DAY_MS, 14, (_, t) => level(t) + 0.6 * next());
    expect(events.filter(({ day }) => day > 7)).toEqual([]);
  });
});

test("what was told as one far value and stays where it went for four hours is a level that has moved, and nothing is told of it later", () => {
  const seed = 4 * 101 + 3 * 7919 + 11 * 131;
  const { times, values } = fleetSeries("cpu", "level_shift", seed, FIVE_MINUTES, 14);
  expect(toldOf(times, values).map(({ kind }) => kind)).toEqual(["level_shift"]);
});

import { describe, expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import type { ResourceKind } from "@sightline/shared/model/capacity";
import { randomSource } from "../bench/anomaly-generator.ts";
import { DAY, HOUR, MINUTE, noise } from "../support/made-series.ts";

const FRIDAY = Date.UTC(2026, 9, 30);

interface History {
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

function judged(kind: ResourceKind, history: History, peaks = history, limit = 100) {
  const resource = { kind, name: kind, labels: {}, query: "used", unit: "bytes", limit } as const;
  const found = judgeResource({ resource, history, peaks, hosts: 1, random: randomSource(1) });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return found;
}

function office(from: number, to: number, aheadOfUtc = 0): History {
  const deviate = noise(9);
  let wander = 0;
  const timestamps = Array.from({ length: Math.floor((to - from) / (10 * MINUTE)) }, (_, i) => from + i * 10 * MINUTE);
  const values = timestamps.map((ms) => {
    wander = 0.9 * wander + 0.3 * deviate();
    const there = ms + aheadOfUtc * HOUR;
    const share = [0, 6].includes(new Date(there).getUTCDay()) ? 0.15 : 1;
    return 40 + wander + 30 * share * Math.exp(-((((there % DAY) / HOUR - 13) / 3.2) ** 2) / 2);
  });
  return { timestamps, values };
}

describe("on the first Monday morning", () => {
  test.each([-38, 0, 10, 15, 24, 34])(
    "what was begun %d h after Friday's midnight and follows the work is not about to be full",
    (hours) => {
      for (const at of [8, 10, 12, 14, 32, 35]) {
        const { saturation } = judged("memory", office(FRIDAY + hours * HOUR, FRIDAY + 3 * DAY + at * HOUR));
        expect([at, saturation.latest]).toEqual([at, null]);
      }
    },
  );

  test("a leak is, that has gone on since Thursday", () => {
    const deviate = noise(10);
    const timestamps = Array.from({ length: 6 * 100 }, (_, i) => FRIDAY - 13 * HOUR + i * 10 * MINUTE);
    const leak = { timestamps, values: timestamps.map((ms) => 30 + (0.6 * (ms - FRIDAY)) / HOUR + 0.2 * deviate()) };
    expect(judged("memory", leak).saturation.latest).not.toBeNull();
  });
});

test.each([
  [0, 5.1],
  [-12, 5.6],
  [24, 4.9],
])("what was begun %d h after Friday's midnight has seen both kinds of days, and is not full within days after %d", (hours, days) => {
  const { saturation } = judged("connections", office(FRIDAY + hours * HOUR, FRIDAY + hours * HOUR + days * DAY));
  expect((saturation.earliest ?? Infinity) - FRIDAY - days * DAY).toBeGreaterThan(3 * DAY);
});

describe("in the second week, working days and weekends are known", () => {
  test.each([0, -8, 9])("what follows the work %d h ahead of UTC as in the first is not full within days", (aheadOfUtc) => {
    for (const days of [7.6, 9.4, 11.2, 13]) {
      const { saturation } = judged("connections", office(FRIDAY, FRIDAY + days * DAY, aheadOfUtc));
      expect([days, saturation.earliest ?? Infinity]).toEqual([days, Infinity]);
    }
  });

  test("what grows all the same is full on a day of work", () => {
    const { timestamps, values } = office(FRIDAY, FRIDAY + 12 * DAY);
    const grown = values.map((value, i) => value + (1.5 * (timestamps[i]! - FRIDAY)) / DAY);
    const { saturation } = judged("connections", { timestamps, values: grown });
    // A peak of 71 on the 30th of October grows by 1.5 a day.
    expect(saturation.earliest).toBeGreaterThan(FRIDAY + 14 * DAY);
    expect(saturation.latest).toBeLessThan(FRIDAY + 28 * DAY);
    expect([0, 6]).not.toContain(new Date(saturation.at ?? 0).getUTCDay());
  });
});

test("a leak beside garbage collection reaches its limit where its peaks do, not where its means would", () => {
  let held = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomSource(seed);
    const perDay = 1 + 2 * random();
    let collected = 0;
    let top = 12;
    const at = (i: number): number => {
      collected += 0.83 * (0.5 + random());
      if (collected > top) [collected, top] = [random(), 10 + 4 * random()];
      return 30 + (perDay * i) / 288 + collected;
    };
    const all = Array.from({ length: 80 * 288 }, (_, i) => at(i));
    const crossing = all.findIndex((value) => value >= 100);
    const each = 12;
    const steps = (14 * 288) / each;
    const timestamps = Array.from({ length: steps }, (_, k) => FRIDAY + (k + 1) * each * 5 * MINUTE);
    const within = (k: number) => all.slice(k * each, (k + 1) * each);
    const means = timestamps.map((_, k) => within(k).reduce((sum, one) => sum + one, 0) / each);
    const highest = timestamps.map((_, k) => Math.max(...within(k)));
    const { saturation } = judged("memory", { timestamps, values: means }, { timestamps, values: highest });
    const truth = FRIDAY + crossing * 5 * MINUTE;
    if ((saturation.earliest ?? Infinity) <= truth && (saturation.latest ?? Infinity) >= truth) held++;
  }
  expect(held).toBeGreaterThanOrEqual(10);
});

test("a leak that is read at instants anywhere between two collections reaches its limit where its peaks do", () => {
  let held = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomSource(seed);
    const perDay = 2 + 3 * random();
    const every = 6 + 40 * random();
    let turns = 0;
    const all = Array.from({ length: 40 * 1440 }, (_, i) => {
      turns += (0.6 + 0.8 * random()) / every;
      return 40 + (perDay * i) / 1440 + 8 * (turns % 1);
    });
    const limit = 56 + 8 * perDay * (1 + random());
    const timestamps = Array.from({ length: 8 * 24 }, (_, k) => FRIDAY + (k + 1) * HOUR);
    const instants = timestamps.map((_, k) => all[60 * (k + 1) - 1]!);
    const highest = timestamps.map((_, k) => Math.max(...all.slice(60 * k, 60 * (k + 1))));
    const { saturation } = judged("memory", { timestamps, values: instants }, { timestamps, values: highest }, limit);
    const truth = FRIDAY + all.findIndex((value) => value >= limit) * MINUTE;
    if ((saturation.earliest ?? Infinity) <= truth && (saturation.latest ?? Infinity) >= truth) held++;
  }
  expect(held).toBeGreaterThanOrEqual(18);
});

test("peaks that have ended days ago lower no limit", () => {
  const deviate = noise(6);
  const timestamps = Array.from({ length: 9 * 24 }, (_, i) => FRIDAY + i * HOUR);
  const values = timestamps.map((ms) => 100 + (2 * (ms - FRIDAY)) / DAY + deviate());
  const highest = values.map((value, i) => value + (i < 4 * 24 ? 285 : 5));
  for (const kind of ["disk", "memory", "connections"] as const) {
    const { saturation } = judged(kind, { timestamps, values }, { timestamps, values: highest }, 400);
    expect(saturation.earliest ?? Infinity).toBeGreaterThan(FRIDAY + 19 * DAY);
  }
});

test("what fills in steps of a day weeks ahead does so on one day's height or the next one's", () => {
  const timestamps = Array.from({ length: 28 * 24 }, (_, i) => FRIDAY + i * HOUR);
  const deviate = noise(3);
  const values = timestamps.map((ms) => 25 + (ms - FRIDAY) / DAY + (5 * (ms % DAY)) / DAY + 0.01 * deviate());
  const { saturation } = judged("disk", { timestamps, values });
  expect((saturation.latest ?? 0) - (saturation.earliest ?? 0)).toBeGreaterThan(DAY);
  expect((saturation.latest ?? 0) - (saturation.earliest ?? 0)).toBeLessThan(4 * DAY);
});

import { withJumpsInGaps } from "@sightline/shared/statistics/jumps-in-gaps";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { type Saturation, saturation } from "@sightline/shared/capacity/saturation";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";
import type { ResourceKind } from "@sightline/shared/model/capacity";
import { DAY, HOUR, START, noise, series, told } from "../support/made-series.ts";

const LIMIT = 95;

/** What is told of 28 days by the hour without those from `days` + `ago` to `ago` days before the end. */
function after(days: number, ago: number, value: (hour: number) => number): Saturation {
  const hours = 28 * 24;
  const { timestamps, values } = series(
    Array.from({ length: hours }, (_, i) => value(i)),
    HOUR,
  );
  const kept = timestamps.map((_, i) => i).filter((i) => i < hours - (days + ago) * 24 || i >= hours - ago * 24);
  return told(
    saturation({ timestamps: kept.map((i) => timestamps[i]!), values: kept.map((i) => values[i]!), limit: LIMIT, random: randomSource(1) }),
  );
}

describe("what changed while nothing was seen is one step", () => {
  const gaps = [
    [1, 0.5],
    [1, 1],
    [2, 2],
    [10, 3],
  ] as const;

  test.each(gaps)("a disk that stands still and was filled in a gap of %d days that ended %d days ago does not grow", (days, ago) => {
    const deviate = noise(91);
    const cut = (28 - ago - days / 2) * 24;
    const { inMs, growthPerDay } = after(days, ago, (hour) => (hour > cut ? 55 : 40) + 0.05 * deviate());
    expect(inMs).toBeNull();
    expect(Math.abs(growthPerDay.value)).toBeLessThan(0.1);
  });

  test.each(gaps)("one that grows and was cleaned in a gap of %d days that ended %d days ago grows as it did", (days, ago) => {
    const deviate = noise(92);
    const cut = (28 - ago - days / 2) * 24;
    const { inMs, growthPerDay } = after(days, ago, (hour) => 40 + hour / 24 - (hour > cut ? 15 : 0) + 0.02 * deviate());
    expect(growthPerDay.value).toBeGreaterThan(0.9);
    expect(growthPerDay.value).toBeLessThan(1.1);
    expect((inMs ?? 0) / DAY).toBeGreaterThan(39);
    expect((inMs ?? 0) / DAY).toBeLessThan(45);
  });

  test("what grew in a gap as it does elsewhere is as it was, also of what wanders", () => {
    const deviate = noise(93);
    const missing = Uint8Array.from({ length: 300 }, (_, i) => (i >= 200 && i < 224 ? 1 : 0));
    let level = 0;
    for (const next of [() => (level += 1 + 0.1 * deviate()), () => (level += deviate())]) {
      const values = Float64Array.from({ length: 300 }, next);
      const gap = values[224]! - values[199]!;
      const bridged = values.map((value, i) => (missing[i] === 1 ? values[199]! + (gap * (i - 199)) / 25 : value));
      expect(withJumpsInGaps(bridged, missing)).toEqual(bridged);
    }
  });

  test.each([0, 1, 4])("a machine that is off at weekends, and whose disk then stands still, grows as it did, with noise of %d", (size) => {
    const deviate = noise(96);
    const hours = 28 * 24;
    const isOff = (hour: number): boolean => hour % (7 * 24) >= 5 * 24;
    let level = 300;
    const kept = Array.from({ length: hours }, (_, i) => ({
      t: i * HOUR,
      value: isOff(i) ? level : (level += 1) + size * 0.3 * deviate(),
      off: isOff(i),
    })).filter(({ off }) => !off);
    const { growthPerDay } = told(
      saturation({ timestamps: kept.map(({ t }) => t), values: kept.map(({ value }) => value), limit: 1200, random: randomSource(1) }),
    );
    expect(growthPerDay.value).toBeGreaterThan(16);
    expect(growthPerDay.value).toBeLessThan(19);
    expect(growthPerDay.lower).toBeGreaterThan(10);
  });
});

describe("a laptop that is on from 8 to 19 h on working days", () => {
  const STEP = 2 * HOUR;
  /** Days from a Monday on: at such an hour and day it is on. */
  const isOn = (t: number): boolean => {
    const day = Math.floor((t - START) / DAY);
    const hour = (t - START - day * DAY) / HOUR;
    return day % 7 < 5 && hour >= 8 && hour <= 19;
  };

  /** Judged at 18 h of the last Friday of so many weeks, with what its use was then and becomes: a unit on each working day, by chance. */
  function laptop(weeks: number, seed: number, { kind = "disk", away = 0 }: { readonly kind?: ResourceKind; readonly away?: number } = {}) {
    const deviate = noise(seed);
    const nowMs = START + (7 * weeks - 3) * DAY + 18 * HOUR;
    let level = 200;
    const path = Array.from({ length: (10 * 7 * DAY) / STEP }, (_, i) => START + i * STEP).map((t) => ({
      t,
      value: isOn(t) ? (level += (1 + deviate()) / 6) : level,
    }));
    const seen = path.filter(({ t }) => t <= nowMs && isOn(t) && !(t >= START + 2 * DAY && t < START + (2 + away) * DAY));
    const limit = (seen.at(-1)?.value ?? 0) + 8.5;
    const judged = judgeResource({
      resource: { kind, name: "disk", labels: {}, query: "q", unit: "bytes", limit },
      history: { timestamps: seen.map(({ t }) => t), values: seen.map(({ value }) => value) },
      hosts: 1,
      random: randomSource(seed),
    });
    if (judged === null) throw new Error("nothing was judged");
    return { judged, fullAt: path.find(({ value }) => value >= limit)?.t ?? Infinity };
  }

  test("has its disk judged after four weeks, and is full when it is told to be", () => {
    const held = Array.from({ length: 40 }, (_, k) => laptop(4, k + 1)).filter(({ judged, fullAt }) => {
      if ("refused" in judged) return false;
      const { earliest, latest } = judged.saturation;
      return fullAt + STEP >= (earliest ?? Infinity) && fullAt - STEP <= (latest ?? Infinity);
    });
    expect(held.length).toBeGreaterThanOrEqual(37);
  });

  test.for([
    ["of its memory, which does not stand still while it is off", laptop(4, 1, { kind: "memory" })],
    ["of two weeks, in which one weekend is seen", laptop(2, 1)],
    ["with two weeks of which nothing is known", laptop(4, 1, { away: 14 })],
  ] as const)("has nothing told %s", ([, { judged }]) => {
    expect("refused" in judged ? judged.refused.code : "").toBe("too_gappy");
  });
});

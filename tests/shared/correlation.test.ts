import { describe, expect, test } from "vitest";
import { correlate } from "@sightline/shared/correlation/correlate";
import { laggedSpearman } from "@sightline/shared/correlation/lagged-spearman";
import { falseDiscoveryRates } from "@sightline/shared/statistics/benjamini-hochberg";
import { normalTail, studentToNormal } from "@sightline/shared/statistics/normal";
import { randomSource } from "../bench/anomaly-generator.ts";

const random = randomSource(9);
const deviate = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function walk(count: number): Float64Array {
  let at = 0;
  return Float64Array.from({ length: count }, () => (at += deviate()));
}

describe("a lagged correlation", () => {
  test("finds which series follows, by how much, and against an outlier", () => {
    const leader = walk(200);
    const follower = Float64Array.from({ length: 200 }, (_, i) => 3 * (leader[i - 4] ?? 0) + 0.5 * deviate());
    follower[77] = 1e9;
    const found = laggedSpearman(leader, follower, { most: 12, covers: 1 });
    expect(found?.lag).toBe(4);
    expect(found?.rho).toBeGreaterThan(0.8);
    expect(found?.pValue).toBeLessThan(1e-6);
    expect(laggedSpearman(follower, leader, { most: 12, covers: 1 })?.lag).toBe(-4);
  });

  test("walks that have nothing to do with each other are pairs by chance in at most 5 of 100, all lags tried", () => {
    let found = 0;
    for (let k = 0; k < 150; k++) if ((laggedSpearman(walk(100), walk(100), { most: 12, covers: 1 })?.pValue ?? 1) < 0.05) found++;
    expect(found).toBeLessThanOrEqual(15);
  });

  test.each([
    ["events", () => (random() < 0.02 ? 1 + Math.floor(3 * random()) : 0)],
    ["levels", (before: number) => (random() < 0.02 ? Math.floor(20 * random()) : before)],
  ])("rare %s that have nothing to do with each other are pairs by chance in at most 5 of 100", (_, next) => {
    let at = 0;
    const rare = (): Float64Array => Float64Array.from({ length: 240 }, () => (at = next(at)));
    let found = 0;
    for (let k = 0; k < 150; k++) if ((laggedSpearman(rare(), rare(), { most: 12, covers: 1 })?.pValue ?? 1) < 0.05) found++;
    expect(found).toBeLessThanOrEqual(15);
  });

  test("rare events are no more often pairs by chance where values are of several steps, each of which begins and ends", () => {
    const rate = (): Float64Array => {
      const events = Float64Array.from({ length: 244 }, () => (random() < 0.015 ? 1 + Math.floor(3 * random()) : 0));
      return events.subarray(4).map((_, i) => events.subarray(i + 1, i + 5).reduce((sum, value) => sum + value, 0) / 4);
    };
    let found = 0;
    for (let k = 0; k < 150; k++) if ((laggedSpearman(rate(), rate(), { most: 12, covers: 4 })?.pValue ?? 1) < 0.05) found++;
    expect(found).toBeLessThanOrEqual(7);
  });

  test("jobs that take as long as each other and waves of unlike periods are pairs by chance in at most 5 of 100", () => {
    const jobs = (): Float64Array => {
      const begins = [0, 1].map(() => Math.floor(235 * random()));
      return Float64Array.from({ length: 240 }, (_, i) => (begins.some((begin) => i >= begin && i < begin + 5) ? 1 : 0));
    };
    const wave = (): Float64Array => {
      const [period, phase] = [15 + 45 * random(), 2 * Math.PI * random()];
      return Float64Array.from({ length: 240 }, (_, i) => Math.sin((2 * Math.PI * i) / period + phase) + 0.05 * deviate());
    };
    for (const draw of [jobs, wave]) {
      let found = 0;
      for (let k = 0; k < 150; k++) if ((laggedSpearman(draw(), draw(), { most: 12, covers: 1 })?.pValue ?? 1) < 0.05) found++;
      expect(found).toBeLessThanOrEqual(10);
    }
  });

  test("rare events that follow one another are found, and so is what a busy series does at each", () => {
    const restarts = Float64Array.from({ length: 240 }, (_, i) => (i % 37 === 11 ? 1 : 0));
    const errors = Float64Array.from({ length: 240 }, (_, i) => 5 * (restarts[i - 3] ?? 0));
    const latency = Float64Array.from({ length: 240 }, (_, i) => 100 + deviate() + 40 * (restarts[i - 3] ?? 0));
    expect(laggedSpearman(restarts, errors, { most: 12, covers: 1 })).toMatchObject({
      lag: 3,
      pValue: expect.toSatisfy((p: number) => p < 1e-6),
    });
    expect(laggedSpearman(restarts, latency, { most: 12, covers: 1 })).toMatchObject({
      lag: 3,
      pValue: expect.toSatisfy((p: number) => p < 0.01),
    });
  });

  test("a constant and too few changes give none", () => {
    expect(laggedSpearman(walk(100), new Float64Array(100), { most: 5, covers: 1 })).toBeNull();
    expect(laggedSpearman(walk(9), walk(9), { most: 2, covers: 1 })).toBeNull();
    expect(laggedSpearman(walk(50), new Float64Array(50).fill(Number.NaN), { most: 2, covers: 1 })).toBeNull();
  });

  test("among many pairs the one real one comes first, and few others are called certain", () => {
    const cause = walk(200);
    const effect = cause.map((value) => -2 * value + 0.3 * deviate());
    const named = (name: string, y: Float64Array) => ({ name, labels: { __name__: name }, y, coversMs: 0 });
    const others = Array.from({ length: 15 }, (_, k) => named(`other_${k}`, walk(200)));
    const pairs = correlate([named("cause", cause)], [...others, named("effect", effect), named("cause", cause)], {
      stepMs: 60_000,
      mostLag: 5,
    });
    expect(pairs).toHaveLength(16);
    expect(pairs[0]).toMatchObject({ with: { __name__: "effect" }, lagMs: 0 });
    expect(pairs[0]?.text).toBe(
      "effect moves against cause at the same time (rank correlation of changes -0.98).".replace("-0.98", (pairs[0]?.rho ?? 0).toFixed(2)),
    );
    expect(pairs.slice(1).filter(({ falseDiscoveryRate }) => falseDiscoveryRate < 0.05).length).toBeLessThanOrEqual(1);
  });

  test("two expressions are two things, though their labels are alike, and one is not held against itself", () => {
    const requests = walk(200);
    const errors = requests.map((value) => 0.1 * value + 0.01 * deviate());
    const rate = (name: string, y: Float64Array) => ({ name: `rate(${name}[5m])`, labels: { job: "shop" }, y, coversMs: 0 });
    const options = { stepMs: 60_000, mostLag: 5 };
    const [pair] = correlate([rate("requests", requests)], [rate("errors", errors), rate("requests", requests)], options);
    expect(pair?.text).toMatch(/^rate\(errors\[5m\]\) moves with rate\(requests\[5m\]\) at the same time/);
    const chance = correlate([rate("requests", requests)], [rate("other", walk(200))], options)[0];
    expect(chance?.text).toMatch(/ do not move together beyond chance, at up to 5 min apart\.$/);
    expect(correlate([rate("a", requests)], [rate("a", requests)], options)).toEqual([]);
  });
});

test("false discovery rates are those of Benjamini and Hochberg's procedure", () => {
  expect(falseDiscoveryRates([0.01, 0.04, 0.03, 0.005])).toEqual([0.02, 0.04, 0.04, 0.02]);
  expect(falseDiscoveryRates([])).toEqual([]);
});

test("tails of the normal and of Student's t", () => {
  expect(normalTail(1.959964) / 0.025).toBeCloseTo(1, 5);
  expect(normalTail(6) / 9.8659e-10).toBeCloseTo(1, 3);
  expect(normalTail(-1)).toBeCloseTo(0.841345, 5);
  expect(2 * normalTail(studentToNormal(2.228, 10))).toBeCloseTo(0.05, 3);
});

import { describe, expect, test } from "vitest";
import { dayKinds } from "@sightline/shared/forecast/day-kinds";
import { forecast } from "@sightline/shared/forecast/forecast";
import { intervalWidths } from "@sightline/shared/forecast/intervals";
import { memberWeights } from "@sightline/shared/forecast/member-weights";
import { huberRidge } from "@sightline/shared/forecast/ridge";
import { weeklyProfile } from "@sightline/shared/forecast/weekly-profile";
import { weightSharpness } from "@sightline/shared/forecast/weight-sharpness";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;

describe("the weights of the members", () => {
  const near = Float64Array.from({ length: 48 }, (_, h) => (h < 12 ? 1 : 4));
  const far = Float64Array.from({ length: 48 }, () => 2.5);

  test("favour at each distance who knows it, and sum to one everywhere", () => {
    const [first, second] = memberWeights([near, far], 60, 1);
    for (let h = 0; h < 60; h++) expect((first?.[h] ?? NaN) + (second?.[h] ?? NaN)).toBeCloseTo(1, 12);
    expect(first?.[2]).toBeGreaterThan(second?.[2] ?? NaN);
    expect(first?.[40]).toBeLessThan(second?.[40] ?? NaN);
    // Beyond the backtest the whole way counts.
    expect(first?.[59]).toBeCloseTo(2.5 ** 3 / (2.5 ** 3 + 3.25 ** 3), 6);
  });

  test("begin from what each is worth before its errors are known", () => {
    const [doubted, usual] = memberWeights([far, far], 48, 1, [0.25, undefined]);
    expect((doubted?.[7] ?? NaN) / (usual?.[7] ?? NaN)).toBeCloseTo(0.25, 9);
  });

  test("leave out who could not forecast, or gave no number", () => {
    const [none, some, odd] = memberWeights([null, far, far.map(() => NaN)], 48, 24);
    expect(none?.every((weight) => weight === 0)).toBe(true);
    expect(odd?.every((weight) => weight === 0)).toBe(true);
    expect(some?.every((weight) => weight === 1)).toBe(true);
  });
});

describe("how sharply members are told apart", () => {
  const origins = (...errors: number[][]): Float64Array[] => errors.map((own) => Float64Array.from(own));

  test("depends on whether the origins agree who is better", () => {
    const agree = weightSharpness(origins([1, 1.5, 2], [2, 3, 4], [1, 1.5, 2.1], [3, 4.5, 6]));
    const contradict = weightSharpness(origins([1, 1.5, 2], [4, 3, 2], [2.1, 1.5, 1], [3, 4.5, 6]));
    expect(agree).toBeGreaterThan(4.5);
    expect(contradict).toBeLessThan(2);
  });

  test("a long lead is believed though an origin of before knows nothing of it", () => {
    expect(
      weightSharpness(origins([0.01, 0.23, 0.25, 0.2], [0.01, 0.22, 0.22, 0.2], [0.12, 0.12, 0.12, 0.13], [0.01, 0.01, 0.02, 0.01])),
    ).toBeGreaterThan(3);
  });

  test("is between where nothing can be known, and finite for errors of nothing", () => {
    expect(weightSharpness([])).toBe(3);
    expect(weightSharpness(origins([1, 2]))).toBe(3);
    expect(weightSharpness(origins([1, Infinity], [2, Infinity]))).toBe(3);
    expect(weightSharpness(origins([0, 0], [0, 0]))).toBe(1);
    expect(weightSharpness(origins([0, 1], [0, 1]))).toBe(5);
  });
});

describe("intervals with seasons", () => {
  const calm = Float64Array.from({ length: 24 }, (_, h) => (h % 2 === 0 ? 1 : -1));
  const wild = calm.map((residual) => 3 * residual);
  const agreed = new Float64Array(24);

  test("widen in the tails where the last origin was unusual, not where an older one was", () => {
    const now = intervalWidths([wild, calm, calm, calm], 24, 24, agreed, null);
    const before = intervalWidths([calm, calm, calm, wild], 24, 24, agreed, null);
    expect(now.half95[5]).toBeGreaterThan(1.2 * (before.half95[5] ?? NaN));
    expect(now.half80[5]).toBeCloseTo(before.half80[5] ?? NaN, 12);
    for (let h = 0; h < 24; h++) expect(before.half95[h]).toBeGreaterThan(before.half80[h] ?? NaN);
  });

  test("are as the root of what is forecast, and not nothing for a forecast of nothing", () => {
    const tested = [calm, calm].map((origin) => origin.map(() => 10));
    const of = (size: number): number =>
      intervalWidths([calm, calm], 24, 24, agreed, { tested, ahead: agreed.map(() => size) }).half95[0] ?? NaN;
    expect(of(40) / of(10)).toBeCloseTo(2, 9);
    expect(of(0)).toBeGreaterThan(0.1 * of(10));
    expect(of(10)).toBeCloseTo(intervalWidths([calm, calm], 24, 24, agreed, null).half95[0] ?? NaN, 9);
  });
});

test("columns that repeat give the coefficients that they give row by row", () => {
  const random = randomSource(31);
  const rows = 200;
  const m = 6;
  const period = 24;
  const x = Float64Array.from({ length: rows * m }, (_, k) => {
    const row = Math.floor(k / m);
    const wave = (2 * Math.PI * (row % period)) / period;
    return [random() - 0.5, random() - 0.5, Math.sin(wave), Math.cos(wave), Math.sin(2 * wave), 1][k % m] ?? 0;
  });
  const y = Float64Array.from({ length: rows }, (_, r) => (x[r * m] ?? 0) + 2 * (x[r * m + 2] ?? 0) + (r % 17 === 0 ? 5 : 0.1 * random()));
  const weights = new Float64Array(rows).fill(1);
  const plain = huberRidge(x, y, rows, m, 0.001, weights, 2);
  const phased = huberRidge(x, y, rows, m, 0.001, weights, 2, { from: 2, period });
  for (let k = 0; k < m; k++) expect(phased?.[k]).toBeCloseTo(plain?.[k] ?? NaN, 9);
});

test("the usual profile expects a moved level back", () => {
  const y = Float64Array.from({ length: 28 * 24 }, (_, i) => 100 + 40 * Math.sin((2 * Math.PI * i) / 24) + (i >= 27 * 24 ? 30 : 0));
  const out = weeklyProfile.forecast(y, { short: 24, long: 168 }, 168) ?? new Float64Array();
  expect(out).toHaveLength(168);
  expect((out[0] ?? NaN) - 100).toBeGreaterThan(20);
  expect((out[167] ?? NaN) - (y[27 * 24 - 1] ?? NaN)).toBeLessThan(20);
});

test("a Saturday learns from the days that are like it, and one odd Saturday is outvoted", () => {
  const weekend = (day: number): boolean => day % 7 >= 5;
  const noise = randomSource(5);
  const y = Float64Array.from({ length: 40 * 24 }, (_, i) => {
    const day = Math.floor(i / 24);
    return day === 19 ? 500 : (weekend(day) ? 30 : 100 + 40 * Math.sin((2 * Math.PI * i) / 24)) + noise();
  });
  // The history ends on a Friday.
  const out = dayKinds.forecast(y, { short: 24, long: 168 }, 9 * 24) ?? new Float64Array();
  expect(out).toHaveLength(9 * 24);
  expect(Math.max(...out.subarray(0, 48))).toBeLessThan(33);
  expect(Math.max(...out.subarray(48, 72))).toBeGreaterThan(135);
  expect([...out.subarray(7 * 24)]).toEqual([...out.subarray(0, 48)]);
  expect(dayKinds.forecast(y.subarray(0, 15 * 24), { short: 24, long: 168 }, 24)).toBeNull();
});

test.each([
  ["5 days ago is taken out of the history", 552, 0.05, "days of a kind"],
  ["10 days ago is what a model believes to stay", 432, 0.12, "days of a kind at today's level"],
])("a level that moved %s", (_, moved, most, model) => {
  const noise = randomSource(8);
  const at = (i: number): number =>
    (Math.floor(i / 24) % 7 >= 5 ? 0.6 : 1) *
    (100 + 50 * Math.sin((2 * Math.PI * i) / 24)) *
    (i >= moved ? 1.6 : 1) *
    (0.97 + 0.06 * noise());
  const values = Array.from({ length: 672 }, (_, i) => at(i));
  const answer = forecast({ timestamps: values.map((_, i) => i * 60 * MINUTE), values, horizonMs: 48 * 60 * MINUTE });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  let off = 0;
  let all = 0;
  for (const [h, { mean }] of answer.points.entries()) {
    const actual = at(672 + h);
    off += Math.abs(mean - actual);
    all += actual;
  }
  expect(off / all).toBeLessThan(most);
  expect(answer.models[0]?.name).toBe(model);
});

test.each([
  ["counter", 0, 1],
  ["gauge", 3, 0],
])("what grows by the week goes on growing, sampled once a day, and as it does within the week: a %s", (_, slope, adds) => {
  const noise = randomSource(5);
  let total = 0;
  const values = Array.from({ length: 29 + 28 }, (__, i) => {
    const value = ([100, 110, 120, 115, 105, 60, 50][i % 7] ?? 0) + 2 * (noise() - 0.5) + slope * i;
    total = adds * total + value;
    return total;
  });
  const history = values.slice(0, 29);
  const answer = forecast({ timestamps: history.map((__, i) => i * 24 * 60 * MINUTE), values: history, horizonMs: 28 * 24 * 60 * MINUTE });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  const off = answer.points.map(({ mean }, h) => Math.abs(mean - (values[29 + h] ?? NaN)));
  expect(Math.max(...off)).toBeLessThan(12);
});

test("a temperature that drifts is foreseen to a tenth of a degree or two, though it has no week", () => {
  const noise = randomSource(19);
  let slope = 0.006;
  let level = 15;
  const values = Array.from({ length: 31 * 24 }, (_, i) => {
    slope = 0.99 * slope + 0.0001 * (noise() - 0.4);
    level += slope;
    return Math.round(10 * (level + 4 * Math.sin((2 * Math.PI * i) / 24) + Math.sin((4 * Math.PI * i) / 24))) / 10;
  });
  const history = values.slice(0, 29 * 24);
  const answer = forecast({ timestamps: history.map((_, i) => i * 60 * MINUTE), values: history, horizonMs: 48 * 60 * MINUTE });
  if ("refused" in answer) throw new Error(answer.refused.reason);
  const off = answer.points.reduce((sum, { mean }, h) => sum + Math.abs(mean - (values[29 * 24 + h] ?? NaN)) / 48, 0);
  expect(off).toBeLessThan(0.15);
});

test("a history of days is asked for few lags, one of weeks for many", () => {
  const names = (hours: number): readonly string[] => {
    const noise = randomSource(3);
    const values = Array.from({ length: hours }, (_, i) => 100 + 40 * Math.sin((2 * Math.PI * i) / 24) + 5 * noise());
    const answer = forecast({ timestamps: values.map((_, i) => i * 60 * MINUTE), values, horizonMs: 24 * 60 * MINUTE });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    return answer.models.map(({ name }) => name);
  };
  expect(names(200)).toContain("daily differences");
  expect(names(200)).not.toContain("differences of five days");
  expect(names(600)).toContain("a day's differences");
  expect(names(600)).not.toContain("daily differences");
});

test("the intervals of random walks hold what they promise", () => {
  let within80 = 0;
  let within95 = 0;
  let points = 0;
  for (let seed = 0; seed < 60; seed++) {
    const random = randomSource(seed);
    let level = 1000;
    const walk = Array.from({ length: 330 }, () => (level += random() + random() + random() - 1.5));
    const answer = forecast({
      timestamps: walk.slice(0, 300).map((_, i) => i * MINUTE),
      values: walk.slice(0, 300),
      horizonMs: 30 * MINUTE,
      stepMs: MINUTE,
    });
    if ("refused" in answer) continue;
    for (const [h, { lo80, hi80, lo95, hi95 }] of answer.points.entries()) {
      const actual = walk[300 + h] ?? NaN;
      if (actual >= lo80 && actual <= hi80) within80++;
      if (actual >= lo95 && actual <= hi95) within95++;
      points++;
    }
  }
  expect(points).toBeGreaterThan(1500);
  expect(within80 / points).toBeGreaterThan(0.74);
  expect(within80 / points).toBeLessThan(0.88);
  expect(within95 / points).toBeGreaterThan(0.92);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { STALE_NAN } from "@sightline/shared/model/sample";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { labelHash, xxHash64 } from "@sightline/shared/promql/aggregate/label-hash";
import { ask, at, MINUTE, storageOf } from "./engine-support.ts";

const FUNCTIONS = [
  "rate",
  "increase",
  "delta",
  "irate",
  "idelta",
  "sum_over_time",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "stddev_over_time",
  "stdvar_over_time",
  "count_over_time",
  "present_over_time",
  "last_over_time",
  "first_over_time",
  "changes",
  "resets",
  "deriv",
  "ts_of_min_over_time",
  "ts_of_max_over_time",
];
const QUERIES = [
  ...FUNCTIONS.map((name) => `${name}(x[5m])`),
  "predict_linear(x[5m], 3600)",
  "predict_linear(x[5m], scalar(none))",
  "predict_linear(x[5m], -Inf)",
  "predict_linear(x[5m] offset 3m, scalar(count_over_time(x[7m])))",
  "quantile_over_time(0.3, x[5m])",
  "absent_over_time(x[2m])",
  "x",
];
const AGGREGATIONS = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"].map((name) => `${name}(x)`);

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 1000 }) },
  { weight: 4, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, STALE_NAN, 1e300, -1e300, 0) },
);
const series = fc.array(fc.tuple(fc.integer({ min: 1, max: 150_000 }), value), { minLength: 1, maxLength: 80 });

function values(query: string, params: QueryParams, select: Select): Map<string, number> {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  const result = evaluate(parsed.value, params, select);
  if (!result.ok) throw new Error(result.error.message);
  const out = new Map<string, number>();
  if (result.value.value.type === "vector")
    for (const { labels, t, value } of result.value.value.samples) out.set(`${labels["i"] ?? ""} ${t}`, value);
  if (result.value.value.type === "matrix")
    for (const one of result.value.value.series)
      one.timestamps.forEach((t, i) => out.set(`${one.labels["i"] ?? ""} ${t}`, one.values[i] ?? 0));
  return out;
}

test("evaluating a range slides to the same values as evaluating each instant from scratch", () => {
  fc.assert(
    fc.property(
      fc.array(series, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...QUERIES, ...AGGREGATIONS),
      fc.integer({ min: 20_000, max: 400_000 }),
      (all, query, stepMs) => {
        const stored = all.map((moves, i) => {
          let t = 0;
          const timestamps = Float64Array.from(moves, ([step]) => (t += step));
          return { labels: { __name__: "x", i: String(i) }, timestamps, values: Float64Array.from(moves, ([, x]) => x) };
        });
        const select: Select = ({ startMs: from, endMs: to }) =>
          stored.map((one) => {
            const within = (_: unknown, i: number): boolean => (one.timestamps[i] ?? 0) > from && (one.timestamps[i] ?? 0) <= to;
            return { ...one, timestamps: one.timestamps.filter(within), values: one.values.filter(within) };
          });
        const endMs = 40 * MINUTE;
        const got = values(query, { startMs: 0, endMs, stepMs }, select);
        const wanted = new Map<string, number>();
        for (let t = 0; t <= endMs; t += stepMs)
          for (const [key, one] of values(query, { startMs: t, endMs: t, stepMs: 0 }, select)) wanted.set(key, one);
        expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
        for (const [key, one] of wanted) {
          const other = got.get(key) ?? NaN;
          // Sums of values that cancel each other keep the error of the largest of them.
          const scale = Math.max(1e6, ...(query.startsWith("st") ? [1e12] : []));
          const close =
            Object.is(one, other) ||
            one === other ||
            Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other)) + 1e-12 * scale;
          const lost = Math.abs(one) > 1e280 || Math.abs(other) > 1e280 || (one !== one && Math.abs(other) === Infinity);
          expect(close || lost, `${query} at ${key}: ${other} for ${one}`).toBe(true);
        }
      },
    ),
    { numRuns: 400, seed: 11 },
  );
});

test.each(["18446744073709551615", "Inf"])("a reset from %s leaves nothing behind in windows after it", (glitch) => {
  const few = "10 15 20 25 30 2 7 12 17 22";
  const many = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? i : 1)).join(" ");
  for (const [range, points] of [
    ["61s", few],
    ["40m", many],
  ] as const) {
    const storage = storageOf(15_000, `x 100 ${glitch} 5 ${points}`);
    for (const name of ["rate", "increase"]) {
      const query = `${name}(x[${range}])`;
      const endMs = 15_000 * points.split(" ").length;
      const got = values(query, { startMs: 0, endMs, stepMs: 15_000 }, storage.select);
      expect(got.get(` ${endMs}`), query).toBeGreaterThan(0);
      for (let t = 30_000; t <= endMs; t += 15_000) {
        const [slid, alone] = [got.get(` ${t}`) ?? -1, values(query, at(t), storage.select).get(` ${t}`) ?? -1];
        if (!Object.is(slid, alone)) expect(slid / alone, `${query} at ${t}: ${slid} for ${alone}`).toBeCloseTo(1, 12);
      }
    }
  }
});

test("a label set's place in limit_ratio is its xxHash64, as Prometheus takes it", () => {
  const hash = (text: string): string => xxHash64(new TextEncoder().encode(text)).toString(16);
  expect([hash(""), hash("a"), hash("abc")]).toEqual(["ef46db3751d8e999", "d24ec4f1a98c6e5b", "44bc2cf5ad770999"]);
  expect(hash("Nobody inspects the spammish repetition")).toBe("fbcea83c8a378bf1");
  expect(labelHash({ a: "b" })).toBe(Number(xxHash64(Uint8Array.from([1, 97, 1, 98]))) / 2 ** 64);
});

test("a ratio and its complement share out the series", () => {
  const storage = storageOf(MINUTE, ...Array.from({ length: 50 }, (_, i) => `x{i="${i}"} 1`));
  const count = (query: string): number => {
    const result = ask(storage, query, at(0));
    return typeof result === "string" || result.value.type !== "vector" ? -1 : result.value.samples.length;
  };
  expect(count("limit_ratio(0.3, x)") + count("limit_ratio(-0.7, x)")).toBe(50);
  expect(count("limit_ratio(0.3, x) and limit_ratio(-0.7, x)")).toBe(0);
});

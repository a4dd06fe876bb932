import fc from "fast-check";
import { expect, test } from "vitest";
import { sketchColumns } from "@sightline/shared/aggregation/sketch-columns";
import type { SampleValue } from "@sightline/shared/model/sample";
import type { QueryParams, QueryResult, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery, selectRequests } from "@sightline/shared/promql/engine";
import { type RawSeries, rangeOf, rolledHalfway, rolledUp } from "./rollup-storage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LABELS = { __name__: "x_total", job: "api" };

function run(query: string, params: QueryParams, select: Select): QueryResult {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  const result = evaluate(parsed.value, params, select);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** The values of the one series by time. */
function points(result: QueryResult): Map<number, number> {
  if (result.value.type === "vector") return new Map(result.value.samples.map(({ t, value }) => [t, value]));
  if (result.value.type !== "matrix") throw new Error(`a ${result.value.type}`);
  const [series] = result.value.series;
  return new Map(Array.from(series?.timestamps ?? [], (t, i) => [t, series?.values[i] ?? NaN]));
}

const requestOf = (query: string, params: QueryParams) => {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return selectRequests(parsed.value, params)[0];
};

/** Two days of samples about every `spacing`, with gaps, counter resets, negative values and stale markers. */
const history = fc
  .record({
    spacing: fc.integer({ min: 20_000, max: 1_500_000 }),
    counter: fc.boolean(),
    moves: fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.double({ min: -1, max: 1, noNaN: true })), {
      minLength: 60,
      maxLength: 160,
    }),
  })
  .map(({ spacing, counter, moves }): RawSeries => {
    const times: number[] = [];
    const values: SampleValue[] = [];
    let t = 0;
    let value = 0;
    for (const [step, change] of moves) {
      t += Math.ceil((spacing * step) / 500) + (step > 990 ? 3 * HOUR : 0);
      if (!counter) value = change * 1000;
      else value = change < -0.9 ? Math.abs(change) : value + Math.abs(change) * 100;
      times.push(t);
      values.push(value);
      if (step % 12 === 0) {
        times.push(t + 1 + step * 50);
        values.push("stale");
        t += step * 50 + 1;
      }
    }
    return { labels: LABELS, times, values };
  });

const FUNCTIONS = [
  "rate(x_total[2h])",
  "increase(x_total[1h])",
  "delta(x_total[3h])",
  "sum_over_time(x_total[2h])",
  "avg_over_time(x_total[1h])",
  "min_over_time(x_total[2h])",
  "max_over_time(x_total[3h])",
  "count_over_time(x_total[1h])",
  "first_over_time(x_total[2h])",
  "last_over_time(x_total[2h])",
  "present_over_time(x_total[1h])",
  "absent_over_time(x_total[1h])",
  "ts_of_last_over_time(x_total[2h])",
  "timestamp(x_total)",
  "count(x_total)",
  "x_total",
];

const close = (a: number | undefined, b: number | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));

test("a rolled-up window gives what raw samples give for the same window moved back to whole buckets", () => {
  fc.assert(
    fc.property(
      history,
      fc.constantFrom(...FUNCTIONS),
      fc.constantFrom(MINUTE, 5 * MINUTE, HOUR),
      fc.integer({ min: 0, max: HOUR }),
      fc.constantFrom(10 * MINUTE, HOUR, 2 * HOUR),
      (series, query, resolutionMs, shift, lookbackMs) => {
        const { last, times, tiered, raw } = rolledHalfway(series, resolutionMs, shift, rangeOf(query));
        const got = points(run(query, { startMs: shift, endMs: last, stepMs: HOUR, lookbackMs }, tiered));
        for (const { t, at } of times) {
          const wanted = points(run(query, { startMs: at, endMs: at, stepMs: 0, lookbackMs, rawOnly: true }, raw)).get(at);
          expect(close(got.get(t), wanted), `${query} at ${t}: ${got.get(t)} for ${wanted}`).toBe(true);
        }
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

/** Windows that slide, that are a bucket each, and that leave something out between them. */
const WINDOWS = fc.constantFrom(
  { hours: 3, step: 1 },
  { hours: 1, step: 1 },
  { hours: 1, step: 2 },
  { hours: 2, step: 2 },
  { hours: 2, step: 5 },
  { hours: 4, step: 3 },
);

test("a quantile from sketches is within one per cent of the order statistics around it", () => {
  fc.assert(
    fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), WINDOWS, (series, q, { hours, step }) => {
      const last = series.times.at(-1) ?? 0;
      const untilMs = Math.floor(last / 2 / HOUR) * HOUR;
      const params = { startMs: 0, endMs: last, stepMs: step * HOUR };
      const result = run(`quantile_over_time(${q}, x_total[${hours}h])`, params, rolledUp([series], untilMs, HOUR));
      for (const [t, value] of points(result)) {
        const start = t - hours * HOUR;
        const window = series.values
          .filter((value, i): value is number => value !== "stale" && (series.times[i] ?? 0) > start && (series.times[i] ?? 0) <= t)
          .sort((a, b) => a - b);
        const rank = q * (window.length - 1);
        const low = window[Math.floor(rank)] ?? NaN;
        const high = window[Math.min(Math.floor(rank) + 1, window.length - 1)] ?? NaN;
        expect(value).toBeGreaterThanOrEqual(low - 0.01 * Math.abs(low) - 1e-9);
        expect(value).toBeLessThanOrEqual(high + 0.01 * Math.abs(high) + 1e-9);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});

/** What a sketch has no bin for, and magnitudes at either end of what it has. */
const odd = fc.constantFrom(
  [NaN],
  [Infinity],
  [-Infinity],
  [1e308, -1e308],
  [Number.MAX_VALUE, NaN],
  [NaN, Infinity],
  [-Infinity, Infinity, NaN],
);

test("a quantile from sketches counts NaN and infinities as raw samples do", () => {
  fc.assert(
    fc.property(
      history,
      odd,
      fc.integer({ min: 2, max: 40 }),
      fc.constantFrom(0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 1),
      WINDOWS,
      (plain, values, every, q, { hours, step }) => {
        const strange = (value: SampleValue, i: number): SampleValue =>
          value !== "stale" && i % every === 1 ? (values[i % values.length] ?? NaN) : value;
        const series = { ...plain, values: plain.values.map(strange) };
        const last = series.times.at(-1) ?? 0;
        const params = { startMs: 0, endMs: last, stepMs: step * HOUR };
        const query = `quantile_over_time(${q}, x_total[${hours}h])`;
        const select = rolledUp([series], Math.floor(last / 2 / HOUR) * HOUR, HOUR);
        const exact = points(run(query, { ...params, rawOnly: true }, rolledUp([series], -Infinity, HOUR)));
        const got = points(run(query, params, select));
        expect([...got.keys()]).toEqual([...exact.keys()]);
        for (const [t, value] of got) {
          const wanted = exact.get(t) ?? 0;
          const isFine = Number.isFinite(wanted) ? isAmong(series, t, hours * HOUR, q, value) : Object.is(value, wanted);
          expect(isFine, `${query} at ${t}: ${value} for ${wanted}`).toBe(true);
        }
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});

/** Whether a quantile lies among the order statistics around it, by one per cent. */
function isAmong({ times, values }: RawSeries, t: number, rangeMs: number, q: number, value: number): boolean {
  const isIn = (at: number): boolean => at > t - rangeMs && at <= t;
  const window = Float64Array.from(values.flatMap((one, i) => (one === "stale" || !isIn(times[i] ?? 0) ? [] : [one])));
  // NaN first.
  const sorted = [...window.filter((one) => one !== one), ...window.filter((one) => one === one).sort()];
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? NaN;
  const high = sorted[Math.min(Math.floor(rank) + 1, sorted.length - 1)] ?? NaN;
  return value >= low - 0.01 * Math.abs(low) - 1e-9 && value <= high + 0.01 * Math.abs(high) + 1e-9;
}

test("rollups are asked for from a step of five minutes on, no coarser than the step, and only where they divide the range", () => {
  const over = (query: string, stepMs: number, more: Partial<QueryParams> = {}): number | undefined =>
    requestOf(query, { startMs: 0, endMs: 86_400_000, stepMs, ...more })?.maxResolutionMs;
  expect(over("rate(x[5m])", 4 * MINUTE)).toBe(undefined);
  expect(over("rate(x[5m])", HOUR)).toBe(5 * MINUTE);
  expect(over("rate(x[7m])", HOUR)).toBe(MINUTE);
  expect(over("rate(x[90s])", HOUR)).toBe(undefined);
  expect(over("rate(x[2h])", HOUR)).toBe(HOUR);
  expect(over("max_over_time(x[2h])", 10 * MINUTE)).toBe(5 * MINUTE);
  expect(over("x", 2 * HOUR)).toBe(HOUR);
  expect(over("deriv(x[2h])", HOUR)).toBe(undefined);
  expect(over("stddev_over_time(x[2h])", HOUR)).toBe(undefined);
  expect(over("x", HOUR, { rawOnly: true })).toBe(undefined);
  expect(requestOf("x", { startMs: 0, endMs: 0, stepMs: 0, rawOnly: true })?.coarserWhenGone).toBe(undefined);
  expect(requestOf("quantile_over_time(0.5, x[2h])", { startMs: 0, endMs: HOUR, stepMs: HOUR })?.needsSketches).toBe(true);
});

const steady: RawSeries = {
  labels: LABELS,
  times: Array.from({ length: 1440 }, (_, i) => i * MINUTE),
  values: Array.from({ length: 1440 }, (_, i) => i * 6),
};

test("the answer says that it came from rollups, of which resolution, and what moved", () => {
  const params = { startMs: 2 * HOUR, endMs: 10 * HOUR, stepMs: HOUR };
  const { infos } = run("rate(x_total[1h])", params, rolledUp([steady], 12 * HOUR, HOUR));
  expect(infos).toEqual([
    "PromQL info: answered from 1h rollups: times are moved back to whole buckets, by less than 1h; raw=1 reads raw samples, where there still are any (1:6)",
  ]);
  expect(run("rate(x_total[1h])", { ...params, rawOnly: true }, rolledUp([steady], 12 * HOUR, HOUR)).infos).toEqual([]);
});

test("where raw samples are gone a coarser tier answers a short range with its last whole bucket, amounts brought to the range", () => {
  const gone = rolledUp([steady], 12 * HOUR, HOUR, true);
  const params = { startMs: 2.5 * HOUR, endMs: 2.5 * HOUR, stepMs: 0 };
  expect(points(run("rate(x_total[5m])", params, gone)).get(2.5 * HOUR)).toBeCloseTo(0.1, 12);
  expect(points(run("increase(x_total[5m])", params, gone)).get(2.5 * HOUR)).toBeCloseTo(30, 12);
  expect(points(run("count_over_time(x_total[5m])", params, gone)).get(2.5 * HOUR)).toBe(5);
  expect(points(run("rate(x_total[5m])", { ...params, rawOnly: true }, gone)).size).toBe(0);
  expect(run("x_total", params, gone).infos).toHaveLength(1);
  expect(run("max_over_time(x_total[30m])", params, gone).infos).toEqual([
    expect.stringContaining(" by less than 1h, and in place of 30m each value is of whole buckets (amounts are brought to 30m); raw=1 "),
  ]);
});

test("the samples limit counts buckets, not the samples they stand for", () => {
  const params = { startMs: HOUR, endMs: 10 * HOUR, stepMs: HOUR, limits: { maxSamples: 50, maxPointsPerSeries: 100 } };
  expect(run("rate(x_total[1h])", params, rolledUp([steady], 24 * HOUR, HOUR)).value.type).toBe("matrix");
  expect(() => run("rate(x_total[1h])", { ...params, rawOnly: true }, rolledUp([steady], 24 * HOUR, HOUR))).toThrow("maxSamples");
});

test("a quantile falls back to raw samples where buckets hold no distribution", () => {
  const select = rolledUp([steady], 12 * HOUR, HOUR);
  const bare: Select = (request) =>
    select(request).map((series) =>
      series.rollup === undefined
        ? series
        : { ...series, rollup: { ...series.rollup, sketches: sketchColumns(Array.from(series.rollup.ends, () => undefined)) } },
    );
  const params = { startMs: 2 * HOUR, endMs: 3 * HOUR, stepMs: HOUR };
  const exact = points(run("quantile_over_time(0.5, x_total[1h])", { ...params, rawOnly: true }, select));
  expect(points(run("quantile_over_time(0.5, x_total[1h])", params, bare))).toEqual(exact);
});

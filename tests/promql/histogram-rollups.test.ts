import fc from "fast-check";
import { expect, test } from "vitest";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { STALE_NAN, isStale } from "@sightline/shared/model/sample";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { evaluateInSlices } from "@sightline/shared/promql/slices";
import { digestOf } from "@sightline/shared/promql/histogram/roll-up";
import { type RawSeries, rangeOf, rolledHalfway, rolledUp } from "./rollup-storage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LABELS = { __name__: "took", job: "api" };

function run(query: string, params: QueryParams, select: Select) {
  const parsed = parseQuery(query, { experimentalFunctions: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  const result = evaluate(parsed.value, params, select);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Everything a histogram tells, in an order of its own: how a total is laid out is nobody's business. */
function told(histogram: NativeHistogram | undefined): number[] | undefined {
  if (histogram === undefined) return undefined;
  const counts: number[] = [];
  const pour = (spans: NativeHistogram["positiveSpans"], buckets: readonly number[], sign: number): void => {
    let index = 0;
    let at = 0;
    for (const { offset, length } of spans) {
      index += offset;
      for (let i = 0; i < length; i++, index++) if ((buckets[at++] ?? 0) !== 0) counts.push(sign * index, buckets[at - 1] ?? 0);
    }
  };
  pour(histogram.positiveSpans, histogram.positiveBuckets, 1);
  pour(histogram.negativeSpans, histogram.negativeBuckets, -1);
  return [histogram.schema, histogram.count, histogram.sum, histogram.zeroCount, histogram.zeroThreshold, ...counts];
}

/** The value of the one series by time, as numbers. */
function points(query: string, params: QueryParams, select: Select): Map<number, readonly number[]> {
  const { value } = run(query, params, select);
  if (value.type === "vector") return new Map(value.samples.map((one) => [one.t, told(one.histogram) ?? [one.value]]));
  if (value.type !== "matrix") throw new Error(`a ${value.type}`);
  const [series] = value.series;
  return new Map(Array.from(series?.timestamps ?? [], (t, i) => [t, told(series?.histograms?.[i]) ?? [series?.values[i] ?? NaN]]));
}

const empty = (schema: number): NativeHistogram => ({
  schema,
  count: 0,
  sum: 0,
  zeroThreshold: 0.001,
  zeroCount: 0,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: [0, 0, 0],
  negativeSpans: [],
  negativeBuckets: [],
  counterResetHint: "unknown",
});

interface Move {
  readonly step: number;
  readonly grown: readonly number[];
  readonly what: "grow" | "reset" | "quiet_reset" | "coarser" | "float" | "gap";
}

const move = fc.record({
  step: fc.integer({ min: 1, max: 1000 }),
  grown: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
  what: fc.oneof(
    { weight: 40, arbitrary: fc.constant("grow" as const) },
    { weight: 6, arbitrary: fc.constantFrom("reset" as const, "quiet_reset" as const, "coarser" as const, "gap" as const) },
  ),
});

/** Histograms about every `spacing` that grow, begin anew (told or not), lose resolution, pause and end; gauges all or none. */
function historyOf(spacing: number, moves: readonly Move[], isGauge = false): RawSeries {
  const times: number[] = [];
  const histograms: (NativeHistogram | undefined)[] = [];
  let t = 0;
  let total = empty(2);
  for (const { step, grown, what } of moves) {
    t += Math.ceil((spacing * step) / 500) + (what === "gap" ? 3 * HOUR : 0);
    if (what === "reset" || what === "quiet_reset") total = { ...empty(2), ...(what === "reset" ? { counterResetHint: "reset" } : {}) };
    else total = { ...total, counterResetHint: "unknown" };
    if (what === "coarser") total = { ...total, schema: Math.max(0, total.schema - 1) };
    total = {
      ...total,
      count: total.count + grown.reduce((a, b) => a + b, 0),
      sum: total.sum + grown.reduce((sum, count, i) => sum + count * (i + 1) * 0.25, 0),
      positiveBuckets: total.positiveBuckets.map((count, i) => count + (grown[i] ?? 0)),
    };
    times.push(t);
    histograms.push(total);
    if (step % 12 === 0) {
      times.push((t += 1 + step * 50));
      histograms.push(step % 24 === 0 ? undefined : { ...total, sum: STALE_NAN });
    }
  }
  const hinted = isGauge ? histograms.map((one) => one && { ...one, counterResetHint: "gauge" as const }) : histograms;
  return { labels: LABELS, times, values: histograms.map((one) => (one === undefined ? "stale" : 0)), histograms: hinted };
}

const history = fc
  .record({
    spacing: fc.integer({ min: 20_000, max: 1_500_000 }),
    moves: fc.array(move, { minLength: 60, maxLength: 160 }),
    isGauge: fc.nat(5).map((n) => n === 0),
  })
  .map(({ spacing, moves, isGauge }) => historyOf(spacing, moves, isGauge));

const QUERIES = [
  "rate(took[2h])",
  "increase(took[1h])",
  "increase(took[3h])",
  "delta(took[3h])",
  "sum(increase(took[1h]))",
  "histogram_count(rate(took[1h]))",
  "histogram_avg(increase(took[2h]))",
  "histogram_quantile(0.9, rate(took[2h]))",
  "first_over_time(took[2h])",
  "last_over_time(took[2h])",
  "count_over_time(took[1h])",
  "present_over_time(took[1h])",
  "ts_of_first_over_time(took[2h])",
  "ts_of_last_over_time(took[2h])",
  "max_over_time(took[2h])",
  "timestamp(took)",
  "took",
];

const close = (a: readonly number[] | undefined, b: readonly number[] | undefined): boolean =>
  a?.length === b?.length &&
  (a ?? []).every((x, i) => Object.is(x, b?.[i]) || Math.abs(x - (b?.[i] ?? NaN)) <= 1e-9 * Math.max(1, Math.abs(x)));

test("a rolled-up window of histograms gives what all of them give for the same window moved back to whole buckets", () => {
  fc.assert(
    fc.property(
      history,
      fc.constantFrom(...QUERIES),
      fc.constantFrom(5 * MINUTE, HOUR),
      fc.integer({ min: 0, max: HOUR }),
      fc.constantFrom(10 * MINUTE, 2 * HOUR),
      (series, query, resolutionMs, shift, lookbackMs) => {
        const { last, times, tiered, raw } = rolledHalfway(series, resolutionMs, shift, rangeOf(query));
        const got = points(query, { startMs: shift, endMs: last, stepMs: HOUR, lookbackMs }, tiered);
        for (const { t, at } of times) {
          const wanted = points(query, { startMs: at, endMs: at, stepMs: 0, lookbackMs, rawOnly: true }, raw).get(at);
          expect(close(got.get(t), wanted), `${query} at ${t}: ${String(got.get(t))} for ${String(wanted)}`).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("the digest of two digests is that of all histograms, and never longer than five", () => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 30 }), fc.nat(30), (moves, at) => {
      const histograms = (historyOf(1000, moves).histograms ?? []).filter(
        (one): one is NativeHistogram => one !== undefined && !isStale(one.sum),
      );
      const whole = digestOf(histograms);
      const joined = digestOf([...digestOf(histograms.slice(0, at)), ...digestOf(histograms.slice(at))]);
      expect(whole.length).toBeLessThanOrEqual(5);
      expect(joined.map(told)).toEqual(whole.map(told));
    }),
  );
});

const steady = historyOf(
  MINUTE,
  Array.from({ length: 1440 }, () => ({ step: 500, grown: [6, 0, 0], what: "grow" })),
);

test("where the single histograms are gone, the last whole hour stands for a shorter range, its amounts brought to that", () => {
  const gone = rolledUp([steady], 12 * HOUR, HOUR, true);
  const params = { startMs: 2.5 * HOUR, endMs: 2.5 * HOUR, stepMs: 0 };
  const one = (query: string): number => points(query, params, gone).get(2.5 * HOUR)?.[0] ?? NaN;
  expect(one("histogram_count(rate(took[5m]))")).toBeCloseTo(0.1, 12);
  expect(one("histogram_count(increase(took[5m]))")).toBeCloseTo(30, 12);
  expect(one("count_over_time(took[5m])")).toBe(5);
});

test("sums and means of histograms are read from all of them", () => {
  const params = { startMs: 2 * HOUR, endMs: 4 * HOUR, stepMs: HOUR };
  const tiered = rolledUp([steady], 12 * HOUR, HOUR);
  for (const query of ["sum_over_time(took[1h])", "avg_over_time(took[1h])"])
    expect(points(query, params, tiered)).toEqual(points(query, { ...params, rawOnly: true }, tiered));
});

test("behind the buckets may be more histograms than a call takes arguments", () => {
  const total = steady.histograms?.at(-1);
  const many = Array.from({ length: 200_000 }, (_, i) => 24 * HOUR + i * 100);
  const times = [...steady.times, ...many];
  const histograms = [...(steady.histograms ?? []), ...many.map(() => total)];
  const long: RawSeries = { ...steady, times, values: times.map(() => 0), histograms };
  const params = { startMs: 23 * HOUR, endMs: 27 * HOUR, stepMs: HOUR };
  const counted = points("count_over_time(took[1h])", params, rolledUp([long], 24 * HOUR, HOUR));
  expect(counted.get(26 * HOUR)).toEqual([36_000]);
});

test("a series that became one of histograms: each bucket says what it has", () => {
  const half = steady.times.length / 4;
  const single = steady.histograms ?? [];
  const counted = steady.times.map((_, i) => (i < half ? i : 0));
  const series = { ...steady, values: counted, histograms: single.map((one, i) => (i < half ? undefined : one)) };
  const { times } = steady;
  const floats = rolledUp([{ labels: LABELS, times: times.slice(0, half), values: counted.slice(0, half) }], 6 * HOUR, HOUR);
  const later = rolledUp(
    [{ labels: LABELS, times: times.slice(half), values: counted.slice(half), histograms: single.slice(half) }],
    -Infinity,
    HOUR,
  );
  const params = { startMs: 2 * HOUR, endMs: 10 * HOUR, stepMs: HOUR };
  // Aggregates of floats, and single histograms after them.
  const both: Select = (request) => {
    const [past] = floats(request);
    const [now] = later(request);
    if (past === undefined || now === undefined) return [];
    return [{ ...now, ...(past.rollup === undefined ? {} : { rollup: past.rollup }) }];
  };
  const raw = rolledUp([series], -Infinity, HOUR);
  for (const query of ["increase(took[1h])", "last_over_time(took[1h])", "count_over_time(took[1h])", "max_over_time(took[1h])"])
    expect(points(query, params, both), query).toEqual(points(query, { ...params, rawOnly: true }, raw));
});

test("a query is charged for the histograms that its buckets hold", () => {
  const parsed = parseQuery("rate(took[1h])");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const tiered = rolledUp([steady], 24 * HOUR, HOUR);
  const within = (maxBytes: number) => {
    const limits = { maxSamples: 1_000_000, maxPointsPerSeries: 100, maxBytes };
    return finish(evaluateInSlices(parsed.value, { startMs: 2 * HOUR, endMs: 3 * HOUR, stepMs: HOUR, limits }, tiered));
  };
  expect(within(50_000).ok).toBe(true);
  expect(within(10_000)).toMatchObject({
    ok: false,
    error: { code: "limit", message: expect.stringContaining("maxQueryBytes") as string },
  });
});

test("what needs every histogram where only digests are left says that samples are missing, and takes nothing from series beside it", () => {
  const times = Array.from({ length: 8 * 12 }, (_, i) => (i + 1) * 5 * MINUTE);
  const histograms = times.map((_, i): NativeHistogram => ({ ...empty(2), count: i, sum: i, positiveBuckets: [i, 0, 0] }));
  const took = { labels: LABELS, times, values: times.map(() => 0), histograms };
  const load = { labels: { __name__: "load", job: "api", of: "machine" }, times, values: times.map((_, i) => i) };
  const halfGone = rolledUp([took, load], 4 * HOUR, HOUR, true);
  const missing = [expect.stringMatching(/samples are missing: sum_over_time reads raw samples here/)];
  const params = (startMs: number, endMs = startMs): QueryParams => ({ startMs, endMs, stepMs: HOUR });
  const gone = run("sum_over_time(took[1h])", params(HOUR, 4 * HOUR), halfGone);
  expect([gone.value, gone.warnings]).toEqual([{ type: "matrix", series: [] }, missing]);
  expect(run("avg_over_time(took[2h])", params(2 * HOUR + MINUTE), halfGone).warnings).toHaveLength(1);
  const kept = params(6 * HOUR, 8 * HOUR);
  expect(points("sum_over_time(took[1h])", kept, halfGone)).toEqual(points("sum_over_time(took[1h])", kept, rolledUp([took], 0, HOUR)));
  expect(run("sum_over_time(took[1h])", kept, halfGone).warnings).toEqual([]);
  expect(run("sum_over_time(took[1h])", params(HOUR, 8 * HOUR), rolledUp([took], 4 * HOUR, HOUR)).warnings, "all is there").toEqual([]);
  expect(run("count_over_time(took[1h])", params(HOUR, 8 * HOUR), halfGone).warnings).toEqual([]);
  const both = run('sum_over_time({job="api"}[1h])', params(HOUR, 8 * HOUR), halfGone);
  expect(both.warnings).toEqual(missing);
  const alone = points("sum_over_time(load[1h])", params(HOUR, 8 * HOUR), halfGone);
  expect(both.value.type === "matrix" ? both.value.series.map(({ values }) => values.length) : []).toContain(alone.size);
  expect(alone.size).toBe(8);
});

test("histograms of many buckets are charged for them, read as raw samples or from digests, and fewer steps are evaluated at a time", () => {
  const buckets = 1000;
  const times = Array.from({ length: 24 * 6 }, (_, i) => (i + 1) * 10 * MINUTE);
  const wide = times.map((_, i): NativeHistogram => ({
    ...empty(2),
    count: i * buckets,
    positiveSpans: [{ offset: 0, length: buckets }],
    positiveBuckets: Array.from({ length: buckets }, () => i),
  }));
  const select = rolledUp([{ labels: LABELS, times, values: times.map(() => 0), histograms: wide }], 24 * HOUR, HOUR);
  const parsed = parseQuery("histogram_count(rate(took[1h]))");
  if (!parsed.ok) throw new Error(parsed.error.message);
  const within = (maxBytes: number, rawOnly: boolean, stepMs: number) => {
    const limits = { maxSamples: 1_000_000, maxPointsPerSeries: 10_000, maxBytes };
    const params = { startMs: 2 * HOUR, endMs: 24 * HOUR, stepMs, rawOnly, limits };
    return finish(evaluateInSlices(parsed.value, params, select, { sliceValues: 10_000 })).ok;
  };
  // 144 raw samples, and the first and the last one of 24 hours, of 8 kB each.
  expect([within(1_000_000, true, HOUR), within(2_500_000, true, HOUR)]).toEqual([false, true]);
  expect([within(300_000, false, HOUR), within(1_500_000, false, HOUR)]).toEqual([false, true]);
  // Rates at 1,321 steps are 11 MB.
  expect(within(2_500_000, true, MINUTE)).toBe(true);
});

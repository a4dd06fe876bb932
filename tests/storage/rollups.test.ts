import type { RollupColumns } from "@sightline/shared/model/rollup";
import { rollUp } from "@sightline/shared/aggregation/rollup";
import { rollUpSamples } from "@sightline/shared/promql/histogram/roll-up";
import { mergeSketches, sketchCount, sketchOf, sketchQuantile, MAX_BINS } from "@sightline/shared/aggregation/quantile-sketch";
import { sketchAt } from "@sightline/shared/aggregation/sketch-columns";
import { STALE_NAN } from "@sightline/shared/model/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON, openStore, refOf } from "./open-store.ts";
import { HISTOGRAM } from "./shard-fixture.ts";

const nothing = () => undefined;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Math.floor(NOON / DAY) * DAY;

function at5m(samples: readonly (readonly [number, number])[]): RollupColumns {
  const columns = rollUp(
    Float64Array.from(samples, ([t]) => t),
    Float64Array.from(samples, ([, value]) => value),
    [5 * MINUTE],
    [false],
  );
  expect(columns).not.toBeNull();
  return (columns ?? [])[0] as RollupColumns;
}

describe("aggregates of a bucket", () => {
  test("a bucket holds what lies after its beginning and up to its end; empty ones are left out", () => {
    const columns = at5m([
      [0, 1],
      [1, 2],
      [5 * MINUTE, 4],
      [5 * MINUTE + 1, 8],
      [60 * MINUTE, 16],
    ]);
    expect(Array.from(columns.ends)).toEqual([0, 5 * MINUTE, 10 * MINUTE, 60 * MINUTE]);
    expect(Array.from(columns.counts)).toEqual([1, 2, 1, 1]);
    expect(Array.from(columns.sums)).toEqual([1, 6, 8, 16]);
    expect(Array.from(columns.firstTimes)).toEqual([0, 1, 5 * MINUTE + 1, 60 * MINUTE]);
    expect(Array.from(columns.lastTimes)).toEqual([0, 5 * MINUTE, 5 * MINUTE + 1, 60 * MINUTE]);
  });

  test("growth is corrected for resets", () => {
    const { innerIncreases, firsts, lasts } = at5m([
      [1, 10],
      [2, 15],
      [3, 2],
      [4, 4],
    ]);
    expect([innerIncreases[0], firsts[0], lasts[0]]).toEqual([9, 10, 4]);
  });

  test("stale markers are no samples; NaN counts, spoils the sum, and is passed over by least, greatest and growth", () => {
    const columns = at5m([
      [1, 5],
      [2, STALE_NAN],
      [3, NaN],
      [4, 7],
    ]);
    expect(columns.counts[0]).toBe(3);
    expect(columns.sums[0]).toBeNaN();
    expect([columns.mins[0], columns.maxs[0], columns.innerIncreases[0]]).toEqual([5, 7, 2]);
    expect(at5m([[1, NaN]]).mins[0]).toBeNaN();
    expect(rollUp(Float64Array.of(1), Float64Array.of(STALE_NAN), [MINUTE], [false])).toBeNull();
  });

  test("sums of decimals are exact", () => {
    expect(at5m(Array.from({ length: 10 }, (_, i) => [i + 1, 0.1] as const)).sums[0]).toBe(1);
  });
});

describe("the quantile sketch", () => {
  const samples = fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), { minLength: 1, maxLength: 300 });
  const expectWithin = (values: readonly number[], sketch: ReturnType<typeof sketchOf>): void => {
    expect(sketch).toBeDefined();
    if (sketch === undefined) return;
    const sorted = values.toSorted((a, b) => a - b);
    expect(sketchCount(sketch)).toBe(values.length);
    for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
      const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
      expect(Math.abs(sketchQuantile(sketch, q) - exact)).toBeLessThanOrEqual(Math.abs(exact) * (sketch.relativeError + 1e-9) + 1e-290);
    }
  };

  test("every quantile is within 1% of the sample of its rank", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const sketch = sketchOf(Float64Array.from(values));
        expect(sketch?.relativeError).toBe(0.01);
        expectWithin(values, sketch);
      }),
      { numRuns: 500 },
    );
  });

  test("merged sketches are as the sketch of all samples", () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const left = sketchOf(Float64Array.from(a));
        const right = sketchOf(Float64Array.from(b));
        if (left === undefined || right === undefined) return;
        const merged = mergeSketches(left, right);
        expect(merged).toEqual(sketchOf(Float64Array.from([...a, ...b])));
        expectWithin([...a, ...b], merged);
      }),
    );
  });

  test("bins are bounded: spread over all magnitudes the error grows, and is said", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => 10 ** ((i / 20_000) * 500 - 250));
    const sketch = sketchOf(Float64Array.from(values));
    expect(sketch?.positive.indices.length).toBeLessThanOrEqual(MAX_BINS);
    expect(sketch?.relativeError).toBeGreaterThan(0.01);
    expectWithin(values, sketch);
    const small = sketchOf(Float64Array.of(1, 2, 3));
    if (sketch !== undefined && small !== undefined) expectWithin([...values, 1, 2, 3], mergeSketches(small, sketch));
  });
});

/** Three days of a counter and of a gauge every 10 s … the last one open. */
function threeDays(): { readonly store: SeriesStore; readonly refs: readonly number[]; readonly nowMs: number } {
  const store = openStore(new NodeDatabase(), MIDNIGHT);
  const counter = store.resolve({ __name__: "requests_total" }, { type: "counter", unit: "", help: "" });
  const refs = [counter.ok ? counter.value : -1, refOf(store, "temperature")];
  const nowMs = MIDNIGHT + 2 * DAY + 12 * HOUR;
  for (let t = MIDNIGHT + 10_000; t <= nowMs; t += 10_000) {
    const i = (t - MIDNIGHT) / 10_000;
    store.append(refs[0] ?? 0, t, i % 1000, nowMs);
    store.append(refs[1] ?? 0, t, Math.round(Math.sin(i / 50) * 1000) / 100, nowMs);
    if (i % 2000 === 0) store.flush(t, nothing);
  }
  while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
  return { store, refs, nowMs };
}

describe("reading tiers", () => {
  const { store, refs, nowMs } = threeDays();
  const exact = store.read(refs, MIDNIGHT, nowMs, nowMs);

  test("the coarsest tier that the request allows, then raw samples; together they hold every sample once", () => {
    for (const maxResolutionMs of [MINUTE, 5 * MINUTE, HOUR, 2 * HOUR]) {
      const found = readTiered(store, refs, { startMs: MIDNIGHT, endMs: nowMs, maxResolutionMs }, nowMs);
      expect(found).toHaveLength(2);
      for (const [at, series] of found.entries()) {
        const rollup = series.rollup;
        expect(rollup?.resolutionMs).toBe(Math.min(maxResolutionMs, HOUR));
        const tail = series.timestamps.length;
        expect(rollup?.ends.at(-1)).toBe(MIDNIGHT + 2 * DAY);
        expect(series.timestamps[0]).toBeGreaterThan(MIDNIGHT + 2 * DAY);
        const expected = exact[at];
        const inside = (expected?.values.length ?? 0) - tail;
        expect(rollup?.counts.reduce((sum, count) => sum + count, 0)).toBe(inside);
        const sum = expected?.values.subarray(0, inside).reduce((total, value) => total + value, 0) ?? NaN;
        expect(rollup?.sums.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 5);
        const again = rollUp(
          expected?.timestamps.slice(0, inside) ?? new Float64Array(),
          expected?.values.slice(0, inside) ?? new Float64Array(),
          [rollup?.resolutionMs ?? 0],
          [rollup?.sketches !== undefined],
        );
        expect(rollup).toEqual(again?.[0]);
      }
    }
  });

  test("a range that begins and ends inside buckets gets those that reach into it, and raw samples for the rest", () => {
    const startMs = MIDNIGHT + 90 * MINUTE;
    const endMs = MIDNIGHT + 10 * HOUR + 30 * MINUTE;
    const [series] = readTiered(store, refs.slice(0, 1), { startMs, endMs, maxResolutionMs: HOUR }, nowMs);
    expect(series?.rollup?.ends[0]).toBe(MIDNIGHT + HOUR);
    expect(series?.rollup?.ends.at(-1)).toBe(MIDNIGHT + 10 * HOUR);
    expect(series?.timestamps[0]).toBe(MIDNIGHT + 10 * HOUR + 10_000);
    expect(series?.timestamps.at(-1)).toBe(endMs);
  });

  test("a request for raw samples gets raw samples", () => {
    expect(readTiered(store, refs, { startMs: MIDNIGHT, endMs: nowMs }, nowMs)).toEqual(exact);
  });

  test("distributions are kept of what is no counter; a request that needs them gets counters raw", () => {
    const request = { startMs: MIDNIGHT, endMs: nowMs, maxResolutionMs: HOUR, needsSketches: true } as const;
    const found = readTiered(store, refs, request, nowMs);
    expect(found.find(({ labels }) => labels["__name__"] === "requests_total")?.rollup).toBeUndefined();
    const sketches = found.find(({ labels }) => labels["__name__"] === "temperature")?.rollup?.sketches;
    expect(sketches?.joins).toHaveLength(48);
    const counts = Array.from({ length: 48 }, (_, i) => sketches && sketchAt(sketches, i)).map((sketch) => sketch && sketchCount(sketch));
    expect(counts).toEqual(Array.from({ length: 48 }, () => 360));
  });

  test("series too sparse for a tier are read raw, also when they were dense once; where raw samples are gone, by the hour", () => {
    const mixed = openStore(new NodeDatabase(), MIDNIGHT, { rollupRetentionMs: [90 * DAY, 365 * DAY, 1826 * DAY] });
    const slower = refOf(mixed, "slower");
    const dense = refOf(mixed, "dense");
    const young = refOf(mixed, "young");
    for (let day = 0; day < 2; day++) {
      for (let i = 1; i <= 1440; i++) {
        const t = MIDNIGHT + day * DAY + i * MINUTE;
        mixed.append(dense, t, i, t);
        if (day === 0 || i % 10 === 0) mixed.append(slower, t, i, t);
        if (day === 1) mixed.append(young, t, i, t);
      }
      mixed.flush(MIDNIGHT + (day + 1) * DAY, nothing);
    }
    const closed = MIDNIGHT + 3 * DAY;
    while (mixed.compactor.dueAt(closed) <= closed) mixed.compactor.step(closed);
    const request = { startMs: MIDNIGHT, endMs: closed, maxResolutionMs: 5 * MINUTE, coarserWhenGone: true } as const;
    const resolutions = (nowMs: number) =>
      Object.fromEntries(
        readTiered(mixed, [slower, dense, young], request, nowMs).map(({ labels, rollup }) => [labels["__name__"], rollup?.resolutionMs]),
      );
    expect(resolutions(closed)).toEqual({ slower: undefined, dense: 5 * MINUTE, young: 5 * MINUTE });
    const later = MIDNIGHT + 40 * DAY;
    mixed.retain(later);
    expect(resolutions(later)).toEqual({ slower: HOUR, dense: 5 * MINUTE, young: 5 * MINUTE });
  });

  test("where a series ended is kept with the bucket of its last sample, also where the marker came in a later one", () => {
    const database = new NodeDatabase();
    const ended = openStore(database, MIDNIGHT);
    const [float, timer] = [refOf(ended, "up"), refOf(ended, "took")];
    for (let i = 1; i <= 2 * 1440; i++) {
      const t = MIDNIGHT + i * MINUTE;
      // In the first hour at its very end, in the third not before the fourth, in the sixth with samples after it.
      const stale = i === 60 || (i > 170 && i < 200) || i === 340;
      if (i > 171 && i < 190) continue;
      ended.append(float, t, stale ? STALE_NAN : i, t);
      ended.appendHistogram(timer, t, { ...HISTOGRAM, count: 2 * i, sum: stale ? STALE_NAN : i, positiveBuckets: [2 * i] }, t);
    }
    ended.flush(MIDNIGHT + 2 * DAY, nothing);
    const later = MIDNIGHT + 2 * DAY + 7 * HOUR;
    while (ended.compactor.dueAt(later) <= later) ended.compactor.step(later);
    const range = { startMs: MIDNIGHT, endMs: MIDNIGHT + 2 * DAY };
    const again = openStore(database, MIDNIGHT);
    const raw = again.read([float, timer], range.startMs, range.endMs, later);
    for (const maxResolutionMs of [MINUTE, HOUR]) {
      const found = readTiered(again, [float, timer], { ...range, maxResolutionMs }, later);
      for (const [at, { rollup }] of found.entries()) {
        if (rollup === undefined) continue;
        const [made] =
          rollUpSamples(
            raw[at] ?? { timestamps: new Float64Array(), values: new Float64Array() },
            [rollup.resolutionMs],
            [rollup.sketches !== undefined],
          ) ?? [];
        expect(rollup).toEqual(made);
        expect(Array.from(rollup.staleTimes ?? []).filter((t) => t < Infinity)).toEqual(
          (rollup.resolutionMs === HOUR ? [60, 171] : [60, 171, 340]).map((i) => MIDNIGHT + i * MINUTE),
        );
      }
      expect(found.filter(({ rollup }) => rollup !== undefined)).toHaveLength(maxResolutionMs === HOUR ? 2 : 0);
    }
  });
});

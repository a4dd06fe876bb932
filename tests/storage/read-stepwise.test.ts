import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Matcher } from "@sightline/shared/model/matcher";
import { finish, Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { expect, test, vi } from "vitest";
import { readStepwise } from "../../worker/src/query/read-stepwise.ts";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { GAUGE, NOON, openStore } from "./open-store.ts";

const SERIES = 60;
const request = { startMs: NOON - 1, endMs: NOON + 10 * 60_000 };

function filled(): SeriesStore {
  const store = openStore(new NodeDatabase());
  for (let i = 0; i < SERIES; i++) {
    // Metrics in another order than the refs.
    const resolved = store.resolve({ __name__: `m${(i * 7) % 5}`, i: String(i) }, GAUGE);
    if (!resolved.ok) throw new Error(resolved.error.message);
    for (let k = 0; k < 40; k++) store.append(resolved.value, NOON + k * 15_000, i + k, NOON);
    if (i === 40) store.flush(NOON, () => undefined);
  }
  return store;
}

const ROOMY = { maxSamplesTouched: 1e6, maxQueryBytes: 1e9 };

const refsOf = (store: SeriesStore, matchers: readonly Matcher[]): readonly number[] => {
  const refs = store.index.match(matchers);
  if (!refs.ok) throw new Error(refs.error.message);
  return refs.value;
};

test("what is read some series at a time is what is read at once", () => {
  const store = filled();
  const refs = refsOf(store, [{ name: "__name__", op: "=~", value: "m.*" }]);
  expect(refs).toHaveLength(SERIES);
  const byLabels = (list: readonly { readonly labels: object }[]): unknown[] =>
    [...list].sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
  const stepwise = finish(readStepwise(store, refs, request, NOON, ROOMY, new Pace(1, 1), 1));
  expect(byLabels(stepwise)).toEqual(byLabels(readTiered(store, refs, request, NOON)));
});

test("too many samples are refused before the rest of them is read", () => {
  const store = filled();
  const refs = refsOf(store, [{ name: "__name__", op: "=~", value: "m.*" }]);
  expect(() => finish(readStepwise(store, refs, request, NOON, { ...ROOMY, maxSamplesTouched: 700 }, new Pace(Infinity), 1))).toThrow(
    /the query touches 1280 samples or more, at most 700/,
  );
});

test("histograms of many buckets are read a few at a time, and refused by their bytes before the rest is read", () => {
  const store = openStore(new NodeDatabase());
  const buckets = Array.from({ length: 4000 }, () => 1);
  const large: NativeHistogram = {
    schema: 8,
    count: 4000,
    sum: 1,
    zeroThreshold: 0.001,
    zeroCount: 0,
    positiveSpans: [{ offset: 0, length: 4000 }],
    positiveBuckets: buckets,
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  };
  const metric = [{ name: "__name__", op: "=", value: "h" }] as const;
  for (let i = 0; i < SERIES; i++) {
    const resolved = store.resolve({ __name__: "h", i: String(i) }, GAUGE);
    if (!resolved.ok) throw new Error(resolved.error.message);
    store.appendHistogram(resolved.value, NOON + 15_000, large, NOON);
  }
  const refs = refsOf(store, metric);
  const reading = readStepwise(store, refs, request, NOON, ROOMY, new Pace(1_000_000, 1_000_000));
  let stops = 0;
  let step = reading.next();
  for (; step.done !== true; step = reading.next()) stops++;
  expect(step.value).toHaveLength(SERIES);
  expect(stops).toBeGreaterThanOrEqual(2);
  const reader = vi.spyOn(store, "read");
  expect(() => finish(readStepwise(store, refs, request, NOON, { ...ROOMY, maxQueryBytes: 2 ** 19 }, new Pace(Infinity)))).toThrow(
    /more than 1 MB in memory: that is the limit maxQueryBytes/,
  );
  expect(reader.mock.calls.flatMap(([some]) => some).length).toBeLessThan(SERIES);
});

test("a label with very many values is looked through in steps, and the same series are found", () => {
  const store = filled();
  for (const matchers of [
    [{ name: "i", op: "=~", value: ".*1|2.*" }],
    [
      { name: "__name__", op: "=~", value: "m[1-3]" },
      { name: "i", op: "!~", value: "1.|x?" },
    ],
  ] as const) {
    const steps = store.index.matchStepwise(matchers, new Pace(1, 1));
    let stops = 0;
    for (let step = steps.next(); ; step = steps.next(), stops++) {
      if (step.done !== true) continue;
      expect(step.value).toEqual(store.index.match(matchers));
      break;
    }
    expect(stops).toBeGreaterThan(4);
  }
});

test("an expression that is at many places at once lets others in at one value, however short it is", () => {
  const store = openStore(new NodeDatabase());
  const long = "x".repeat(1000);
  for (const i of ["a", "b"]) {
    const resolved = store.resolve({ __name__: "m", i: i + long }, GAUGE);
    if (!resolved.ok) throw new Error(resolved.error.message);
  }
  for (const value of [".{0,1000}".repeat(2), ".?".repeat(2000)]) {
    const among = [{ name: "i", op: "=~", value: `a${value}` }] as const;
    const beside = [
      { name: "__name__", op: "=~", value: "m.*" },
      { name: "i", op: "=~", value: `[a]${value}` },
    ] as const;
    for (const matchers of [among, beside]) {
      const steps = store.index.matchStepwise(matchers, new Pace(SHARE_NS, SHARE_NS));
      let stops = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) stops++;
      expect(step.value).toMatchObject({ ok: true, value: { length: 1 } });
      expect(stops).toBeGreaterThan(4);
    }
  }
});

test("values that an expression names are looked up, however many others there are", () => {
  const { index } = filled();
  const refs = (matchers: readonly Matcher[]): unknown => {
    const found = index.match(matchers);
    return found.ok ? [...found.value] : found.error;
  };
  const every = (metric: RegExp, i: RegExp): number[] =>
    Array.from({ length: SERIES }, (_, k) => k).filter((k) => metric.test(`m${(k * 7) % 5}`) && i.test(String(k)));
  const walked = vi.spyOn(index, "valuesOf");
  const some = { name: "i", op: "=~", value: "(7|12|40|x)" } as const;
  expect(refs([some])).toEqual(every(/./, /^(7|12|40)$/));
  expect(refs([{ name: "__name__", op: "=", value: "m4" }, some])).toEqual(every(/^m4$/, /^(7|12|40)$/));
  expect(refs([{ name: "__name__", op: "=~", value: "m1|m4" }, some])).toEqual(every(/^m[14]$/, /^(7|12|40)$/));
  expect(refs([{ name: "i", op: "=~", value: "x|y\\.z" }])).toEqual([]);
  expect(walked).not.toHaveBeenCalled();
  // More values than there are, and more series with them than there are to look at.
  expect(refs([{ name: "i", op: "=~", value: Array.from({ length: 100 }, (_, k) => k).join("|") }])).toHaveLength(SERIES);
  expect(
    refs([
      { name: "i", op: "=", value: "7" },
      { name: "__name__", op: "=~", value: "m0|m4" },
    ]),
  ).toEqual([7]);
  expect(
    refs([
      { name: "__name__", op: "=", value: "m4" },
      { name: "i", op: "=~", value: "7||8" },
      { name: "none", op: "=~", value: "|a" },
    ]),
  ).toEqual([7]);
});

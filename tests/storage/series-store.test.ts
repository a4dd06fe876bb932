import { describe, expect, test } from "vitest";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { ACCEPTED, DUPLICATE, LATE, OVERWRITTEN, TOO_NEW, TOO_OLD } from "../../worker/src/storage/verdicts.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, GAUGE, MINUTE, NOON, openStore, refOf, samplesOf } from "./open-store.ts";
import { HISTOGRAM } from "./shard-fixture.ts";

const nothing = () => undefined;

describe("samples and restarts", () => {
  test("a committed sample is there after a restart", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    store.commit(NOON, nothing);
    expect(samplesOf(openStore(database), "up")).toEqual([[NOON, 1]]);
  });

  test("a sample that was not committed is gone after a restart", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    expect(samplesOf(openStore(database), "up")).toEqual([]);
  });

  test("after a flush the WAL is empty and block and head answer together", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    for (let i = 0; i < 300; i++) store.append(ref, NOON + i * 1000, i / 10, NOON);
    store.flush(NOON, nothing);
    expect(store.wal.bytes).toBe(0);
    store.append(ref, NOON + 300_000, 30, NOON);
    store.commit(NOON, nothing);
    const expected = Array.from({ length: 301 }, (_, i) => [NOON + i * 1000, i / 10]);
    expect(samplesOf(store, "up")).toEqual(expected);
    expect(samplesOf(openStore(database), "up")).toEqual(expected);
  });

  test("a restart after a flush knows each series' newest sample, so that late ones are still told apart", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    store.flush(NOON, nothing);
    const again = openStore(database);
    expect(again.append(refOf(again, "up"), NOON - 31 * MINUTE, 1, NOON)).toBe(TOO_OLD);
    expect(again.append(refOf(again, "up"), NOON, 1, NOON)).toBe(DUPLICATE);
  });

  test("series keep their refs over many flushes and restarts", () => {
    const database = new NodeDatabase();
    for (let round = 0; round < 15; round++) {
      const store = openStore(database);
      for (let i = 0; i <= round; i++) expect(refOf(store, `metric_${i}`)).toBe(i);
      store.append(round, NOON + round, round, NOON);
      store.flush(NOON, nothing);
    }
    expect(openStore(database).index.size).toBe(15);
    expect(database.all<{ count: number }>("SELECT count(*) AS count FROM series")[0]?.count).toBeLessThan(12);
  });

  test("samples of two days go to a run each", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "up");
    const midnight = Date.UTC(2026, 10, 20);
    for (let i = -5; i < 5; i++) store.append(ref, midnight + i * MINUTE, i, NOON);
    store.flush(NOON, nothing);
    expect(store.runs.runs.map((run) => run.samples)).toEqual([6, 4]);
    expect(samplesOf(store, "up")).toHaveLength(10);
  });

  test("histograms come back from WAL and block as they were", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "latency_seconds");
    store.appendHistogram(ref, NOON, HISTOGRAM, NOON);
    store.append(ref, NOON + 1, 7, NOON);
    store.commit(NOON, nothing);
    const fromWal = openStore(database);
    expect(fromWal.lastHistogram(ref, NOON)).toBeUndefined();
    expect(fromWal.read([ref], 0, Infinity, NOON)[0]?.histograms).toEqual([HISTOGRAM, undefined]);
    fromWal.flush(NOON, nothing);
    const [series] = openStore(database).read([ref], 0, Infinity, NOON);
    expect(series?.histograms).toEqual([HISTOGRAM, undefined]);
    expect(Array.from(series?.values ?? [])).toEqual([0, 7]);
  });
});

describe("order and duplicates", () => {
  test("a late sample within half an hour of its own series' newest is taken and read in its place", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "up");
    expect(store.append(ref, NOON, 2, NOON)).toBe(ACCEPTED);
    expect(store.append(ref, NOON - 29 * MINUTE, 1, NOON)).toBe(LATE);
    expect(samplesOf(store, "up")).toEqual([
      [NOON - 29 * MINUTE, 1],
      [NOON, 2],
    ]);
  });

  test("a histogram of the same count is the same only when all of it is; neither is it its count as a number", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "took_seconds");
    const histogram = { ...HISTOGRAM, positiveSpans: [{ offset: 0, length: 2 }], positiveBuckets: [1, 1] };
    const other = { ...histogram, sum: 1.25, positiveBuckets: [0, 2] };
    expect(store.appendHistogram(ref, NOON, histogram, NOON)).toBe(ACCEPTED);
    expect(store.appendHistogram(ref, NOON, structuredClone(histogram), NOON)).toBe(DUPLICATE);
    expect(store.appendHistogram(ref, NOON, other, NOON)).toBe(OVERWRITTEN);
    store.flush(NOON, nothing);
    expect(store.appendHistogram(ref, NOON, other, NOON)).toBe(DUPLICATE);
    expect(store.appendHistogram(ref, NOON, histogram, NOON)).toBe(OVERWRITTEN);
    expect(store.append(ref, NOON, 2, NOON)).toBe(OVERWRITTEN);
    expect(samplesOf(store, "took_seconds")).toEqual([[NOON, 2]]);
    expect(store.appendHistogram(ref, NOON, histogram, NOON)).toBe(OVERWRITTEN);
    expect(store.lastHistogram(ref, NOON)).toEqual(histogram);
  });

  test("a stale marker is no other NaN, whichever of them came first", () => {
    for (const [first, second] of [
      [Number.NaN, STALE_NAN],
      [STALE_NAN, Number.NaN],
    ] as const) {
      const store = openStore(new NodeDatabase());
      const ref = refOf(store, "up");
      store.append(ref, NOON, first, NOON);
      expect(store.append(ref, NOON, first, NOON)).toBe(DUPLICATE);
      expect(store.append(ref, NOON, second, NOON)).toBe(OVERWRITTEN);
    }
  });

  test("another series' clock does not make a sample late", () => {
    const store = openStore(new NodeDatabase());
    store.append(refOf(store, "here"), NOON, 1, NOON);
    expect(store.append(refOf(store, "replayed"), NOON - 5 * DAY, 1, NOON)).toBe(ACCEPTED);
  });

  test("the same sample again changes nothing; another value at its time replaces it, also across a flush", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "up");
    store.append(ref, NOON, 1, NOON);
    store.append(ref, NOON + 1000, 1, NOON);
    store.flush(NOON, nothing);
    expect(store.append(ref, NOON + 1000, 1, NOON)).toBe(DUPLICATE);
    expect(store.append(ref, NOON + 1000, 5, NOON)).toBe(OVERWRITTEN);
    expect(store.append(ref, NOON, 4, NOON)).toBe(LATE);
    store.flush(NOON, nothing);
    expect(samplesOf(store, "up")).toEqual([
      [NOON, 4],
      [NOON + 1000, 5],
    ]);
  });

  test("a sample more than a day ahead of the clock is refused", () => {
    const store = openStore(new NodeDatabase());
    expect(store.append(refOf(store, "up"), NOON + DAY + 1, 1, NOON)).toBe(TOO_NEW);
  });

  test("the series over the bound is refused by name, and known ones go on", () => {
    const store = openStore(new NodeDatabase(), NOON, { maxSeries: 2 });
    refOf(store, "a");
    refOf(store, "b");
    expect(store.resolve({ __name__: "c" }, GAUGE)).toMatchObject({ ok: false, error: { code: "series_limit" } });
    expect(refOf(store, "a")).toBe(0);
  });
});

test("series that came and went leave room for those that live, up to three times the bound", () => {
  const store = openStore(new NodeDatabase(), NOON, { maxSeries: 20 });
  let refused = 0;
  for (let day = 0; day < 8; day++) {
    const now = NOON + day * DAY;
    for (let i = 0; i < 10; i++) {
      const resolved = store.resolve({ __name__: "pod", i: `${day}-${i}` }, GAUGE);
      if (resolved.ok) store.append(resolved.value, now, i, now);
      else refused++;
    }
  }
  expect(store.index.size).toBe(60);
  expect(refused).toBe(20);
});

describe("selecting series", () => {
  const store = openStore(new NodeDatabase());
  for (const host of ["a1", "a2", "b1"]) refOf(store, "cpu", { host, mode: "idle" });
  refOf(store, "cpu", { host: "a1" });
  refOf(store, "load", { host: "a1" });
  const match = (...matchers: readonly (readonly [string, "=" | "!=" | "=~" | "!~", string])[]) => {
    const refs = store.index.match(matchers.map(([name, op, value]) => ({ name, op, value })));
    return refs.ok ? refs.value : refs.error.code;
  };

  test("equality, inequality and anchored expressions", () => {
    expect(match(["__name__", "=", "cpu"])).toEqual([0, 1, 2, 3]);
    expect(match(["__name__", "=", "cpu"], ["host", "=~", "a."])).toEqual([0, 1, 3]);
    expect(match(["__name__", "=", "cpu"], ["host", "=~", "a"])).toEqual([]);
    expect(match(["__name__", "=", "cpu"], ["host", "!~", "a.*"])).toEqual([2]);
    expect(match(["__name__", "=~", "cpu|load"], ["host", "=", "a1"])).toEqual([0, 3, 4]);
  });

  test("a label that is absent counts as empty", () => {
    expect(match(["__name__", "=", "cpu"], ["mode", "=", ""])).toEqual([3]);
    expect(match(["__name__", "=", "cpu"], ["mode", "!=", ""])).toEqual([0, 1, 2]);
    expect(match(["__name__", "=", "cpu"], ["mode", "!=", "idle"])).toEqual([3]);
  });

  test("a selector that would take everything, and an expression RE2 does not know, are refused", () => {
    expect(match(["mode", "!=", "idle"])).toBe("empty_selector");
    expect(match(["host", "=~", "(a"])).toBe("bad_data");
  });
});

describe("retention", () => {
  test("drops whole days past it and forgets series that ended in them, nothing else", () => {
    const database = new NodeDatabase();
    const store = openStore(database, NOON, { rollupRetentionMs: [30 * DAY, 30 * DAY, 30 * DAY] });
    const old = refOf(store, "old");
    const both = refOf(store, "both");
    store.append(old, NOON - 29 * DAY, 1, NOON);
    store.append(both, NOON - 29 * DAY, 1, NOON);
    store.append(both, NOON, 2, NOON);
    store.flush(NOON, nothing);
    // The day waits for its aggregates, whose time is over with it here.
    expect(store.retain(NOON + 3 * DAY)).toEqual([]);
    while (store.compactor.dueAt(NOON + 3 * DAY) <= NOON + 3 * DAY) store.compactor.step(NOON + 3 * DAY);
    expect(store.retain(NOON + 3 * DAY)).toEqual([old]);
    store.flush(NOON + 3 * DAY, nothing);
    const again = openStore(database, NOON + 3 * DAY);
    expect(samplesOf(again, "both")).toEqual([[NOON, 2]]);
    expect(again.index.find({ __name__: "old" })).toBeUndefined();
    expect(refOf(again, "fresh")).toBe(2);
  });
});

describe("flush by age", () => {
  test("is due two hours after the WAL was begun, however often the object slept in between", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    expect(store.flushDueAt).toBe(Infinity);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    store.commit(NOON, nothing);
    expect(store.flushDueAt).toBe(NOON + 120 * MINUTE);
    expect(openStore(database, NOON + 60 * MINUTE).flushDueAt).toBe(NOON + 120 * MINUTE);
  });
});

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import type { SeriesStore, StoreBounds } from "../../worker/src/storage/series-store.ts";
import { reclaimFreePages } from "../../worker/src/local/reclaim.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, openStore, refOf, samplesOf } from "./open-store.ts";

const nothing = () => undefined;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 8, 1);
const KEPT: Partial<StoreBounds> = { rollupRetentionMs: [90 * DAY, 365 * DAY, 1826 * DAY] };

/** What the alarm does in a day: flushes as they come due, merges, retention. */
function liveThrough(store: SeriesStore, from: number, days: number, metrics: readonly string[]): void {
  const refs = metrics.map((metric) => refOf(store, metric));
  for (let day = from; day < from + days; day++) {
    for (let i = 0; i < 1440; i++) {
      const t = START + day * DAY + (i + 1) * MINUTE;
      for (const [at, ref] of refs.entries()) store.append(ref, t, valueAt(at, t), t);
      if (i % 720 === 719) store.flush(t, nothing);
    }
    const nowMs = START + (day + 1) * DAY + 4 * HOUR;
    while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
    if (store.retention.dueAt <= nowMs) store.retain(nowMs);
  }
}

const valueAt = (series: number, t: number): number => Math.round(1000 * Math.sin(t / 1e7 + series)) / 10;

const directory = mkdtempSync(join(tmpdir(), "sightline-retention-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("thirty days kept", () => {
  const file = join(directory, "shard.sqlite");
  const database = new NodeDatabase(file);
  // Nothing here outlives the test: the disk need not be waited for.
  database.run("PRAGMA synchronous = OFF");
  const store = openStore(database, START, KEPT);
  const metrics = Array.from({ length: 24 }, (_, i) => `metric_${i % 7}_${i}`);
  liveThrough(store, 0, 2, ["gone_after_two_days"]);
  liveThrough(store, 2, 30, metrics);
  const pages = database.sizeBytes;
  const aggregatesThen = store.runs.bytes() - store.runs.bytes(0);
  liveThrough(store, 32, 8, metrics);
  const nowMs = START + 40 * DAY + 4 * HOUR;
  const grown = store.runs.bytes() - store.runs.bytes(0) - aggregatesThen;
  const pagesNow = database.sizeBytes;

  test("raw samples of the last thirty days are all there, those before are not", () => {
    const ref = refOf(store, metrics[3] ?? "");
    const [series] = store.read([ref], 0, Infinity, nowMs);
    const oldest = START + 10 * DAY + MINUTE;
    expect(series?.timestamps[0]).toBe(oldest);
    expect(series?.timestamps).toHaveLength(30 * 1440);
    expect(series?.values).toEqual(series?.timestamps.map((t) => valueAt(3, t)));
  });

  test("aggregates of the days before are there, and say what raw samples said", () => {
    const ref = refOf(store, metrics[3] ?? "");
    const request = { startMs: START + 2 * DAY, endMs: nowMs, maxResolutionMs: 0, coarserWhenGone: true } as const;
    const [series] = readTiered(store, [ref], request, nowMs);
    expect(series?.rollup?.resolutionMs).toBe(5 * MINUTE);
    expect(series?.rollup?.ends[0]).toBe(START + 2 * DAY + 5 * MINUTE);
    expect(series?.rollup?.ends).toHaveLength(8 * 288);
    expect(series?.timestamps).toHaveLength(30 * 1440);
    expect(series?.rollup?.lasts).toEqual(series?.rollup?.ends.map((end) => valueAt(3, end)));
  });

  test("a series is known as long as aggregates of it are kept", () => {
    const ref = store.index.find({ __name__: "gone_after_two_days" });
    expect(ref).toBeDefined();
    const years = START + 1830 * DAY;
    expect(store.retain(years)).toContain(ref);
    expect(store.index.find({ __name__: "gone_after_two_days" })).toBeUndefined();
  });

  test("freed pages are used again: eight more days take no more room than their aggregates", () => {
    expect(pagesNow - pages).toBeLessThan(grown * 1.3 + 65_536);
  });

  test("the next local start gives the room back", () => {
    const objects = join(directory, "objects");
    copyFileSync(file, `${objects}.sqlite`);
    const lines: string[] = [];
    const log = { write: (_level: string, message: string) => lines.push(message) };
    reclaimFreePages(directory, log);
    expect(lines).toContain("gave unused disk space back");
    const after = new DatabaseSync(`${objects}.sqlite`);
    expect(Number(after.prepare("PRAGMA freelist_count").get()?.["freelist_count"])).toBe(0);
    after.close();
  });
});

test("a series that comes back after it was forgotten is there with all that was acknowledged, wherever the packing ends", () => {
  const database = new NodeDatabase();
  const bounds = { rollupRetentionMs: [DAY, DAY, DAY] };
  const first = openStore(database, START, bounds);
  const returning = (store: SeriesStore): number => refOf(store, "returning");
  first.append(returning(first), START, 0, START);
  first.append(refOf(first, "others"), START, 0, START);
  first.flush(START, nothing);
  const later = START + 40 * DAY;
  first.append(refOf(first, "others"), later, 1, later);
  first.flush(later, nothing);
  while (first.compactor.dueAt(later) <= later) first.compactor.step(later);
  const before = returning(first);
  expect(first.retain(later)).toEqual([before]);
  const acknowledged = Array.from({ length: 5 }, (_, i) => [later + i * MINUTE, i] as const);
  const [head, ...tail] = acknowledged;
  let store = first;
  if (head !== undefined) store.append(returning(store), ...head, later);
  store.commit(later, null);
  for (const [t, value] of tail) {
    // Killed, opened, and each time a step nearer to the end of a packing that is not waited for.
    store = openStore(database, t, { ...bounds, sliceSamples: 1 });
    expect(store.problems).toEqual([]);
    expect(returning(store)).toBeGreaterThan(before);
    store.append(returning(store), t, value, t);
    store.commit(t, null);
    for (let step = 0; step < value; step++) store.flushStep(t, nothing);
  }
  for (const packed of [false, true]) {
    store = openStore(database, later + DAY);
    expect(store.problems).toEqual([]);
    expect(samplesOf(store, "returning", later + DAY)).toEqual(acknowledged);
    if (!packed) store.flush(later + DAY, nothing);
  }
  const rows = database.all<{ id: number }>("SELECT id FROM series");
  expect(rows.length).toBeLessThan(3);
  expect(store.index.size).toBe(2);
});

describe("a clock that is months ahead", () => {
  const bounds = { ...KEPT, settleMs: DAY };
  const kept = (store: SeriesStore): number => store.read([refOf(store, "a")], 0, Infinity, START)[0]?.timestamps.length ?? 0;
  const samplesAhead = (store: SeriesStore, t: number): void => {
    store.append(refOf(store, "a"), t, 1, t);
    store.flush(t, nothing);
    while (store.compactor.dueAt(t) <= t) store.compactor.step(t);
  };

  test("takes nothing away while it is so for less than a day, whoever sends by it, and that is said; put right, all goes on as before", () => {
    const database = new NodeDatabase();
    const store = openStore(database, START, bounds);
    liveThrough(store, 0, 12, ["a"]);
    const before = kept(store);
    const ahead = START + 70 * DAY;
    samplesAhead(store, ahead);
    for (let now = ahead; now < ahead + DAY; now += HOUR) {
      store.retain(now);
      samplesAhead(store, now);
    }
    expect(store.retention.dueAt).toBeGreaterThan(ahead + 23 * HOUR);
    expect(store.retention.problems(ahead + HOUR)).toEqual([expect.stringContaining("kept until 2026-11-11T")]);
    expect(kept(store)).toBeGreaterThan(before);
    const right = START + 12 * DAY + 8 * HOUR;
    const again = openStore(database, right, bounds);
    expect(again.retention.problems(right)).toEqual([]);
    expect(again.retention.dueAt).toBeLessThan(START + 32 * DAY);
    expect(kept(again)).toBeGreaterThan(before);
  });

  test("takes as little when it is so again the next day, though what it brought the first time is there", () => {
    const database = new NodeDatabase();
    let store = openStore(database, START, bounds);
    liveThrough(store, 0, 12, ["a"]);
    const before = kept(store);
    for (const day of [12, 13, 14]) {
      const ahead = START + (70 + day) * DAY;
      store = openStore(database, ahead, bounds);
      samplesAhead(store, ahead);
      store.retain(ahead);
      expect(store.retention.problems(ahead)).toHaveLength(1);
      store = openStore(database, START + day * DAY + 8 * HOUR, bounds);
      expect(kept(store)).toBe(before + day - 11);
    }
  });

  test("is believed after a day", () => {
    const store = openStore(new NodeDatabase(), START, bounds);
    liveThrough(store, 0, 12, ["a"]);
    const later = START + 70 * DAY;
    store.retain(later);
    expect(store.retention.dueAt).toBe(later + DAY);
    store.retain(later + DAY);
    expect(store.runs.runs.filter(({ resolutionMs }) => resolutionMs === 0)).toEqual([]);
    expect(store.retention.problems(later + DAY)).toEqual([]);
  });

  test("a machine that goes on day by day waits for nothing", () => {
    const store = openStore(new NodeDatabase(), START, bounds);
    liveThrough(store, 0, 34, ["a"]);
    const oldest = Math.min(...store.runs.runs.filter(({ resolutionMs }) => resolutionMs === 0).map(({ day }) => day));
    expect(oldest * DAY).toBe(START + 4 * DAY);
  });
});

describe("room that is short", () => {
  test("the oldest day leaves before its time, raw samples first and then what was made of them, and that is counted and said", () => {
    const unbounded = openStore(new NodeDatabase(), START, KEPT);
    liveThrough(unbounded, 0, 12, ["a", "b", "c", "d"]);
    const maxBytes = unbounded.runs.bytes() - 5000;
    const database = new NodeDatabase();
    const store = openStore(database, START, { ...KEPT, maxBytes });
    liveThrough(store, 0, 12, ["a", "b", "c", "d"]);
    expect(store.runs.bytes()).toBeLessThanOrEqual(maxBytes);
    expect(store.retention.problems(START)).toEqual([
      expect.stringMatching(/^\d+ runs \(\d+ bytes, \d+ of them of aggregates\) up to .* were dropped before their time/),
    ]);
    expect(openStore(database, START, { ...KEPT, maxBytes }).retention.problems(START)).toHaveLength(1);
    // As noted before aggregates were told apart.
    const noted = JSON.stringify({ runs: 3, bytes: 100, day: Math.floor(START / DAY) });
    database.run("UPDATE settings SET value = ? WHERE name = 'dropped_for_space'", noted);
    expect(openStore(database, START, { ...KEPT, maxBytes }).retention.problems(START)).toEqual([
      expect.stringContaining("3 runs (100 bytes) up to"),
    ]);
    const days = (resolutionMs: number): number => store.runs.runs.filter((run) => run.resolutionMs === resolutionMs).length;
    expect(days(0)).toBeLessThan(12);
    // Raw samples of these days stay before the history of older ones: nothing of a day is kept that is older than what was dropped whole.
    const oldest = (resolutionMs: number): number =>
      Math.min(...store.runs.runs.filter((run) => run.resolutionMs === resolutionMs).map(({ day }) => day));
    expect(oldest(0) - oldest(HOUR)).toBeLessThanOrEqual(1);
    expect(days(5 * MINUTE)).toBeGreaterThanOrEqual(days(0));
    expect(store.read([refOf(store, "a")], 0, Infinity, START + 12 * DAY)[0]?.timestamps.at(-1)).toBe(START + 12 * DAY);
  });
});

/** What the alarm does, one step of each task after another, until nothing is due. */
function settle(store: SeriesStore, nowMs: number): void {
  for (let now = nowMs; store.flushDueAt <= now || store.compactor.dueAt(now) <= now || store.retention.dueAt <= now; now += 200) {
    if (store.flushDueAt <= now) store.flushStep(now, nothing);
    if (store.compactor.dueAt(now) <= now) store.compactor.step(now);
    if (store.retention.dueAt <= now) store.retain(now);
  }
}

describe("a machine that was off for longer than raw samples are kept", () => {
  const hours = { startMs: START, endMs: START + DAY, maxResolutionMs: HOUR, coarserWhenGone: true } as const;

  /** Eight hours of two series a minute, of which the first `packedHours` are in a run and the others in the log. */
  const stopped = (packedHours: number): NodeDatabase => {
    const database = new NodeDatabase();
    const store = openStore(database, START, KEPT);
    for (let i = 1; i <= 8 * 60; i++) {
      const t = START + i * MINUTE;
      for (const name of ["vacation", "travel"]) store.append(refOf(store, name), t, i, t);
      if (i === packedHours * 60) store.flush(t, nothing);
    }
    store.commit(START + 8 * HOUR, null);
    return database;
  };

  test.each([
    ["the log", 0],
    ["the log and a run that was packed before", 4],
  ])("makes the aggregates of its last day, of %s, before its raw samples leave", (_where, packedHours) => {
    const back = START + 33 * DAY + 8 * HOUR;
    // The log is packed a few samples at a time, while everything else goes on.
    const again = openStore(stopped(packedHours), back, { ...KEPT, sliceSamples: 100 });
    const counts = Float64Array.from({ length: 8 }, () => 60);
    const answered = (nowMs: number) =>
      readTiered(again, [refOf(again, "vacation"), refOf(again, "travel")], hours, nowMs).map((series) => [
        ...(series.rollup?.counts ?? []),
        ...(series.timestamps.length > 0 ? [series.timestamps.length] : []),
      ]);
    for (const nowMs of [back, back + HOUR, back + 7 * HOUR]) {
      settle(again, nowMs);
      const held = answered(nowMs).map((parts) => parts.reduce((sum, count) => sum + count, 0));
      expect(held).toEqual([480, 480]);
    }
    expect(again.runs.runs.map(({ resolutionMs }) => resolutionMs)).not.toContain(0);
    expect(answered(back + 7 * HOUR)).toEqual([[...counts], [...counts]]);
  });
});

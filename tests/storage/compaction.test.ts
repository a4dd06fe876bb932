import { describe, expect, test } from "vitest";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { FailingDatabase, NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const nothing = () => undefined;
/** Long after the day of NOON is closed. */
const NEXT_DAY = NOON + DAY + 12 * 60 * MINUTE;

/** Every step that is due; returns how many. */
function compactAll(store: SeriesStore, nowMs: number): number {
  let steps = 0;
  for (; store.compactor.dueAt(nowMs) <= nowMs; steps++) store.compactor.step(nowMs);
  return steps;
}

/** `flushes` flushes of `metrics` metrics, ten samples of each a flush, a minute apart; counters that reset now and then. */
function fill(store: SeriesStore, flushes: number, metrics: readonly string[], fromMs = NOON): void {
  for (let flush = 0; flush < flushes; flush++) {
    for (const metric of metrics) {
      const ref = refOf(store, metric);
      for (let i = 0; i < 10; i++) store.append(ref, fromMs + (flush * 10 + i) * MINUTE, (flush * 10 + i) % 37, fromMs);
    }
    store.flush(fromMs, nothing);
  }
}

const METRICS = ["load", "up", "cpu_seconds_total", "büro"];

describe("compaction", () => {
  test("six flushes of a day become one run that holds the same", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    fill(store, 5, METRICS);
    expect(store.compactor.dueAt(NOON)).toBeGreaterThan(NOON);
    fill(store, 1, METRICS, NOON + 50 * MINUTE);
    const before = METRICS.map((metric) => samplesOf(store, metric));
    compactAll(store, NOON);
    expect(store.runs.runs.map((run) => run.level)).toEqual([1]);
    expect(METRICS.map((metric) => samplesOf(store, metric))).toEqual(before);
    expect(METRICS.map((metric) => samplesOf(openStore(database), metric))).toEqual(before);
  });

  test("a day that is over becomes its final run, with aggregates beside it; the day that goes on is left alone", () => {
    const store = openStore(new NodeDatabase());
    fill(store, 3, METRICS);
    fill(store, 2, METRICS, NOON + DAY);
    compactAll(store, NEXT_DAY);
    expect(store.runs.runs.map(({ level, resolutionMs }) => [level, resolutionMs])).toEqual([
      [2, 0],
      [2, 5 * MINUTE],
      [2, 60 * MINUTE],
      [0, 0],
      [0, 0],
    ]);
    expect(samplesOf(store, "load")).toHaveLength(50);
  });

  test("a merged yesterday is read before today, whichever was packed last: series of one clock share their times", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    // Seven flushes, the fourth over midnight.
    fill(store, 7, METRICS, NOON + 12 * 60 * MINUTE - 35 * MINUTE);
    const before = METRICS.map((metric) => samplesOf(store, metric));
    compactAll(store, NOON + DAY + 120 * MINUTE);
    expect(store.runs.runs.filter((run) => run.resolutionMs === 0).map(({ level }) => level)).toEqual([2, 0, 0, 0, 0]);
    for (const opened of [store, openStore(database)]) {
      const refs = METRICS.map((metric) => refOf(opened, metric));
      const [first, ...others] = opened.read(refs, -Infinity, Infinity, NOON + DAY);
      expect(others.map(({ timestamps }) => timestamps === first?.timestamps)).toEqual([true, true, true]);
      expect(METRICS.map((metric) => samplesOf(opened, metric))).toEqual(before);
    }
  });

  test("the later write wins over flushes, merges and what comes after", () => {
    const store = openStore(new NodeDatabase());
    const ref = refOf(store, "up");
    for (let round = 0; round < 8; round++) {
      // Each round corrects the sample of the round before, which lies in another run.
      if (round > 0) store.append(ref, NOON + (round - 1) * MINUTE, round * 100, NOON);
      store.append(ref, NOON + round * MINUTE, round, NOON);
      store.flush(NOON, nothing);
      compactAll(store, NOON);
    }
    const expected = Array.from({ length: 8 }, (_, i) => [NOON + i * MINUTE, i === 7 ? 7 : (i + 1) * 100]);
    expect(samplesOf(store, "up")).toEqual(expected);
    compactAll(store, NEXT_DAY);
    expect(samplesOf(store, "up")).toEqual(expected);
  });

  test("samples that come late to a finished day wait for more, and are read meanwhile", () => {
    const store = openStore(new NodeDatabase());
    fill(store, 2, ["up"]);
    compactAll(store, NEXT_DAY);
    const late = refOf(store, "late");
    store.append(late, NOON, 1, NOON);
    store.flush(NEXT_DAY, nothing);
    expect(samplesOf(store, "late")).toEqual([[NOON, 1]]);
    expect(store.compactor.dueAt(NEXT_DAY)).toBe(NEXT_DAY + 6 * 60 * MINUTE);
    compactAll(store, NEXT_DAY + 6 * 60 * MINUTE);
    expect(samplesOf(store, "late")).toEqual([[NOON, 1]]);
    expect(store.runs.runs.filter((run) => run.resolutionMs === 0)).toHaveLength(1);
  });

  test("interrupted at any step it is begun again, and nothing is lost or doubled", () => {
    for (let after = 0; ; after++) {
      const database = new NodeDatabase();
      fill(openStore(database), 6, METRICS);
      const before = METRICS.map((metric) => samplesOf(openStore(database), metric));
      const failing = new FailingDatabase(database, Infinity);
      const store = openStore(failing);
      failing.failAfter(after);
      try {
        compactAll(store, NEXT_DAY);
      } catch {
        // Killed there.
      }
      const again = openStore(database);
      expect(METRICS.map((metric) => samplesOf(again, metric))).toEqual(before);
      compactAll(again, NEXT_DAY);
      expect(METRICS.map((metric) => samplesOf(again, metric))).toEqual(before);
      const tables = database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE name GLOB 'run_[0-9]*' ORDER BY name");
      expect(tables.map(({ name }) => name).sort()).toEqual(again.runs.runs.map((run) => `run_${run.id}`).sort());
      if (!failing.failed) {
        expect(after).toBeGreaterThan(15);
        return;
      }
    }
  });

  test("a damaged row is set aside by the merge, and the rest goes on", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    fill(store, 6, METRICS);
    const body = Uint8Array.from(database.all<{ body: Uint8Array }>("SELECT body FROM run_3 WHERE id = 1")[0]?.body ?? []);
    body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 6;
    database.run("UPDATE run_3 SET body = ? WHERE id = 1", body);
    const again = openStore(database);
    compactAll(again, NEXT_DAY);
    for (const metric of METRICS) expect(samplesOf(again, metric)).toHaveLength(50);
    expect(again.quarantine.problems()).toEqual([expect.stringContaining("run_3/1 is damaged")]);
  });

  test("a damaged manifest is made again from the runs' labels", () => {
    const database = new NodeDatabase();
    fill(openStore(database), 3, METRICS);
    const before = METRICS.map((metric) => samplesOf(openStore(database), metric));
    database.run("UPDATE snapshots SET body = ? WHERE name = 'runs'", new Uint8Array(20));
    const again = openStore(database);
    expect(METRICS.map((metric) => samplesOf(again, metric))).toEqual(before);
    expect(again.problems).toEqual([expect.stringContaining("made again")]);
    expect(openStore(database).problems).toEqual([]);
  });
});

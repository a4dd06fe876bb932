import { rollUp } from "@sightline/shared/aggregation/rollup";
import { sketchAt } from "@sightline/shared/aggregation/sketch-columns";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import { describe, expect, test } from "vitest";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { decodeManifest, encodeManifest } from "../../worker/src/storage/run-manifest.ts";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON, openStore, refOf } from "./open-store.ts";

const nothing = () => undefined;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Math.floor(NOON / DAY) * DAY;
const DAYS = 4;

function aDay(store: SeriesStore, ref: number, day: number, value: number): void {
  for (let i = 1; i <= 1440; i++) {
    const t = MIDNIGHT + day * DAY + i * MINUTE;
    store.append(ref, t, value, t, "history");
  }
}

/** One series on all finished days, one on the last two. */
function finished() {
  const database = new NodeDatabase();
  const store = openStore(database, MIDNIGHT, { outOfOrderMs: 30 * MINUTE });
  const always = refOf(store, "lt", { i: "always" });
  const young = refOf(store, "lt", { i: "young" });
  for (let day = 0; day < DAYS; day++) {
    aDay(store, always, day, 1);
    if (day >= 2) aDay(store, young, day, 1);
    store.flush(MIDNIGHT + (day + 1) * DAY, nothing);
  }
  const nowMs = MIDNIGHT + DAYS * DAY + 7 * HOUR;
  while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
  return { store, database, always, young, nowMs };
}

/** What the tier says of every series must be what its raw samples give. */
function expectExact(store: SeriesStore, refs: readonly number[], nowMs: number, needsSketches: boolean): void {
  const range = { startMs: MIDNIGHT, endMs: MIDNIGHT + DAYS * DAY };
  const tiered = readTiered(store, refs, { ...range, maxResolutionMs: HOUR, ...(needsSketches ? { needsSketches } : {}) }, nowMs);
  const raw = store.read(refs, range.startMs, range.endMs, nowMs);
  expect(tiered.map(({ labels }) => labels)).toEqual(raw.map(({ labels }) => labels));
  for (const [at, { rollup, timestamps }] of tiered.entries()) {
    const exact = raw[at];
    expect(timestamps).toHaveLength(0);
    const sketched = rollup?.sketches !== undefined;
    if (needsSketches) expect(sketched).toBe(true);
    expect(rollup).toEqual(rollUp(exact?.timestamps ?? new Float64Array(), exact?.values ?? new Float64Array(), [HOUR], [sketched])?.[0]);
  }
}

describe("history that comes after the aggregates of its days", () => {
  test("is in an answer of aggregates from the head on, from a flush on, and once it is merged", () => {
    const { store, always, young, nowMs } = finished();
    const fresh = refOf(store, "lt", { i: "fresh" });
    const refs = [always, young, fresh];
    for (const day of [0, 1]) for (const ref of refs) aDay(store, ref, day, 5);
    expect(store.head.oldestTime).toBe(MIDNIGHT + MINUTE);
    expectExact(store, refs, nowMs, false);
    store.flush(nowMs, nothing);
    expect(store.head.oldestTime).toBe(Infinity);
    for (const needsSketches of [false, true]) expectExact(store, refs, nowMs, needsSketches);
    const later = nowMs + 7 * HOUR;
    while (store.compactor.dueAt(later) <= later) store.compactor.step(later);
    expectExact(store, refs, later, false);
  });

  const counted = (store: SeriesStore, ref: number, nowMs: number, maxResolutionMs = HOUR): number => {
    const request = { startMs: MIDNIGHT, endMs: MIDNIGHT + DAY, coarserWhenGone: true } as const;
    const [series] = readTiered(store, [ref], { ...request, maxResolutionMs }, nowMs);
    return series?.rollup?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  };
  /** A sample of another series each time, read from the flush and once it is merged. */
  const comesLate = (store: SeriesStore, always: number, from: number, times: number): void => {
    const late = refOf(store, "lt", { i: "late" });
    for (let k = 0, nowMs = from; k < times; k++, nowMs += 14 * HOUR) {
      store.append(late, MIDNIGHT + (10 + k) * MINUTE, 5, nowMs, "history");
      store.flush(nowMs, nothing);
      expect(counted(store, always, nowMs)).toBe(1440);
      const merged = nowMs + 7 * HOUR;
      while (store.compactor.dueAt(merged) <= merged) store.compactor.step(merged);
      expect(store.runs.runs.some((run) => run.day * DAY === MIDNIGHT && run.level !== 2)).toBe(false);
      expect(counted(store, always, merged)).toBe(1440);
    }
  };

  test("does not stand for a day whose other samples are gone, however often it comes", () => {
    const { store, always, nowMs } = finished();
    store.retention.run(MIDNIGHT + 32 * DAY);
    comesLate(store, always, nowMs, 3);
    // Finer than there is.
    expect(counted(store, always, nowMs, MINUTE / 2)).toBe(1440);
  });

  test("does not stand for such a day either that an older build merged, which did not say that it is partial", () => {
    const { store, database, always, nowMs } = finished();
    store.retention.run(MIDNIGHT + 32 * DAY);
    comesLate(store, always, nowMs, 1);
    const manifest = decodeManifest(store.snapshots.read("runs")?.bytes ?? new Uint8Array());
    const runs = manifest.runs.map((run) => {
      const { partial: _partial, ...older } = run;
      return older;
    });
    store.snapshots.write("runs", encodeManifest({ ...manifest, runs }));
    comesLate(openStore(database, nowMs + 14 * HOUR, { outOfOrderMs: 30 * MINUTE }), always, nowMs + 14 * HOUR, 2);
  });

  test("does not stand for a day whose other samples are damaged", () => {
    const { store, database, always, nowMs } = finished();
    const raw = store.runs.runs.find((run) => run.day * DAY === MIDNIGHT && run.resolutionMs === 0);
    database.run(`UPDATE run_${raw?.id ?? 0} SET body = x'00' WHERE id = ?`, raw?.rows[0]?.id ?? 0);
    const again = openStore(database, nowMs, { outOfOrderMs: 30 * MINUTE });
    comesLate(again, always, nowMs, 2);
    expect(again.quarantine.problems()).toHaveLength(1);
  });
});

test("a series that was silent from before what is asked for to the end of its day has the distributions of its later days", () => {
  const store = openStore(new NodeDatabase(), MIDNIGHT);
  const steady = refOf(store, "lt", { i: "steady" });
  const silent = refOf(store, "lt", { i: "silent" });
  for (let day = 0; day < DAYS; day++) {
    for (let i = day * 1440 + 1; i <= (day + 1) * 1440; i++) {
      const t = MIDNIGHT + i * MINUTE;
      store.append(steady, t, 1, t, "history");
      if (i <= 360 || i > 1500) store.append(silent, t, 1 + (i % 5), t, "history");
    }
    store.flush(MIDNIGHT + (day + 1) * DAY, nothing);
  }
  const nowMs = MIDNIGHT + DAYS * DAY + 7 * HOUR;
  while (store.compactor.dueAt(nowMs) <= nowMs) store.compactor.step(nowMs);
  const range = { startMs: MIDNIGHT + 12 * HOUR, endMs: MIDNIGHT + 2 * DAY };
  for (const refs of [[silent], [steady, silent]]) {
    const tiered = readTiered(store, refs, { ...range, maxResolutionMs: HOUR, needsSketches: true }, nowMs);
    const raw = store.read(refs, range.startMs, range.endMs, nowMs);
    expect(tiered).toHaveLength(refs.length);
    const distributions = (rollup: RollupColumns | undefined) =>
      new Map(
        Array.from(rollup?.ends ?? [], (end, i) => [end, rollup?.sketches === undefined ? null : sketchAt(rollup.sketches, i)] as const),
      );
    for (const [at, { rollup }] of tiered.entries()) {
      const { timestamps = new Float64Array(), values = new Float64Array() } = raw[at] ?? {};
      const found = distributions(rollup);
      for (const [end, exact] of distributions(rollUp(timestamps, values, [HOUR], [true])?.[0])) expect(found.get(end)).toEqual(exact);
    }
  }
});

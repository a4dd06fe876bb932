import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const nothing = () => undefined;
const BOUNDS = { headSamples: 20, sliceSamples: 4 };
const tables = (database: NodeDatabase, like: string): number =>
  database.all<{ n: number }>("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name GLOB ?", like)[0]?.n ?? 0;

/** Twelve samples of each of two series, and the first step of packing them. */
function halfPacked(database: NodeDatabase): SeriesStore {
  const store = openStore(database, NOON, BOUNDS);
  for (let i = 0; i < 24; i++) store.append(refOf(store, "m", { series: String(i % 2) }), NOON + i, i, NOON);
  store.mark({ sender: "agent-1", epoch: "e1", seq: 7, after: null, at: NOON, hostName: null });
  store.commit(NOON, nothing);
  store.flushStep(NOON, nothing);
  return store;
}

function finish(store: SeriesStore): number {
  let steps = 0;
  for (; store.flushDue; steps++) store.flushStep(NOON, nothing);
  return steps;
}

describe("the definitions of many new series", () => {
  const SERIES = 12_000;
  const nothing = () => undefined;
  const grown = (store: SeriesStore, from: number, count: number, t: number) => {
    for (let i = from; i < from + count; i++) store.append(refOf(store, "grown", { i: String(i) }), t, i, t);
    store.commit(t, nothing);
  };
  const known = (store: SeriesStore) => [...store.index.all()].map(({ ref, labels }) => `${ref} ${labels["i"] ?? ""}`);
  const rows = (database: NodeDatabase) => database.all<{ n: number }>("SELECT count(*) AS n FROM series")[0]?.n;
  /** Steps until all is packed, or as many as given. */
  const packed = (store: SeriesStore, steps = 1000): number => {
    let taken = 0;
    do store.flushStep(NOON, nothing);
    while (++taken < steps && store.flushDueAt <= NOON + 1000);
    return taken;
  };

  test("are written five thousand a step, between which samples are taken, also where the head is small", () => {
    const database = new NodeDatabase();
    const store = openStore(database, NOON, { maxSeries: 50_000, maxSeriesPerMetric: 50_000 });
    grown(store, 0, SERIES, NOON);
    expect(packed(store)).toBeGreaterThanOrEqual(4);
    expect(rows(database)).toBe(3);
    grown(store, SERIES, 10, NOON + 1);
    const before = known(store);
    expect(before).toHaveLength(SERIES + 10);
    expect(known(openStore(database))).toEqual(before);
  });

  test("are known after an interruption at every step, of adding and of writing anew", () => {
    for (let steps = 1; steps < 9; steps++) {
      const database = new NodeDatabase();
      const bounds = { maxSeries: 50_000, maxSeriesPerMetric: 50_000 };
      const store = openStore(database, NOON, bounds);
      store.append(refOf(store, "told"), NOON, 1, NOON);
      grown(store, 0, SERIES, NOON);
      packed(store, steps);
      const first = openStore(database, NOON, bounds);
      expect(known(first)).toEqual(known(store));
      packed(first);
      // New metadata: all is written anew.
      first.learn(0, { type: "gauge", unit: "", help: "what it is" });
      grown(first, SERIES, 10, NOON + 1);
      packed(first, steps);
      const second = openStore(database, NOON, bounds);
      expect(known(second)).toEqual(known(first));
      packed(second);
      grown(second, SERIES + 10, 1, NOON + 2);
      packed(second);
      const third = openStore(database, NOON, bounds);
      expect(known(third)).toEqual(known(second));
      expect(third.index.get(0)?.metadata.help).toBe("what it is");
      expect(rows(database)).toBeLessThanOrEqual(5);
    }
  });
});

describe("a head that is packed in steps", () => {
  test("reads the same before, between and after the steps, takes samples meanwhile, and leaves one segment of the log", () => {
    const database = new NodeDatabase();
    const store = halfPacked(database);
    const expected = samplesOf(store, "m");
    expect(expected).toHaveLength(24);
    store.flushStep(NOON, nothing);
    expect(samplesOf(store, "m")).toEqual(expected);
    store.append(refOf(store, "m", { series: "0" }), NOON + 100, 100, NOON);
    store.commit(NOON, nothing);
    expect(tables(database, "wal_[0-9]*")).toBe(2);
    expect(finish(store)).toBeGreaterThanOrEqual(2);
    expect(tables(database, "wal_[0-9]*")).toBe(1);
    expect(store.head.samples).toBe(1);
    expect(store.runs.runs.map((run) => run.samples)).toEqual([24]);
    expect(samplesOf(store, "m")).toHaveLength(25);
    expect(samplesOf(openStore(database), "m")).toEqual(samplesOf(store, "m"));
  });

  test("is in the head again when it was interrupted, and what was built of it is dropped", () => {
    const database = new NodeDatabase();
    const store = halfPacked(database);
    // Definitions, then samples.
    store.flushStep(NOON, nothing);
    store.flushStep(NOON, nothing);
    expect(tables(database, "run_[0-9]*")).toBe(1);
    store.append(refOf(store, "m", { series: "0" }), NOON + 100, 100, NOON);
    store.commit(NOON, nothing);
    // Opening writes nothing, so that a full disk can be read.
    database.run("PRAGMA query_only = ON");
    const again = openStore(database, NOON, BOUNDS);
    expect(samplesOf(again, "m")).toHaveLength(25);
    database.run("PRAGMA query_only = OFF");
    expect(again.head.samples).toBe(25);
    expect(samplesOf(again, "m")).toHaveLength(25);
    finish(again);
    expect(samplesOf(again, "m")).toHaveLength(25);
    expect(tables(database, "run_[0-9]*")).toBe(1);
    expect(tables(database, "wal_[0-9]*")).toBe(1);
  });

  test("counts as packed what its senders had sent when it began, not what they sent meanwhile", () => {
    const store = halfPacked(new NodeDatabase());
    store.mark({ sender: "agent-1", epoch: "e1", seq: 8, after: 7, at: NOON, hostName: null });
    store.commit(NOON, nothing);
    expect(store.marks.packedSeq("agent-1", "e1")).toBe(0);
    finish(store);
    expect(store.marks.packedSeq("agent-1", "e1")).toBe(7);
    expect(store.senders.get("agent-1")?.seq).toBe(8);
  });

  test("what the log is replayed onto is what series said when packing began: a restart observes everything that came after", () => {
    const database = new NodeDatabase();
    const store = halfPacked(database);
    for (let i = 0; i < 3; i++) {
      store.append(refOf(store, "m", { series: "0" }), NOON + 100 + i, i, NOON);
      store.commit(NOON, nothing);
    }
    finish(store);
    const seen: number[] = [];
    openStore(database, NOON, BOUNDS, {
      observe: (_, t) => void seen.push(t - NOON),
      observeColumns: (_, times) => void seen.push(...Array.from(times, (t) => t - NOON)),
      observeHistogram: nothing,
      wants: () => true,
    });
    expect(seen).toEqual([100, 101, 102]);
  });

  test("a flush in between packs everything there is", () => {
    const store = halfPacked(new NodeDatabase());
    store.append(refOf(store, "m", { series: "0" }), NOON + 100, 100, NOON);
    store.flush(NOON, nothing);
    expect(store.head.samples).toBe(0);
    expect(store.wal.bytes).toBe(0);
    expect(samplesOf(store, "m")).toHaveLength(25);
  });

  test("whatever comes and whenever it is killed: every committed sample is read, the last write of each time", () => {
    const sample = fc.record({ series: fc.nat(5), t: fc.integer({ min: 0, max: 60 }), value: fc.integer({ min: 0, max: 9 }) });
    const commit = fc.record({ samples: fc.array(sample, { minLength: 1, maxLength: 12 }), killed: fc.nat(5), steps: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(commit, { minLength: 5, maxLength: 40 }), (commits) => {
        const database = new NodeDatabase();
        let store = openStore(database, NOON, BOUNDS);
        const model = new Map<string, number>();
        const check = (): void => {
          for (let series = 0; series <= 5; series++) {
            const name = `m${series}`;
            const own = [...model].filter(([key]) => key.startsWith(`${name} `)).map(([key, value]) => [Number(key.split(" ")[1]), value]);
            expect(samplesOf(store, name)).toEqual(own.toSorted(([a = 0], [b = 0]) => a - b));
          }
        };
        for (const { samples, killed, steps } of commits) {
          const refs = Int32Array.from(samples, ({ series }) => refOf(store, `m${series}`));
          const times = Float64Array.from(samples, ({ t }) => NOON + t * 1000);
          const values = Float64Array.from(samples, (one) => one.value);
          store.appendColumns(refs, times, values, samples.length, NOON, new Uint8Array(samples.length));
          for (const { series, t, value } of samples) model.set(`m${series} ${NOON + t * 1000}`, value);
          store.commit(NOON, nothing);
          for (let step = 0; step < steps && store.flushDue; step++) store.flushStep(NOON, nothing);
          check();
          if (killed === 0) store = openStore(database, NOON, BOUNDS);
          if (killed === 0) check();
        }
      }),
      { numRuns: 80 },
    );
  });
});

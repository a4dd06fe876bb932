import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACCEPTED, DUPLICATE, LATE, NO_SERIES, OVERWRITTEN, TOO_NEW } from "../../worker/src/storage/verdicts.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, GAUGE, MINUTE, NOON, openStore, refOf, samplesOf } from "./open-store.ts";

const nothing = () => undefined;
const rowsOf = (database: NodeDatabase): number => database.all<{ n: number }>("SELECT count(*) AS n FROM wal_1")[0]?.n ?? 0;

describe("columns of samples", () => {
  test("are judged row by row and kept in order of arrival", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const a = refOf(store, "a");
    const b = refOf(store, "b");
    const refs = Int32Array.of(a, b, a, a, -7, a, a, b);
    const times = Float64Array.of(NOON, NOON, NOON + 2000, NOON + 1000, NOON, NOON + 2000, NOON + 2000, NOON + DAY + 1);
    const values = Float64Array.of(1, 2, 3, 4, 5, 3, 6, 7);
    const verdicts = new Uint8Array(8);
    expect(store.appendColumns(refs, times, values, 8, NOON, verdicts)).toBe(5);
    expect(Array.from(verdicts)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED, LATE, NO_SERIES, DUPLICATE, OVERWRITTEN, TOO_NEW]);
    store.commit(NOON, nothing);
    for (const one of [store, openStore(database)]) {
      expect(samplesOf(one, "a")).toEqual([
        [NOON, 1],
        [NOON + 1000, 4],
        [NOON + 2000, 6],
      ]);
      expect(samplesOf(one, "b")).toEqual([[NOON, 2]]);
    }
  });

  test("whatever comes in whatever order: a store killed after any commit reads what the store before it read", () => {
    const sample = fc.record({ series: fc.nat(4), t: fc.integer({ min: 0, max: 40 }), value: fc.constantFrom(0, 1, 2.5, NaN, 1e300) });
    fc.assert(
      fc.property(fc.array(fc.array(sample, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 }), (commits) => {
        const database = new NodeDatabase();
        let store = openStore(database);
        for (const [i, samples] of commits.entries()) {
          const refs = Int32Array.from(samples, ({ series }) => refOf(store, "m", { series: String(series) }));
          const times = Float64Array.from(samples, ({ t }) => NOON + t * 1000);
          const values = Float64Array.from(samples, (one) => one.value);
          store.appendColumns(refs, times, values, samples.length, NOON, new Uint8Array(samples.length));
          store.commit(NOON, nothing);
          if (i === 4) store.flush(NOON, nothing);
          const before = samplesOf(store, "m");
          store = openStore(database);
          expect(samplesOf(store, "m")).toEqual(before);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("rows of the log", () => {
  test("small commits share a row: a thousand series every ten seconds for two hours are a handful", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const refs = Int32Array.from({ length: 1000 }, (_, i) => refOf(store, "m", { i: String(i) }));
    const verdicts = new Uint8Array(1000);
    for (let commit = 0; commit < 720; commit++) {
      const now = NOON + commit * 10_000;
      const values = Float64Array.from(refs, (ref) => ref * 1000 + commit * (1 + (ref % 7)));
      store.appendColumns(refs, new Float64Array(1000).fill(now), values, 1000, now, verdicts);
      store.commit(now, nothing);
    }
    expect(rowsOf(database)).toBeLessThanOrEqual(6);
    expect(store.wal.bytes / 720_000).toBeLessThan(4.5);
    expect(openStore(database, NOON + 2 * 60 * MINUTE).head.samples).toBe(720_000);
  });

  test("commits go on in the last row after a restart", () => {
    const database = new NodeDatabase();
    for (let i = 0; i < 5; i++) {
      const store = openStore(database, NOON + i * MINUTE);
      store.append(refOf(store, "up"), NOON + i * MINUTE, i, NOON + i * MINUTE);
      store.commit(NOON + i * MINUTE, nothing);
    }
    expect(rowsOf(database)).toBe(1);
    expect(samplesOf(openStore(database), "up")).toHaveLength(5);
  });

  test("a snapshot covers commits, not rows: what joined its row later is seen again", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    store.append(refOf(store, "up"), NOON, 1, NOON);
    store.commit(NOON, nothing);
    const { segment, row } = store.wal.position;
    store.append(refOf(store, "up"), NOON + 1, 2, NOON);
    store.commit(NOON, nothing);
    expect(rowsOf(database)).toBe(1);
    const seen: number[] = [];
    const again = openStore(new NodeDatabase());
    expect(again.wal.position.row).toBe(0);
    const reopened = openStore(
      database,
      NOON,
      {},
      {
        observe: (_, t) => void seen.push(t - NOON),
        observeColumns: (_, times) => void seen.push(...Array.from(times, (t) => t - NOON)),
        observeHistogram: nothing,
        wants: (inSegment, commit) => inSegment > segment || commit > row,
      },
    );
    expect(seen).toEqual([1]);
    expect(reopened.wal.position.row).toBe(2);
  });
});

describe("metadata", () => {
  test("of a known metric that come or change later are kept, also over a restart and a flush", () => {
    const database = new NodeDatabase();
    const store = openStore(database);
    const ref = refOf(store, "jobs_total");
    store.commit(NOON, nothing);
    store.learn(ref, { type: "counter", unit: "", help: "jobs done" });
    store.append(ref, NOON, 1, NOON);
    store.commit(NOON, nothing);
    const help = (one: ReturnType<typeof openStore>) => one.index.get(ref)?.metadata.help;
    const again = openStore(database);
    expect(help(again)).toBe("jobs done");
    again.flush(NOON, nothing);
    expect(help(openStore(database))).toBe("jobs done");
    expect(openStore(database).index.get(ref)?.metadata.type).toBe("counter");
  });
});

describe("a metric that runs away", () => {
  test("is refused new series beyond its own bound, by name; its known series and other metrics go on", () => {
    const store = openStore(new NodeDatabase(), NOON, { maxSeriesPerMetric: 2 });
    refOf(store, "requests", { id: "1" });
    refOf(store, "requests", { id: "2" });
    expect(store.resolve({ __name__: "requests", id: "3" }, GAUGE)).toMatchObject({ ok: false, error: { code: "metric_series_limit" } });
    expect(refOf(store, "requests", { id: "2" })).toBe(1);
    expect(refOf(store, "up")).toBe(2);
  });
});

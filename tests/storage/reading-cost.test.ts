import { expect, test } from "vitest";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { openStore, refOf } from "./open-store.ts";

/** Counts the bytes of what is read, too. */
class WeighedDatabase extends MeteredDatabase {
  bytesRead = 0;

  override all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    const rows = super.all<Row>(sql, ...params);
    for (const row of rows) for (const value of Object.values(row)) if (value instanceof Uint8Array) this.bytesRead += value.length;
    return rows;
  }
}

const SERIES = 5000;
const INTERVAL = 15_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 20, 2);
const BOUNDS = { maxSeries: SERIES, maxSeriesPerMetric: SERIES, headBytes: 1e9 };

/** Eight hours of 5,000 series every 15 s, as counters, gauges of pages and of two decimals; flushed and merged as they come. */
test("one series of 5,000 over eight hours takes at most ten rows and 2 MB, at any time", { timeout: 60_000 }, () => {
  const database = new WeighedDatabase();
  const store = openStore(database, START, BOUNDS);
  const refs = Int32Array.from({ length: SERIES }, (_, i) => refOf(store, `metric_${i % 50}`, { instance: `host-${Math.floor(i / 50)}` }));
  const values = new Float64Array(SERIES);
  const times = new Float64Array(SERIES);
  const verdicts = new Uint8Array(SERIES);
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const costs: { readonly rows: number; readonly bytes: number }[] = [];
  for (let scrape = 1; scrape <= 8 * 240; scrape++) {
    const t = START + scrape * INTERVAL;
    times.fill(t);
    for (let i = 0; i < SERIES; i++) {
      const before = values[i] as number;
      if (i % 3 === 0) values[i] = before + Math.floor(random() * 500);
      else if (i % 3 === 1) values[i] = Math.max(0, before + Math.floor((random() - 0.5) * 8192) * 4096);
      else values[i] = Math.round(random() * 100) / 100;
    }
    store.appendColumns(refs, times, values, SERIES, t, verdicts);
    if (!store.flushDue) continue;
    store.flush(t, () => undefined);
    while (store.compactor.dueAt(t) <= t) store.compactor.step(t);
    for (const ref of [0, 1777, SERIES - 1]) {
      const awake = openStore(database, t, BOUNDS);
      database.rowsRead = 0;
      database.bytesRead = 0;
      const [series] = awake.read([ref], t - 8 * HOUR, t, t);
      expect(series?.timestamps).toHaveLength(scrape);
      costs.push({ rows: database.rowsRead, bytes: database.bytesRead });
    }
  }
  expect(costs.length).toBeGreaterThan(20);
  expect(Math.max(...costs.map(({ rows }) => rows))).toBeLessThanOrEqual(10);
  expect(Math.max(...costs.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_000_000);
});

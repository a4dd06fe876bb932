import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readTiered } from "../../worker/src/storage/tiered-reads.ts";
import { FailingDatabase, NodeDatabase } from "../support/node-database.ts";
import { V1_SAMPLES, V1_SERIES, fillV1, v1Histogram, v1Time } from "./fixtures/shard-v1.ts";
import { NOON, openStore } from "./open-store.ts";

const directory = mkdtempSync(join(tmpdir(), "sightline-yesterday-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function openCopy(name: string) {
  const file = join(directory, name);
  copyFileSync(new URL("fixtures/shard-v1.sqlite", import.meta.url), file);
  const database = new NodeDatabase(file);
  // Nothing here outlives the test: the disk need not be waited for.
  database.run("PRAGMA synchronous = OFF");
  database.all("PRAGMA journal_mode = MEMORY");
  return { database, store: openStore(database) };
}

const bitsOf = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer);

/** Every sample of version 1 is read with its bits. */
function expectEverySample(store: ReturnType<typeof openStore>): void {
  for (const { name, labels, value } of V1_SERIES) {
    const ref = store.index.find({ __name__: name, ...labels });
    expect(ref).toBeDefined();
    const [series] = store.read([ref ?? 0], -Infinity, Infinity, NOON);
    expect(series?.labels).toEqual({ __name__: name, ...labels });
    const expected = Float64Array.from({ length: V1_SAMPLES }, (_, i) => value(i));
    if (name === "up") expected[V1_SAMPLES - 1] = 0;
    expect(Array.from(series?.timestamps ?? [])).toEqual(Array.from(expected, (_, i) => v1Time(i)));
    expect(bitsOf(series?.values ?? new Float64Array())).toEqual(bitsOf(expected));
  }
  const latency = store.index.find({ __name__: "latency_seconds" }) ?? 0;
  const [series] = store.read([latency], -Infinity, Infinity, NOON);
  expect(series?.histograms).toEqual(Array.from({ length: V1_SAMPLES / 30 }, (_, i) => v1Histogram(i * 30)));
}

describe("a database of yesterday", () => {
  test("its blocks, WAL, series, tails and marks are read", () => {
    const { store, database } = openCopy("read.sqlite");
    expectEverySample(store);
    expect(store.senders.get("agent-1")).toMatchObject({ epoch: "e1", seq: 7, hostName: "host-1" });
    expect(store.quarantine.problems()).toEqual([]);
    database.close();
  });

  test("its blocks become runs when their days are merged, and hold the same", () => {
    const { store, database } = openCopy("migrate.sqlite");
    store.flush(NOON, () => undefined);
    const later = NOON + 3 * 86_400_000;
    while (store.compactor.dueAt(later) <= later) store.compactor.step(later);
    expect(database.all("SELECT name FROM sqlite_master WHERE name GLOB 'blocks_*'")).toEqual([]);
    expect(store.blocks.days).toEqual([]);
    expect(store.runs.runs.every((run) => run.level === 2)).toBe(true);
    expectEverySample(store);
    expectEverySample(openStore(database));
    database.close();
  });

  test("its blocks become aggregates before they leave, also when it is opened after more than the retention", () => {
    const { store, database } = openCopy("late.sqlite");
    const later = NOON + 40 * 86_400_000;
    store.flush(later, () => undefined);
    for (let now = later; now < later + 7 * 3_600_000; now += 600_000) {
      if (store.retention.dueAt <= now) store.retain(now);
      while (store.compactor.dueAt(now) <= now) {
        store.compactor.step(now);
        if (store.retention.dueAt <= now) store.retain(now);
      }
    }
    expect(store.blocks.days).toEqual([]);
    expect(store.runs.runs.map(({ resolutionMs }) => resolutionMs)).not.toContain(0);
    const { name, labels } = V1_SERIES[0] as (typeof V1_SERIES)[number];
    const ref = store.index.find({ __name__: name, ...labels }) ?? -1;
    const hours = { startMs: 0, endMs: later, maxResolutionMs: 3_600_000, coarserWhenGone: true } as const;
    const counts = readTiered(store, [ref], hours, later)[0]?.rollup?.counts ?? new Float64Array();
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(V1_SAMPLES);
    database.close();
  });

  test("a merge of its blocks that is interrupted is gone on with, and nothing is lost or doubled", () => {
    const later = NOON + 3 * 86_400_000;
    for (let after = 0, failed = true; failed; after++) {
      const { database } = openCopy(`interrupted-${after}.sqlite`);
      const failing = new FailingDatabase(database, Infinity);
      const store = openStore(failing);
      failing.failAfter(after);
      try {
        while (store.compactor.dueAt(later) <= later) store.compactor.step(later);
      } catch {
        // Killed there.
      }
      failed = failing.failed;
      const again = openStore(database);
      expectEverySample(again);
      while (again.compactor.dueAt(later) <= later) again.compactor.step(later);
      expectEverySample(openStore(database));
      database.close();
    }
  });

  test("the same samples written today read the same", () => {
    const database = new NodeDatabase();
    fillV1(openStore(database));
    expectEverySample(openStore(database));
  });

  test("what is written today lies beside it", () => {
    const { store, database } = openCopy("flush.sqlite");
    store.flush(NOON, () => undefined);
    expectEverySample(store);
    expectEverySample(openStore(database));
    database.close();
  });
});

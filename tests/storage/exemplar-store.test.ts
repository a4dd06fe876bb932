import { describe, expect, it } from "vitest";
import type { Exemplar } from "@sightline/shared/model/exemplar";
import type { Labels } from "@sightline/shared/model/labels";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import { exemplarsOf } from "../../worker/src/query/exemplar-reads.ts";
import { ExemplarStore } from "../../worker/src/storage/exemplar-store.ts";
import { SERIES_SHARD_MIGRATIONS } from "../../worker/src/storage/migrations/series-shard.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { Quarantine } from "../../worker/src/storage/quarantine.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";

const API = { __name__: "latency_bucket", job: "api" };
const trace = (t: number, value = 1, id = `t${t}`): Exemplar => ({ t, value, labels: { trace_id: id } });
const all = (): boolean => true;

function open(database = new NodeDatabase(), most = 1000): { readonly store: ExemplarStore; readonly database: NodeDatabase } {
  runMigrations(database, SERIES_SHARD_MIGRATIONS, NOON);
  return { store: new ExemplarStore(database, new Quarantine(database), { most, mostBytes: 1e6 }), database };
}

const read = (from: ExemplarStore, wanted: (labels: Labels) => boolean, startMs: number, endMs: number, nowMs: number) =>
  finish(from.read(wanted, startMs, endMs, nowMs, new Pace()));

const rows = (database: NodeDatabase): number => database.all<{ n: number }>("SELECT count(*) AS n FROM exemplars")[0]?.n ?? 0;

describe("exemplars", () => {
  it("are there after a restart, oldest first, each once", () => {
    const { store, database } = open();
    expect(store.add({ labels: API, exemplars: [trace(2), trace(1)] })).toBe(2);
    store.write();
    expect(store.add({ labels: API, exemplars: [trace(2), trace(3)] })).toBe(1);
    store.write();
    expect(rows(database)).toBe(1);
    const again = open(database).store;
    again.add({ labels: API, exemplars: [trace(3), trace(4)] });
    again.write();
    expect(read(again, all, 0, NOON, NOON)).toEqual([{ labels: API, exemplars: [trace(1), trace(2), trace(3), trace(4)] }]);
    expect(read(again, all, 2, 3, NOON)[0]?.exemplars.length).toBe(2);
    expect(read(again, ({ job }) => job === "web", 0, NOON, NOON)).toEqual([]);
  });

  it("longer than OpenMetrics allows are dropped", () => {
    const { store } = open();
    expect(store.add({ labels: API, exemplars: [trace(1, 1, "é".repeat(120)), trace(2, 1, "é".repeat(121))] })).toBe(1);
    expect(store.leftOut).toEqual({ exemplar_too_long: 1 });
  });

  it("of series that are not stored are left out, and counted", () => {
    const { store } = open();
    const index = { find: ({ job }: Labels) => (job === "api" ? 0 : undefined) };
    const none = { ...API, job: "web" };
    expect(
      store.addStored(
        [
          { labels: API, exemplars: [trace(1)] },
          { labels: none, exemplars: [trace(1), trace(2)] },
        ],
        index,
      ),
    ).toBe(1);
    expect(store.leftOut).toEqual({ exemplar_without_series: 2 });
  });

  it("of forty thousand on one series at once the last thousand are kept, and the same ones again are none", () => {
    const { store } = open(new NodeDatabase(), 100_000);
    const many = Array.from({ length: 40_000 }, (_, i) => trace(i, i, "same"));
    expect(store.add({ labels: API, exemplars: many })).toBe(1000);
    expect(store.leftOut).toEqual({ exemplar_limit: 39_000 });
    expect(store.add({ labels: API, exemplars: many })).toBe(0);
    store.write();
    const [kept] = read(store, all, 0, NOON, NOON);
    expect([kept?.exemplars.length, kept?.exemplars[0]?.t, kept?.exemplars.at(-1)?.t]).toEqual([1000, 39_000, 39_999]);
  });

  it("zero and minus zero are two", () => {
    const { store } = open();
    expect(
      store.add({ labels: API, exemplars: [trace(1, 0, "a"), trace(1, -0, "a"), trace(1, Number.NaN, "a"), trace(1, Number.NaN, "a")] }),
    ).toBe(3);
  });

  it("more than a blob should hold, in one commit, become several, and all are there before and after it", () => {
    const database = new NodeDatabase();
    const { store } = open(database, 100_000);
    store.add({ labels: API, exemplars: [trace(0)] });
    store.write();
    for (let i = 0; i < 100; i++)
      store.add({ labels: { ...API, host: String(i) }, exemplars: Array.from({ length: 100 }, (_, k) => trace(k + 1)) });
    const count = (from: ExemplarStore): number => read(from, all, 0, NOON, NOON).reduce((sum, { exemplars }) => sum + exemplars.length, 0);
    expect(count(store)).toBe(10_001);
    store.write();
    store.add({ labels: API, exemplars: [trace(7)] });
    store.write();
    expect(count(store)).toBe(10_002);
    expect(rows(database)).toBeGreaterThan(1);
    expect(database.all<{ bytes: number }>("SELECT max(length(body)) AS bytes FROM exemplars")[0]?.bytes).toBeLessThan(256 * 1024);
    expect(count(open(database, 100_000).store)).toBe(10_002);
  });

  it("the oldest go when there are too many", () => {
    const { store, database } = open(new NodeDatabase(), 5000);
    for (let i = 0; i < 200; i++) {
      store.add({ labels: { ...API, host: String(i % 7) }, exemplars: Array.from({ length: 100 }, (_, k) => trace(i * 100 + k)) });
      store.write();
    }
    const kept = read(store, all, 0, NOON, NOON).flatMap(({ exemplars }) => exemplars.map(({ t }) => t));
    expect(kept.length).toBeLessThanOrEqual(5000);
    expect(kept.length).toBeGreaterThan(3000);
    expect(Math.max(...kept)).toBe(19_999);
    expect(rows(database)).toBeLessThan(10);
  });

  it("a damaged blob is set aside, the others stay readable", () => {
    const { store, database } = open();
    store.add({ labels: API, exemplars: [trace(1)] });
    store.write();
    const second = open(database).store;
    second.add({ labels: API, exemplars: [trace(2)] });
    second.write();
    database.run("UPDATE exemplars SET body = X'00' WHERE id = 1");
    const third = open(database).store;
    expect(read(third, all, 0, NOON, NOON)).toEqual([{ labels: API, exemplars: [trace(2)] }]);
    expect(new Quarantine(database).problems()).toEqual([expect.stringContaining("exemplars/1")]);
  });

  it("travel with a batch", () => {
    const exemplars = [{ labels: API, exemplars: [trace(5, -0.5), { t: 6, value: 1e300, labels: {} }] }];
    const decoded = decodeBatch(encodeBatch({ series: [], exemplars }));
    expect(decoded).toEqual({ ok: true, value: { series: [], exemplars } });
    const bytes = encodeBatch({ series: [], exemplars });
    for (let end = 0; end < bytes.length; end++) expect(decodeBatch(bytes.subarray(0, end)).ok).toBe(false);
  });

  it("are looked for in steps: an expression of many states over long values lets others go first, and what is written meanwhile harms nothing", () => {
    const { store } = open();
    for (let i = 0; i < 20; i++) store.add({ labels: { ...API, path: `${i}${"a".repeat(1000)}` }, exemplars: [trace(i + 1)] });
    store.write();
    const asked = exemplarsOf(store, 'latency_bucket{path=~"(a?[0-9b]?){200}.*a{500}x?"}', 0, NOON, NOON, new Pace());
    let pauses = 0;
    let step = asked.next();
    for (; step.done !== true; step = asked.next(), pauses++) {
      store.add({ labels: API, exemplars: [trace(100 + pauses)] });
      store.write();
    }
    expect(pauses).toBeGreaterThan(20);
    expect(step.value).toMatchObject({ ok: true, value: Array.from({ length: 20 }, () => ({ exemplars: [{}] })) });
  });
});

import { describe, expect, test } from "vitest";
import { IngestGate } from "../../worker/src/shard/ingest-gate.ts";
import { Refusals } from "../../worker/src/shard/refusals.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard, stored } from "./shard-fixture.ts";

describe("what is on its way to the disk", () => {
  test("is bounded: beyond it the next request is refused before anything of it is taken, until a commit lands", async () => {
    const gate = new IngestGate({ maxBytes: 2400, maxCommits: 8 });
    const { promise: synced, resolve: landed } = Promise.withResolvers<void>();
    gate.waiting(99);
    expect(gate.refusal()).toBeNull();
    expect(gate.window(32)).toBe(1);
    gate.waiting(100);
    expect(gate.refusal()).toMatchObject({ code: "overloaded", retryAfterMs: 1000 });
    expect(gate.window(32)).toBe(0);
    gate.committed(synced);
    expect(gate.refusal()?.code).toBe("overloaded");
    landed();
    await synced;
    expect(gate.refusal()).toBeNull();
    expect(gate.window(32)).toBe(32);
    expect(gate).toMatchObject({ refused: 2, bytes: 0 });
  });

  test("so is the number of commits that the disk has not confirmed", async () => {
    const gate = new IngestGate({ maxBytes: 1e9, maxCommits: 2 });
    const commits = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (const { promise } of commits) gate.committed(promise);
    expect(gate.refusal()?.code).toBe("overloaded");
    commits[0]?.reject(new Error("disk I/O error"));
    await expect(commits[0]?.promise).rejects.toThrow("disk");
    expect(gate.refusal()).toBeNull();
  });

  test("a shard that is full takes nothing of a batch, and takes it when there is room", async () => {
    const { core } = openShard(new NodeDatabase());
    const { promise: synced, resolve: landed } = Promise.withResolvers<void>();
    core.gate.waiting(1_000_000);
    core.gate.committed(synced);
    const batch = batchOf(gauge({ __name__: "up" }, [[NOON, 1]]));
    expect(await core.appendBatch(CONTEXT, batch)).toMatchObject({ ok: false, error: { code: "overloaded" } });
    expect(stored(core, "up")).toEqual([]);
    landed();
    await synced;
    expect(await core.appendBatch(CONTEXT, batch)).toMatchObject({ ok: true });
    expect(stored(core, "up")).toEqual([[NOON, 1]]);
  });
});

describe("refusals", () => {
  test("are told of the request's own series, and in general words when only the code is remembered", () => {
    const refusals = new Refusals();
    const bad = (name: string) => ({ code: "bad_metric_name", message: `"${name}" is no metric name` });
    const ref = refusals.refOf(bad("utf 8"), { __name__: "utf 8" });
    expect(refusals.refuse(ref, 1)?.message).toContain('"utf 8"');
    refusals.begin(NOON);
    expect(refusals.refuse(ref, 1)?.message).toMatch(/^a metric name is missing/);
    refusals.begin(NOON);
    expect(refusals.refOf(bad("other.name"), { __name__: "other.name" })).toBe(ref);
    expect(refusals.refuse(ref, 1)?.message).toContain('"other.name"');
  });

  test("are counted by code, and by metric where a metric's own bound refuses", () => {
    const refusals = new Refusals();
    const limit = { code: "metric_series_limit", message: "requests has its 2 series" };
    const ref = refusals.refOf(limit, { __name__: "requests", id: "3" });
    expect(refusals.refOf(limit, { __name__: "requests", id: "4" })).toBe(ref);
    expect(refusals.refOf(limit, { __name__: "jobs", id: "4" })).not.toBe(ref);
    expect(refusals.refuse(ref, 5)).toBe(limit);
    expect(refusals.counts).toEqual({ metric_series_limit: 5 });
    expect([refusals.ofMetric("requests"), refusals.ofMetric("jobs")]).toEqual([5, 0]);
    expect(refusals.metrics()).toEqual(["requests", "jobs"]);
  });
});

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { ownerOf } from "../../worker/src/project/shard-owners.ts";
import { env, json, problemOf, type Send, sendAs, tokenOf } from "./http-calls.ts";
import { eventsIn, growth, samplesOf } from "./shard-contents.ts";
import { remoteWrite, ShardedSender } from "./sharded-sender.ts";

const grow = async (admin: Send, shards: number): Promise<ShardMap> =>
  (await admin("/v1/shards", json("PUT", { shards }))).json<ShardMap>();

describe("a project of several shards", () => {
  test("the map grows by administrators alone, and every change is an epoch", async () => {
    const admin = sendAs(await tokenOf("map", "admin"));
    expect(await (await admin("/v1/shards")).json()).toMatchObject({ version: 1, shards: ["map/shard-0"] });
    expect(await grow(admin, 3)).toMatchObject({ version: 2, shards: ["map/shard-0", "map/shard-1", "map/shard-2"] });
    expect((await grow(admin, 3)).version).toBe(2);
    const shrunk = await admin("/v1/shards", json("PUT", { shards: 2 }));
    expect([shrunk.status, (await problemOf(shrunk)).code]).toEqual([409, "conflict"]);
    expect((await sendAs(await tokenOf("map", "editor"))("/v1/shards", json("PUT", { shards: 9 }))).status).toBe(403);
    const status = await (await admin("/v1/status")).json<{ readonly shardMap: ShardMap; readonly shards: readonly unknown[] }>();
    expect([status.shardMap.epochs.length, status.shards.length]).toEqual([2, 3]);
    const audit = await (await admin("/v1/audit")).json<{ readonly entries: readonly { readonly action: string }[] }>();
    expect(audit.entries.map(({ action }) => action)).toContain("shards.grow");
  });

  test("8 shards grow to 16 under load: every sample is there exactly once, of old and of new epochs", { timeout: 120_000 }, async () => {
    const admin = sendAs(await tokenOf("growth", "admin"));
    const call = sendAs(await tokenOf("growth", "editor"));
    const before = await grow(admin, 8);
    const now = Date.now();
    const startMs = now - 60_000;
    const names = Array.from({ length: 12 }, (_, n) => `agent-${n}`);
    const senders = names.map((name) => new ShardedSender(call, name, startMs, { lossy: true }));
    const frames = 48;
    const writers = Array.from({ length: 8 }, (_, n) => `prometheus-${n}`);
    const write = async (name: string, from: number, to: number): Promise<void> => {
      for (let seq = from; seq < to; seq++) {
        const sample = [startMs + seq * 10, seq] as const;
        const init = remoteWrite({ __name__: "written", from: name }, [sample], name);
        let response: Response;
        do response = await call("/api/v1/write", init);
        while (response.status === 503);
        expect(response.status).toBe(204);
      }
    };
    await Promise.all([...senders.map((sender) => sender.sendUpTo(frames / 3)), ...writers.map((name) => write(name, 0, 10))]);
    const loads = [...senders.map((sender) => sender.sendUpTo(frames)), ...writers.map((name) => write(name, 10, 30))];
    const after = await grow(admin, 16);
    await Promise.all(loads);
    const moved = names.filter((name) => ownerOf(before, name) !== ownerOf(after, name));
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.every((name) => after.shards.indexOf(ownerOf(after, name)) >= 8)).toBe(true);

    const positions = await samplesOf(call, "position", now);
    expect(positions).toHaveLength(names.length);
    for (const { metric, values } of positions) {
      expect([metric.from, values.map(([, value]) => Number(value))]).toEqual([
        metric.from,
        Array.from({ length: frames }, (_, n) => n + 1),
      ]);
    }
    // Each shard by itself: on reading, what two shards took of one frame would be one sample again.
    const taken = new Map<string, number>();
    for (const shard of after.shards) {
      for (const [name, events] of await eventsIn(shard, now)) taken.set(name, (taken.get(name) ?? 0) + events);
    }
    expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(names.map((name) => [name, frames])));
    const events = await samplesOf(call, "events_total", now);
    expect(Object.fromEntries(events.map(({ metric, values }) => [metric.from, growth(values)]))).toEqual(Object.fromEntries(taken));
    const written = await samplesOf(call, "written", now);
    expect(written.map(({ values }) => values.map(([, value]) => Number(value)))).toEqual(
      writers.map(() => Array.from({ length: 30 }, (_, n) => n)),
    );
    const ranged = await (
      await call(
        `/api/v1/query_range?query=${encodeURIComponent("count(position) + sum(position) * 0")}&start=${now / 1000 - 60}&end=${now / 1000}&step=15`,
      )
    ).json();
    expect(ranged).toMatchObject({ status: "success", data: { result: [{ metric: {} }] } });
    const listed = await (await call("/api/v1/label/from/values")).json<{ readonly data: readonly string[] }>();
    expect(new Set(listed.data)).toEqual(new Set([...names, ...writers]));
  });

  test("a sender that moved goes on where it was: what is durable in its old shard is not taken again", async () => {
    const admin = sendAs(await tokenOf("handover", "admin"));
    const call = sendAs(await tokenOf("handover", "ingest"));
    const now = Date.now();
    const names = Array.from({ length: 8 }, (_, n) => `host-${n}`);
    await Promise.all(names.map((name) => new ShardedSender(call, name, now - 1000).sendUpTo(3)));
    const map = await grow(admin, 4);
    const moved = names.find((name) => ownerOf(map, name) !== "handover/shard-0") ?? "";
    // It has forgotten nothing and starts at 1, as after a restart with a whole spool.
    const again = new ShardedSender(call, moved, now - 1000);
    await again.sendUpTo(5);
    const [events] = await samplesOf(admin, `events_total{from="${moved}"}`, now);
    expect(growth(events?.values ?? [])).toBe(5);
    const statuses = await (
      await admin("/v1/status")
    ).json<{ readonly shards: readonly { readonly senders: readonly { readonly sender: string }[] }[] }>();
    // The old shard no longer counts it among its own, so it is not reported silent.
    expect(statuses.shards.flatMap(({ senders }) => senders).filter(({ sender }) => sender === moved)).toHaveLength(1);
  });

  test("what detectors learned goes with a sender that moves, and its expected range goes on", async () => {
    const admin = sendAs(await tokenOf("learned", "admin"));
    const { id, token } = await (
      await admin("/v1/tokens", json("POST", { name: "writer", role: "ingest" }))
    ).json<{ readonly id: string; readonly token: string }>();
    const call = sendAs(token);
    const names = Array.from({ length: 8 }, (_, n) => `host-${n}`);
    const startMs = Date.now() - 100 * 15_000;
    const write = async (from: string, first: number, last: number): Promise<void> => {
      const samples = Array.from({ length: last - first }, (_, i) => [startMs + (first + i) * 15_000, 40 + ((first + i) % 7)] as const);
      expect((await call("/api/v1/write", remoteWrite({ __name__: "depth", from }, samples, from))).status).toBe(204);
    };
    for (const name of names) await write(name, 0, 96);
    await grow(admin, 4);
    for (const name of names) await write(name, 96, 97);
    const counts = async (): Promise<{ readonly asked: number; readonly taken: number }[]> => {
      const { shards } = await (
        await admin("/v1/status")
      ).json<{ readonly shards: readonly { readonly learned?: { readonly asked: number; readonly taken: number } }[] }>();
      return shards.flatMap(({ learned }) => learned ?? []);
    };
    const movers = await (async () => {
      const map = await (await admin("/v1/shards")).json<ShardMap>();
      // Senders without HELLO are told apart by their token, too.
      return names.filter((name) => ownerOf(map, `${id}:${name}`) !== "learned/shard-0");
    })();
    await vi.waitFor(
      async () => {
        const taken = (await counts()).reduce((sum, one) => sum + one.taken, 0);
        expect(taken).toBe(movers.length);
      },
      { timeout: 20_000, interval: 100 },
    );
    const [moved = ""] = movers;
    await write(moved, 97, 98);
    const query = `query=${encodeURIComponent(`depth{from="${moved}"}`)}&start=${startMs}&bands=1`;
    const { ranges } = await (await admin(`/v1/anomalies?${query}`)).json<{ readonly ranges: readonly { readonly t: number[] }[] }>();
    expect(ranges).toHaveLength(1);
    expect(ranges[0]?.t.at(-1)).toBe(startMs + 97 * 15_000);
    expect(ranges[0]?.t).toEqual(ranges[0]?.t.toSorted((a, b) => a - b));
    expect(ranges[0]?.t.length).toBeGreaterThan(60);
  });

  test("a shard of an earlier epoch that cannot be reached: nothing is accepted, and later nothing is lost", async () => {
    const admin = sendAs(await tokenOf("unreachable", "admin"));
    const call = sendAs(await tokenOf("unreachable", "ingest"));
    const now = Date.now();
    const names = Array.from({ length: 8 }, (_, n) => `host-${n}`);
    await Promise.all(names.map((name) => new ShardedSender(call, name, now - 1000).sendUpTo(2)));
    const map = await grow(admin, 4);
    const moved = names.find((name) => ownerOf(map, name) !== "unreachable/shard-0") ?? "";
    const old = env.SERIES_SHARD.getByName("unreachable/shard-0");
    const broken = await runInDurableObject(old, (instance) => {
      // Calls from outside reach methods of the class only, so every shard of this isolate is meant.
      const prototype = Object.getPrototypeOf(instance) as { handOver(): Promise<void>; columns(): Promise<void> };
      return [vi.spyOn(prototype, "handOver").mockRejectedValueOnce(new Error("not now")), vi.spyOn(prototype, "columns")] as const;
    });
    const sender = new ShardedSender(call, moved, now - 1000);
    await sender.sendUpTo(4);
    expect(sender.errors).toContain("unavailable");
    const [events] = await samplesOf(admin, `events_total{from="${moved}"}`, now);
    expect(growth(events?.values ?? [])).toBe(4);

    const question = `/api/v1/query?query=${encodeURIComponent("count(position)")}`;
    broken[1].mockRejectedValue(new Error("gone"));
    const refused = await admin(question);
    const partial = await admin(`${question}&partial=1`);
    broken[1].mockRestore();
    broken[0].mockRestore();
    expect(refused.status).toBe(503);
    expect(await refused.json<{ readonly error: string }>()).toMatchObject({ error: expect.stringMatching(/shard unreachable\/shard-\d/) });
    expect(await partial.json()).toMatchObject({
      status: "success",
      warnings: Array.from({ length: 3 }, () => expect.stringContaining("are missing")),
    });
  });

  test("a sender's sequence belongs to tokens of one name: another cannot move it, a new one of the name can", async () => {
    const admin = sendAs(await tokenOf("taken", "admin"));
    const make = async (name: string): Promise<Send> => {
      const made = await (await admin("/v1/tokens", json("POST", { name, role: "ingest" }))).json<{ readonly token: string }>();
      return sendAs(made.token);
    };
    const now = Date.now();
    await new ShardedSender(await make("web"), "host-1", now).sendUpTo(1);
    const other = new ShardedSender(await make("batch"), "host-1", now);
    await expect(other.sendUpTo(2, 2)).rejects.toThrow("sender_taken");
    const rotated = new ShardedSender(await make("web"), "host-1", now);
    await rotated.sendUpTo(2);
    await new ShardedSender(admin, "host-1", now).sendUpTo(3);
  });
});

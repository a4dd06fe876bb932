import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { env, json, sendAs, tokenOf } from "./http-calls.ts";
import { eventsIn, growth, samplesOf } from "./shard-contents.ts";
import { remoteWrite, remoteWriteOfMetadata, ShardedSender } from "./sharded-sender.ts";

const SERIES = 20;

describe("a sender that is too big for one shard", () => {
  test("one that nobody knows is not divided, and those that are known are named", async () => {
    const admin = sendAs(await tokenOf("unknown-split", "admin"));
    const sender = new ShardedSender(sendAs(await tokenOf("unknown-split", "ingest")), "web-1", Date.now() - 60_000, { series: 1 });
    await sender.sendUpTo(1);
    const refused = await admin("/v1/shards", json("PUT", { split: "anything", shards: 3 }));
    expect(refused.status).toBe(404);
    expect(await refused.text()).toMatch(/No sender is called \\"anything\\", so nothing was divided\. Senders of frames are web-1;/);
    expect(await (await admin("/v1/shards")).json()).toMatchObject({ shards: ["unknown-split/shard-0"], splits: [] });
  });

  test("is divided while it sends: every series goes on in one shard, and nothing counts twice", { timeout: 60_000 }, async () => {
    const admin = sendAs(await tokenOf("divided", "admin"));
    const call = sendAs(await tokenOf("divided", "ingest"));
    const now = Date.now();
    const sender = new ShardedSender(call, "big", now - 60_000, { series: SERIES, lossy: true });
    await sender.sendUpTo(10);
    const sending = sender.sendUpTo(60);
    const map = await (await admin("/v1/shards", json("PUT", { split: "big" }))).json<ShardMap>();
    expect(map.splits).toMatchObject([{ sender: "big", shards: map.shards }]);
    expect(map.shards).toHaveLength(4);
    await sending;
    const holding = new Map<string, number>();
    let taken = 0;
    for (const shard of map.shards) {
      const contents = await eventsIn(shard, now);
      if (contents.length > 0) holding.set(shard, contents.length);
      for (const [, events] of contents) taken += events;
    }
    expect(taken).toBe(60 * SERIES);
    expect(holding.size).toBeGreaterThan(2);
    const events = await samplesOf(admin, "events_total", now);
    expect(events.map(({ values }) => growth(values))).toEqual(Array.from({ length: SERIES }, () => 60));
    const positions = await samplesOf(admin, "position", now);
    expect(positions.map(({ values }) => values.map(([, value]) => Number(value)))).toEqual(
      Array.from({ length: SERIES }, () => Array.from({ length: 60 }, (_, n) => n + 1)),
    );
  });

  test("a shard that does not take its share: nothing more is acknowledged, and it gets the share when it is back", async () => {
    const admin = sendAs(await tokenOf("share-lost", "admin"));
    const call = sendAs(await tokenOf("share-lost", "ingest"));
    const now = Date.now();
    const sender = new ShardedSender(call, "big", now - 60_000, { series: SERIES });
    await sender.sendUpTo(3);
    const map = await (await admin("/v1/shards", json("PUT", { split: "big" }))).json<ShardMap>();
    await sender.sendUpTo(5);
    const other = env.SERIES_SHARD.getByName(map.splits[0]?.shards[2] ?? "");
    let down = true;
    const spy = await runInDurableObject(other, (instance) => {
      const prototype = Object.getPrototypeOf(instance) as {
        appendFrames: (this: unknown, context: { readonly share?: boolean }, body: ArrayBuffer) => Promise<unknown>;
      };
      const { appendFrames } = prototype;
      return vi.spyOn(prototype, "appendFrames").mockImplementation(function (this: unknown, context, body) {
        // HELLO alone passes, a share does not.
        if (context.share !== true || body.byteLength < 200 || !down) return appendFrames.call(this, context, body);
        return Promise.resolve({ ok: false, error: { code: "unavailable", message: "not now" } });
      });
    });
    await expect(sender.sendUpTo(9, 1)).rejects.toThrow("unavailable");
    expect(await sender.welcome()).toMatchObject({ type: "welcome", durableSeq: 5 });
    down = false;
    await sender.sendUpTo(12);
    spy.mockRestore();
    expect(sender.errors).toContain("unavailable");
    let taken = 0;
    for (const shard of map.shards) for (const [, events] of await eventsIn(shard, now)) taken += events;
    expect(taken).toBe(12 * SERIES);
  });

  test("remote write and JSON of a divided sender go to the shards of their series", async () => {
    const admin = sendAs(await tokenOf("divided-batches", "admin"));
    const made = await (
      await admin("/v1/tokens", json("POST", { name: "prometheus", role: "ingest" }))
    ).json<{ readonly id: string; readonly token: string }>();
    const call = sendAs(made.token);
    const now = Date.now();
    const write = (n: number, t: number): Promise<Response> =>
      call("/api/v1/write", remoteWrite({ __name__: "written", n: String(n) }, [[t, n]], "prom"));
    for (let n = 0; n < SERIES; n++) expect((await write(n, now - 2000)).status).toBe(204);
    const map = await (await admin("/v1/shards", json("PUT", { split: `${made.id}:prom` }))).json<ShardMap>();
    for (let n = 0; n < SERIES; n++) expect((await write(n, now - 1000)).status).toBe(204);
    expect((await call("/api/v1/write", remoteWriteOfMetadata("written", "What was written.", "prom"))).status).toBe(204);
    expect(await (await admin("/api/v1/metadata?metric=written")).json()).toMatchObject({
      data: { written: [{ type: "counter", help: "What was written." }] },
    });
    const metrics = Array.from({ length: SERIES }, (_, n) => ({ name: "jobs", type: "counter", labels: { n: String(n) }, delta: 2 }));
    const init = json("POST", { metrics });
    const headers = { "content-type": "application/json", "x-sightline-sender": "prom", "idempotency-key": "once" };
    for (let repeat = 0; repeat < 2; repeat++)
      expect(await (await call("/api/v1/ingest", { ...init, headers })).json()).toMatchObject({ accepted: SERIES, rejected: [] });
    const written = await samplesOf(admin, "written", now);
    expect(written.map(({ values }) => values.length)).toEqual(Array.from({ length: SERIES }, () => 2));
    const jobs = await (await admin(`/api/v1/query?query=${encodeURIComponent("sum(jobs_total)")}`)).json();
    expect(jobs).toMatchObject({ data: { result: [{ value: [expect.any(Number), String(2 * SERIES)] }] } });
    const status = await (await admin("/v1/status")).json<{ readonly shards: readonly { readonly series: number }[] }>();
    expect(status.shards.filter(({ series }) => series > 0).length).toBeGreaterThan(2);
    expect(map.shards).toHaveLength(4);
  });

  test("a request that was answered before its sender was divided changes nothing when it comes again, nor one that was answered since", async () => {
    const admin = sendAs(await tokenOf("divided-repeat", "admin"));
    const made = await (
      await admin("/v1/tokens", json("POST", { name: "jobs", role: "ingest" }))
    ).json<{ readonly id: string; readonly token: string }>();
    const metrics = Array.from({ length: SERIES }, (_, n) => ({ name: "jobs", type: "counter", labels: { n: String(n) }, delta: 2 }));
    const post = async (key: string, body: unknown = { metrics }): Promise<unknown> => {
      const headers = { "content-type": "application/json", "x-sightline-sender": "prom", "idempotency-key": key };
      return (await sendAs(made.token)("/api/v1/ingest", { ...json("POST", body), headers })).json();
    };
    const counted = async (): Promise<number[]> => (await samplesOf(admin, "jobs_total", Date.now())).map(({ values }) => growth(values));
    await post("before");
    await admin("/v1/shards", json("PUT", { split: `${made.id}:prom` }));
    expect(await post("before")).toMatchObject({ accepted: SERIES, rejected: [] });
    expect(await counted()).toEqual(Array.from({ length: SERIES }, () => 2));
    for (let repeat = 0; repeat < 2; repeat++) expect(await post("since")).toMatchObject({ accepted: SERIES, rejected: [] });
    expect(await counted()).toEqual(Array.from({ length: SERIES }, () => 4));
    expect(await post("since", { metrics: metrics.slice(1) })).toMatchObject({ code: "idempotency_key_reused" });
  });
});

import { describe, expect, test } from "vitest";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import { RateMeter, shardStatus } from "../../worker/src/shard/shard-status.ts";
import { FailingDatabase, NodeDatabase } from "../support/node-database.ts";
import { GAUGE, MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, HISTOGRAM, type Fixture, Sender, batchOf, decoded, gauge, openShard, post, stored } from "./shard-fixture.ts";

const up = { __name__: "up", host_name: "web-1" };

describe("frames", () => {
  test("HELLO is welcomed, a FRAME acknowledged, and its samples are there", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const [welcome, ack] = await post(core, sender.hello(), sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    expect(welcome).toMatchObject({ type: "welcome", version: 1, durableSeq: 0 });
    expect(ack).toMatchObject({ type: "ack", epoch: "e1", durableSeq: 1, rejected: {} });
    expect(stored(core, "up")).toEqual([[NOON, 1]]);
  });

  test("a frame sent again, on a new connection and after a restart, is acknowledged and not stored twice", async () => {
    const database = new NodeDatabase();
    const sender = new Sender();
    const counter = { ...gauge({ __name__: "jobs_total" }, [[NOON, 5]]), temporality: "delta" as const };
    await post(openShard(database).core, sender.hello(), sender.frame(1, { series: [counter] }));
    const { core } = openShard(database);
    const [welcome, ack] = await post(core, sender.hello(), sender.frame(1, { series: [counter] }));
    expect(welcome).toMatchObject({ durableSeq: 1 });
    expect(ack).toMatchObject({ type: "ack", durableSeq: 1 });
    expect(stored(core, "jobs_total")).toEqual([[NOON, 5]]);
  });

  test("a frame with a native histogram that is none is refused whole: what is stored is trusted", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const histogram = { ...HISTOGRAM, schema: 99 };
    const series = [gauge({ __name__: "ok" }, [[NOON, 1]]), { ...gauge(up, [[NOON, 0]]), histograms: [histogram] }];
    const [, answer] = await post(core, sender.hello(), sender.frame(1, { series }));
    expect(answer).toMatchObject({ type: "error", code: "malformed" });
    expect(stored(core, "ok")).toEqual([]);
  });

  test("the sequence survives a flush, when the WAL that held it is gone", async () => {
    const database = new NodeDatabase();
    const sender = new Sender();
    const { core } = openShard(database);
    await post(core, sender.hello(), sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    core.flush(NOON);
    const [welcome] = await post(openShard(database).core, sender.hello());
    expect(welcome).toMatchObject({ durableSeq: 1 });
  });

  test("a gap is refused with the frame that is due, and nothing of it is stored", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const answers = await post(
      core,
      sender.hello(),
      sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }),
      sender.frame(3, { series: [gauge(up, [[NOON + 1, 3]])] }),
    );
    expect(answers[2]).toMatchObject({ type: "error", code: "sequence_gap", seq: 3 });
    expect(stored(core, "up")).toEqual([[NOON, 1]]);
  });

  test("a new epoch starts its own numbering", async () => {
    const { core } = openShard(new NodeDatabase());
    const before = new Sender("agent-1", "e1");
    const after = new Sender("agent-1", "e2");
    await post(core, before.hello(), before.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    const [, ack] = await post(core, after.hello(), after.frame(1, { series: [gauge(up, [[NOON + 1, 2]])] }));
    expect(ack).toMatchObject({ type: "ack", epoch: "e2", durableSeq: 1 });
    expect(stored(core, "up")).toHaveLength(2);
  });

  test("a connection whose dictionary was lost with the object's memory is told to say HELLO again", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const session = core.session({ project: "default", tokenId: "t1", sender: "", epoch: "" });
    await session.receive(sender.hello());
    await session.receive(sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    const woken = core.session(session.identity);
    expect(decoded(await woken.receive(sender.frame(2, { series: [gauge(up, [[NOON + 1, 2]])] })))).toMatchObject({
      type: "error",
      code: "unknown_ref",
    });
    expect(decoded(await woken.receive(sender.hello()))).toMatchObject({ type: "welcome", durableSeq: 1 });
    expect(decoded(await woken.receive(sender.frame(2, { series: [gauge(up, [[NOON + 1, 2]])] })))).toMatchObject({
      type: "ack",
      durableSeq: 2,
    });
  });

  test("garbage and a FRAME before HELLO are refused with a code", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const [garbage, early] = await post(core, Uint8Array.of(3, 1, 2, 3), sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    expect(garbage).toMatchObject({ type: "error" });
    expect(early).toMatchObject({ type: "error", code: "hello_first" });
  });

  test("a series the shard refuses is counted in the ACK, and the rest of its frame is stored", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const bad = gauge({ job: "nameless" }, [[NOON, 1]]);
    const [, ack] = await post(core, sender.hello(), sender.frame(1, { series: [bad, gauge(up, [[NOON, 1]])] }));
    expect(ack).toMatchObject({ type: "ack", rejected: { bad_metric_name: 1 } });
    expect(stored(core, "up")).toHaveLength(1);
  });

  test("how long a sender has been silent can be queried, and is forgotten after a day", async () => {
    const shard = openShard(new NodeDatabase());
    const sender = new Sender();
    await post(shard.core, sender.hello(), sender.frame(1, { series: [gauge(up, [[NOON, 1]])] }));
    shard.now = NOON + 42_000;
    const select = () =>
      shard.core.reads.select({
        matchers: [{ name: "__name__", op: "=", value: "sightline_sender_silence_seconds" }],
        startMs: shard.now - 300_000,
        endMs: shard.now,
      });
    expect(select()[0]?.labels).toEqual({ __name__: "sightline_sender_silence_seconds", sender: "agent-1", host_name: "web-1" });
    expect(select()[0]?.values.at(-1)).toBe(42);
    shard.now = NOON + 25 * 60 * MINUTE;
    expect(select()).toEqual([]);
  });

  test("an instance of a service is known as one, and as closed when its last word was that it ends", async () => {
    const shard = openShard(new NodeDatabase());
    const running = { __name__: "sightline_sdk_up", service_name: "shop", instance: "web-1:7", host_name: "web-1" };
    const sender = new Sender("shop@web-1:7");
    await post(shard.core, sender.hello(), sender.frame(1, { series: [gauge(running, [[NOON, 1]])] }));
    const labels = () =>
      shard.core.reads.select({
        matchers: [
          { name: "__name__", op: "=", value: "sightline_sender_silence_seconds" },
          { name: "service_name", op: "=", value: "shop" },
        ],
        startMs: shard.now - 300_000,
        endMs: shard.now,
      })[0]?.labels;
    shard.now = NOON + 60_000;
    expect(labels()).toMatchObject({ instance: "web-1:7" });
    expect(labels()).not.toHaveProperty("closed");
    await post(shard.core, sender.hello(), sender.frame(2, { series: [gauge(running, [[NOON + 60_000, 0]])] }));
    shard.now = NOON + 120_000;
    expect(labels()).toMatchObject({ closed: "true" });
    await post(shard.core, sender.hello(), sender.frame(3, { series: [gauge(running, [[NOON + 120_000, 1]])] }));
    shard.now = NOON + 180_000;
    expect(labels()).not.toHaveProperty("closed");
  });
});

describe("batches", () => {
  test("each refused series is named by its place in the batch, the others are stored", async () => {
    const { core } = openShard(new NodeDatabase());
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON - 1, 1]])));
    const batch = batchOf(gauge(up, [[NOON, 1]]), gauge({ job: "nameless" }, [[NOON, 1]]), gauge(up, [[NOON - 31 * MINUTE, 1]]));
    expect(await core.appendBatch(CONTEXT, batch)).toMatchObject({
      ok: true,
      value: {
        accepted: 1,
        rejected: [
          { index: 1, code: "bad_metric_name" },
          { index: 2, code: "too_old" },
        ],
      },
    });
    expect(core.writer.counts).toMatchObject({ too_old: 1, bad_metric_name: 1 });
  });

  test("a counter's value and its difference in one batch count in the order they stand", async () => {
    const { core } = openShard(new NodeDatabase());
    const value = (by: number) => gauge({ __name__: "g1_total" }, [[NOON, by]]);
    const delta = (by: number) => ({ ...value(by), temporality: "delta" as const });
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON - 1, 1]])));
    const batch = batchOf(value(100), gauge(up, [[NOON, 1]]), delta(5), gauge(up, [[NOON - 31 * MINUTE, 1]]));
    expect(await core.appendBatch(CONTEXT, batch)).toMatchObject({ value: { accepted: 3, rejected: [{ index: 3, code: "too_old" }] } });
    expect(stored(core, "g1_total")).toEqual([[NOON, 105]]);
    await core.appendBatch(CONTEXT, batchOf(delta(1), value(200), delta(2)));
    expect(stored(core, "g1_total")).toEqual([[NOON, 202]]);
  });

  test("what was kept late or in place of another value, or was there already, is noted and not counted as refused", async () => {
    const { core } = openShard(new NodeDatabase());
    const samples = [
      [NOON, 1],
      [NOON, 1],
      [NOON, 2],
      [NOON - MINUTE, 3],
      [NOON - 31 * MINUTE, 4],
    ] as const;
    for (const sample of samples) await core.appendBatch(CONTEXT, batchOf(gauge(up, [sample])));
    expect(core.writer.noted).toEqual({ duplicate: 1, overwritten: 1, out_of_order: 1 });
    expect(core.writer.counts).toEqual({ too_old: 1 });
  });

  test("a difference that comes late is noted, too, as its total stands at the newest time", async () => {
    const { core } = openShard(new NodeDatabase());
    const delta = (t: number) => ({ ...gauge({ __name__: "jobs_total" }, [[t, 1]]), temporality: "delta" as const });
    const native = (t: number) => ({ ...delta(t), labels: { __name__: "took_seconds" }, histograms: [HISTOGRAM] });
    for (const t of [NOON, NOON - MINUTE]) await core.appendBatch(CONTEXT, batchOf(delta(t), native(t)));
    expect(core.writer.noted).toEqual({ out_of_order: 2 });
    expect(stored(core, "jobs_total")).toEqual([[NOON, 2]]);
  });

  test("deltas add up to a running total that goes on after a restart and a flush", async () => {
    const database = new NodeDatabase();
    const delta = (t: number, by: number) => batchOf({ ...gauge({ __name__: "jobs_total" }, [[t, by]]), temporality: "delta" });
    const first = openShard(database).core;
    await first.appendBatch(CONTEXT, delta(NOON, 2));
    await first.appendBatch(CONTEXT, delta(NOON + 1000, 3));
    const second = openShard(database).core;
    await second.appendBatch(CONTEXT, delta(NOON + 2000, 5));
    second.flush(NOON);
    const third = openShard(database).core;
    await third.appendBatch(CONTEXT, delta(NOON + 3000, 1));
    expect(stored(third, "jobs_total")).toEqual([
      [NOON, 2],
      [NOON + 1000, 5],
      [NOON + 2000, 10],
      [NOON + 3000, 11],
    ]);
  });

  test("delta histograms add up over a restart", async () => {
    const database = new NodeDatabase();
    const delta = (t: number) =>
      batchOf({ ...gauge({ __name__: "took_seconds" }, [[t, 0]]), temporality: "delta", histograms: [HISTOGRAM] });
    const first = openShard(database).core;
    await first.appendBatch(CONTEXT, delta(NOON));
    first.flush(NOON);
    const second = openShard(database).core;
    await second.appendBatch(CONTEXT, delta(NOON + 1000));
    const [series] = second.reads.select({ matchers: [{ name: "__name__", op: "=", value: "took_seconds" }], startMs: 0, endMs: NOON * 2 });
    expect(series?.histograms?.map((one) => one?.count)).toEqual([2, 4]);
  });

  test("a repeat with the same idempotency key changes nothing and answers the same, also after a restart", async () => {
    const database = new NodeDatabase();
    const batch = batchOf({ ...gauge({ __name__: "jobs_total" }, [[NOON, 4]]), temporality: "delta" });
    const { core } = openShard(database);
    const k1 = { key: "k1", bodyHash: "a" };
    const answers = await Promise.all([core.appendBatch(CONTEXT, batch, k1), core.appendBatch(CONTEXT, batch, k1)]);
    expect(answers[0]).toEqual(answers[1]);
    const again = openShard(database).core;
    expect(await again.appendBatch(CONTEXT, batch, k1)).toEqual(answers[0]);
    expect(stored(again, "jobs_total")).toEqual([[NOON, 4]]);
  });

  test("an idempotency key with another body is refused, while the first is under way and after a restart", async () => {
    const database = new NodeDatabase();
    const batch = batchOf({ ...gauge({ __name__: "jobs_total" }, [[NOON, 4]]), temporality: "delta" });
    const { core } = openShard(database);
    const send = (to: typeof core, bodyHash: string) => to.appendBatch(CONTEXT, batch, { key: "k1", bodyHash });
    const [first, second] = await Promise.all([send(core, "a"), send(core, "b")]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, error: { code: "idempotency_key_reused" } });
    const again = openShard(database).core;
    expect(await send(again, "b")).toMatchObject({ ok: false, error: { code: "idempotency_key_reused" } });
    expect(stored(again, "jobs_total")).toEqual([[NOON, 4]]);
  });

  test("appends under way at once share one WAL row", async () => {
    const database = new NodeDatabase();
    const { core } = openShard(database);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "up", i: String(i) }, [[NOON, i]])))),
    );
    expect(database.all<{ count: number }>("SELECT count(*) AS count FROM wal_1")[0]?.count).toBe(1);
  });

  test("samples of watched series, and no others, go to the hub", async () => {
    const shard = openShard(new NodeDatabase());
    shard.core.watch(['up{host_name="web-1"}']);
    await shard.core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON, 1]]), gauge({ __name__: "up", host_name: "web-2" }, [[NOON, 2]])));
    const batch = decodeBatch(shard.published[0] ?? new Uint8Array());
    expect(batch).toMatchObject({ ok: true, value: { series: [{ labels: up, metadata: GAUGE }] } });
    expect(shard.published).toHaveLength(1);
  });
});

describe("a disk that fails", () => {
  test("at any statement: what was acknowledged is there after opening again, and nothing is there twice", async () => {
    let finished = false;
    for (let after = 0; !finished; after++) {
      const database = new NodeDatabase();
      openShard(database);
      const failing = new FailingDatabase(database, after);
      const acknowledged: number[] = [];
      const sender = new Sender();
      try {
        const { core, abandoned } = openShard(failing);
        const session = core.session({ project: "default", tokenId: "t1", sender: "", epoch: "" });
        await session.receive(sender.hello());
        for (let seq = 1; seq <= 4 && abandoned.length === 0; seq++) {
          const frame = sender.frame(seq, { series: [{ ...gauge({ __name__: "jobs_total" }, [[NOON + seq, 1]]), temporality: "delta" }] });
          const answer = decoded(await session.receive(frame));
          if (answer.type === "ack") acknowledged.push(answer.durableSeq);
          if (seq === 2) core.flush(NOON);
        }
      } catch (error) {
        expect(String(error)).toContain("disk I/O error");
      }
      finished = !failing.failed;
      const { core } = openShard(database);
      const again = new Sender();
      const hello = await post(core, again.hello());
      const durable = hello[0]?.type === "welcome" ? hello[0].durableSeq : -1;
      expect(durable).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? 0);
      expect(stored(core, "jobs_total")).toEqual(Array.from({ length: durable }, (_, i) => [NOON + i + 1, i + 1]));
    }
  });
});

test("a metric named __proto__ has metadata like the others", async () => {
  const shard = openShard(new NodeDatabase());
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "__proto__" }, [[NOON, 1]]), gauge({ __name__: "up" }, [[NOON, 1]])));
  expect(shard.core.reads.metadata(null, 0)).toEqual(["__proto__", "up"].map((metric) => ({ metric, type: "gauge", unit: "", help: "" })));
});

test("what is counted says since when: a restart begins at zero, as a counter does", async () => {
  const database = new NodeDatabase();
  const statusOf = (shard: Fixture, openedAt: number) => shardStatus(shard.core, new RateMeter(openedAt), shard.now, []);
  const first = openShard(database);
  for (const t of [NOON, NOON - 31 * MINUTE]) await first.core.appendBatch(CONTEXT, batchOf(gauge(up, [[t, 1]])));
  expect(statusOf(first, NOON)).toMatchObject({ since: NOON, samples: 1, rejected: { too_old: 1 } });
  expect(statusOf(openShard(database), NOON + 5)).toMatchObject({ since: NOON + 5, samples: 0, rejected: {}, series: 1 });
});

test("where a clock was hours ahead, it is said that samples of now are refused, and until when", async () => {
  const shard = openShard(new NodeDatabase());
  const problems = () => shardStatus(shard.core, new RateMeter(NOON), shard.now, []).problems;
  await shard.core.appendBatch(CONTEXT, batchOf(gauge(up, [[shard.now + 9 * MINUTE, 1]])));
  expect(problems()).toEqual([]);
  shard.now += 180 * MINUTE;
  await shard.core.appendBatch(CONTEXT, batchOf(gauge(up, [[shard.now, 1]])));
  shard.now -= 180 * MINUTE;
  await shard.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "other" }, [[shard.now, 1]])));
  const until = new Date(shard.now + 150 * MINUTE).toISOString().slice(0, 16);
  expect(problems()).toEqual([expect.stringMatching(`^1 series have samples up to 3 h ahead .* until ${until}Z; .*--out-of-order-window`)]);
  shard.now += 151 * MINUTE;
  expect(problems()).toEqual([]);
});

test("a sender whose clock is ahead is no reason to say so, however short the out-of-order window is", async () => {
  const shard = openShard(new NodeDatabase(), { bounds: { outOfOrderMs: MINUTE } });
  const problems = () => shardStatus(shard.core, new RateMeter(NOON), shard.now, []).problems;
  for (let sent = 0; sent < 3; sent++, shard.now += 15_000) {
    await shard.core.appendBatch(CONTEXT, batchOf(gauge(up, [[shard.now + 8 * MINUTE, 1]])));
    expect(problems()).toEqual([]);
  }
  shard.now -= 180 * MINUTE;
  expect(problems()).toEqual([expect.stringMatching(/ up to 3 h 8 min ahead .* until 2\d{3}-\d\d-\d\dT12:08Z/)]);
});

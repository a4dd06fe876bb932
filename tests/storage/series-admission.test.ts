/** When a label set becomes a series, and for how long one that may not is remembered. */
import { describe, expect, test } from "vitest";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import { decodeMessage } from "@sightline/shared/protocol/messages";
import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, Sender, batchOf, gauge, openShard, post, stored } from "./shard-fixture.ts";

type Written = readonly [labels: Readonly<Record<string, string>>, t: number, value: number];

function written(...samples: readonly Written[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const [labels, t, value] of samples)
    writer.message(1, (series) => {
      for (const [name, text] of Object.entries(labels))
        series.message(1, (label) => {
          label.text(1, name);
          label.text(2, text);
        });
      series.message(2, (sample) => {
        sample.double(1, value);
        sample.int(2, t);
      });
    });
  return storedSnappy(writer.copy());
}

const LONG_AGO = NOON - 40 * DAY;
const FAR_AHEAD = NOON + 11 * MINUTE;

describe("a series comes to be with its first sample that is kept", () => {
  test("remote write: too old and too new samples are refused by name and take no room of the bound", async () => {
    const { core } = openShard(new NodeDatabase(), { bounds: { maxSeries: 2 } });
    const write = (...samples: Written[]) => core.appendRemoteWrite(CONTEXT, written(...samples), 1);
    const old = { __name__: "old", job: "a" };
    const first = await write([old, LONG_AGO, 1], [{ __name__: "ahead" }, FAR_AHEAD, 1], [{ __name__: "up" }, NOON, 1]);
    expect(first).toMatchObject({
      value: { accepted: 1, rejected: [{ code: "too_old", message: expect.stringContaining('old{job="a"}') }] },
    });
    expect(await write([old, LONG_AGO, 1])).toMatchObject({
      value: { accepted: 0, rejected: [{ code: "too_old", message: expect.stringContaining('old{job="a"}') }] },
    });
    expect(core.writer.counts).toEqual({ too_old: 2, too_new: 1 });
    expect([...core.store.index.all()].map(({ labels }) => labels["__name__"])).toEqual(["up"]);
    expect(await write([old, LONG_AGO, 1], [old, NOON, 2])).toMatchObject({ value: { accepted: 1 } });
    expect(stored(core, "old")).toEqual([[NOON, 2]]);
    expect(await write([{ __name__: "third" }, NOON, 1])).toMatchObject({ value: { rejected: [{ code: "series_limit" }] } });
  });

  test("frames: a connection's series is made by the frame that brings a sample in time", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const late = { __name__: "late" };
    const frame = (seq: number, t: number) =>
      sender.frame(seq, { series: [gauge(late, [[t, seq]]), gauge({ __name__: "up" }, [[t, seq]])] });
    const [, refused, taken] = await post(core, sender.hello(), frame(1, LONG_AGO), frame(2, NOON));
    expect(refused).toMatchObject({ type: "ack", rejected: { too_old: 2 } });
    expect(taken).toMatchObject({ type: "ack", rejected: {} });
    expect(stored(core, "late")).toEqual([[NOON, 2]]);
  });

  test("frames that are all too old make nothing", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    await post(core, sender.hello(), sender.frame(1, { series: [gauge({ __name__: "late" }, [[FAR_AHEAD, 1]])] }));
    expect(core.store.index.size).toBe(0);
    expect(core.writer.counts).toEqual({ too_new: 1 });
  });

  test("batches, which OTLP, Influx and JSON become: each refused series is named with its own labels", async () => {
    const { core } = openShard(new NodeDatabase());
    const batch = batchOf(
      gauge({ __name__: "a" }, [[LONG_AGO, 1]]),
      gauge({ __name__: "b" }, [[FAR_AHEAD, 1]]),
      gauge({ __name__: "c" }, []),
    );
    expect(await core.appendBatch(CONTEXT, batch)).toMatchObject({
      value: {
        accepted: 0,
        rejected: [
          { index: 0, code: "too_old", message: expect.stringContaining("sample of a is") },
          { index: 1, code: "too_new", message: expect.stringContaining("sample of b lies") },
        ],
      },
    });
    expect(core.store.index.size).toBe(0);
  });
});

describe("a refusal lasts as long as its cause", () => {
  test.each([
    ["series_limit", { maxSeries: 2 }],
    ["metric_series_limit", { maxSeriesPerMetric: 2 }],
  ])("%s: once a series is history its place is free, for remote write and for a connection that stays", async (code, bounds) => {
    const shard = openShard(new NodeDatabase(), { bounds });
    const { core } = shard;
    const pod = (name: string) => ({ __name__: "pods", pod: name });
    const write = (...names: string[]) =>
      core.appendRemoteWrite(CONTEXT, written(...names.map((name): Written => [pod(name), shard.now, 1])), 1);
    const sender = new Sender();
    const session = core.session({ project: "default", tokenId: "t1", sender: "", epoch: "" });
    await session.receive(sender.hello());
    const frame = (seq: number) => session.receive(sender.frame(seq, { series: [gauge(pod("by frame"), [[shard.now, seq]])] }));
    await write("a", "b");
    expect(await write("c")).toMatchObject({ value: { rejected: [{ code }] } });
    await frame(1);
    expect(core.writer.counts).toEqual({ [code]: 2 });
    shard.now = NOON + DAY + MINUTE;
    await write("a");
    expect(await write("c")).toMatchObject({ value: { accepted: 1, rejected: [] } });
    expect(await write("d")).toMatchObject({ value: { rejected: [{ code }] } });
    await frame(2);
    shard.now += DAY + MINUTE;
    await write("c");
    await frame(3);
    expect(core.writer.counts).toEqual({ [code]: 4 });
    expect(core.store.index.refsOfMetric("pods")).toHaveLength(4);
  });

  test("label_bytes_limit: labels whose values are long and many take no more than their room, what is known goes on", async () => {
    const shard = openShard(new NodeDatabase(), { bounds: { maxLabelBytes: 5000 } });
    const { core } = shard;
    const wide = (i: number): Written => [{ __name__: "wide", path: String(i).repeat(1000) }, shard.now, 1];
    expect(await core.appendRemoteWrite(CONTEXT, written(...Array.from({ length: 9 }, (_, i) => wide(i))), 1)).toMatchObject({
      value: {
        accepted: 5,
        rejected: expect.arrayContaining([{ index: 0, code: "label_bytes_limit", message: expect.stringContaining("5000 bytes") }]),
      },
    });
    shard.now += MINUTE;
    expect(await core.appendRemoteWrite(CONTEXT, written(wide(0)), 1)).toMatchObject({ value: { accepted: 1, rejected: [] } });
    expect(core.writer.counts).toEqual({ label_bytes_limit: 4 });
  });

  test("a label set that a bound refuses is not judged again with every request", async () => {
    const shard = openShard(new NodeDatabase(), { bounds: { maxSeries: 1 } });
    const { core } = shard;
    await core.appendRemoteWrite(CONTEXT, written([{ __name__: "a" }, NOON, 1]), 1);
    const told = async () => {
      const answer = await core.appendRemoteWrite(CONTEXT, written([{ __name__: "b" }, shard.now, 1]), 1);
      return answer.ok ? answer.value.rejected[0]?.code : answer.error.code;
    };
    expect([await told(), await told()]).toEqual(["series_limit", "series_limit"]);
    expect(core.writer.refusals.round).toBe(0);
    shard.now += MINUTE;
    expect([await told(), await told()]).toEqual(["series_limit", "series_limit"]);
    expect(core.writer.refusals.round).toBe(1);
  });
});

describe("native frames", () => {
  test("a counter's value and its difference in one frame count in the order they stand", async () => {
    const { core } = openShard(new NodeDatabase());
    const sender = new Sender();
    const value = (t: number, by: number) => gauge({ __name__: "g1_total" }, [[t, by]]);
    const delta = (t: number, by: number) => ({ ...value(t, by), temporality: "delta" as const });
    await post(
      core,
      sender.hello(),
      sender.frame(1, { series: [value(NOON, 100), gauge({ __name__: "up" }, [[NOON, 1]]), delta(NOON, 5)] }),
    );
    expect(stored(core, "g1_total")).toEqual([[NOON, 105]]);
    await post(core, sender.hello(), sender.frame(2, { series: [delta(NOON + 1, 1), value(NOON + 2, 200), delta(NOON + 3, 2)] }));
    expect(
      stored(core, "g1_total")
        .slice(1)
        .map(([, total]) => total),
    ).toEqual([106, 200, 202]);
    expect(stored(core, "up")).toEqual([[NOON, 1]]);
  });
});

describe("of two values of one series and time", () => {
  const up = { __name__: "up" };
  const late = NOON - MINUTE;

  async function twice(policy: "last" | "first" | "reject", packed: boolean) {
    const { core } = openShard(new NodeDatabase(), { bounds: { duplicatePolicy: policy } });
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[late, 1]])));
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON, 10]])));
    if (packed) core.flush(NOON);
    for (const again of [
      [late, 2],
      [late, 1],
      [NOON, 20],
      [NOON, 10],
    ] as const)
      // as a second sender would
      await core.appendRemoteWrite(CONTEXT, written([up, again[0], again[1]]), 1);
    return { kept: stored(core, "up"), noted: core.writer.noted, refused: core.writer.counts };
  }

  test.each([false, true])("the last is kept by default, also where the first is packed (%s)", async (packed) => {
    const { kept, refused } = await twice("last", packed);
    expect(kept).toEqual([
      [late, 1],
      [NOON, 10],
    ]);
    expect(refused).toEqual({});
  });

  test.each([false, true])("the policy `first` keeps the first and counts the other (packed: %s)", async (packed) => {
    const { kept, noted, refused } = await twice("first", packed);
    expect(kept).toEqual([
      [late, 1],
      [NOON, 10],
    ]);
    expect(noted).toEqual({ kept_first: 2, duplicate: 2 });
    expect(refused).toEqual({});
  });

  test.each([false, true])("the policy `reject` refuses the other by name (packed: %s)", async (packed) => {
    const { kept, noted, refused } = await twice("reject", packed);
    expect(kept).toEqual([
      [late, 1],
      [NOON, 10],
    ]);
    expect(noted).toEqual({ duplicate: 2 });
    expect(refused).toEqual({ duplicate_timestamp: 2 });
  });

  test("differences at one time add up whatever the policy is", async () => {
    const { core } = openShard(new NodeDatabase(), { bounds: { duplicatePolicy: "reject" } });
    for (const by of [1, 2])
      await core.appendBatch(CONTEXT, batchOf({ ...gauge({ __name__: "jobs_total" }, [[NOON, by]]), temporality: "delta" }));
    expect(stored(core, "jobs_total")).toEqual([[NOON, 3]]);
    expect(core.writer.counts).toEqual({});
  });
});

describe("history behind live samples", () => {
  const up = { __name__: "up" };
  const OWNED = { ...CONTEXT, owner: "scraper" };
  const old = Array.from({ length: 40 }, (_, i) => [NOON - 20 * DAY + i * 6 * 60 * MINUTE, i] as const);

  async function imported(context: typeof CONTEXT, sender: Sender, samples: readonly (readonly [number, number])[]) {
    const { core } = openShard(new NodeDatabase());
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON, 99]])));
    const series = [gauge(up, samples)];
    const body = encodeMessages([sender.hello(), sender.frame(1, { series })]);
    const answer = await core.appendFrames(context, body);
    if (!answer.ok) throw new Error(answer.error.message);
    const ack = splitMessages(new Uint8Array(answer.value));
    return { core, ack: ack.ok ? decodeMessage(ack.value[1] ?? new Uint8Array()) : ack };
  }

  test("an administrator's import is stored, packed by day and merged, and the live sample stays the newest", async () => {
    const { core, ack } = await imported(CONTEXT, new Sender("import:dump"), [...old, [NOON - 31 * DAY, 0]]);
    expect(ack).toMatchObject({ value: { type: "ack", rejected: { too_old: 1 } } });
    expect(stored(core, "up")).toEqual([...old, [NOON, 99]]);
    core.flush(NOON);
    const later = NOON + 12 * 60 * MINUTE;
    while (core.store.compactor.dueAt(later) <= later) core.store.compactor.step(later);
    expect(stored(core, "up")).toEqual([...old, [NOON, 99]]);
    expect(core.store.runs.runs.filter((run) => run.level === 2 && run.resolutionMs === 0)).toHaveLength(11);
    expect(core.store.head.lastTime[0]).toBe(NOON);
  });

  test("is nobody else's to write: neither another token's import nor an administrator's agent", async () => {
    for (const [context, sender] of [
      [OWNED, new Sender("import:dump")],
      [CONTEXT, new Sender("agent-1")],
    ] as const) {
      const { core, ack } = await imported(context, sender, old);
      expect(ack).toMatchObject({ value: { type: "ack", rejected: { too_old: 40 } } });
      expect(stored(core, "up")).toEqual([[NOON, 99]]);
    }
  });

  test("is read over several flushes and a restart", async () => {
    const database = new NodeDatabase();
    const sender = new Sender("import:dump");
    const { core } = openShard(database);
    await core.appendBatch(CONTEXT, batchOf(gauge(up, [[NOON, 99]])));
    await post(core, sender.hello(), sender.frame(1, { series: [gauge(up, old.slice(0, 20))] }));
    core.flush(NOON);
    await post(core, sender.hello(), sender.frame(2, { series: [gauge(up, old.slice(20))] }));
    const again = openShard(database).core;
    expect(stored(again, "up")).toEqual([...old, [NOON, 99]]);
  });
});

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { Labels } from "@sightline/shared/model/labels";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { describe, expect, test } from "vitest";
import type { Result } from "@sightline/shared/model/result";
import { unwrap } from "../../worker/src/http/http-failure.ts";
import { entriesOf } from "../../worker/src/http/json-list.ts";
import type { JsonList } from "../../worker/src/objects/labels-rpc.ts";
import { shardStub } from "../../worker/src/objects/stubs.ts";
import { env } from "./http-calls.ts";

const contextOf = (project: string) => ({ project, tokenId: "t1", sender: "t1" });

function gauge(labels: Labels, t: number, value: number): BatchSeries {
  return {
    labels,
    metadata: { type: "gauge", unit: "", help: "" },
    temporality: "cumulative",
    timestamps: Float64Array.of(t),
    values: Float64Array.of(value),
  };
}

/** One vector sample of an instant query, or null. */
async function valueOf(project: string, query: string, t: number): Promise<string | null> {
  const answer = await shardStub(env, `${project}/shard-0`).query({ query, startMs: t, endMs: t, stepMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  const body = JSON.parse(new TextDecoder().decode(answer.value)) as { data: { result: { value: [number, string] }[] } };
  return body.data.result[0]?.value[1] ?? null;
}

const objectOf = (project: string) => env.SERIES_SHARD.getByName(`${project}/shard-0`);

async function connect(project: string) {
  const response = await shardStub(env, `${project}/shard-0`).fetch(
    new Request("https://shard/api/v1/frames", {
      headers: { upgrade: "websocket", "x-sightline-project": project, "x-sightline-token-id": "t1" },
    }),
  );
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no socket, ${response.status}`);
  socket.binaryType = "arraybuffer";
  socket.accept();
  const waiting: ((message: Message) => void)[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = decodeMessage(new Uint8Array(data as ArrayBuffer));
    if (message.ok) waiting.shift()?.(message.value);
  });
  return {
    send: (bytes: Uint8Array): Promise<Message> => {
      const { promise, resolve } = Promise.withResolvers<Message>();
      waiting.push(resolve);
      socket.send(bytes);
      return promise;
    },
    close: () => socket.close(1000, "done"),
  };
}

const hello = encodeMessage({ type: "hello", versions: [1], sender: "agent-1", epoch: "e1", capabilities: [] });

describe("a shard on the platform", () => {
  test("a batch that was acknowledged answers queries, also after the object lost its memory", async () => {
    const project = "shard-evicted";
    const now = Date.now();
    const shard = shardStub(env, `${project}/shard-0`);
    const answer = await shard.appendBatch(
      contextOf(project),
      encodeBatch({ series: [gauge({ __name__: "up", job: "a" }, now, 1)] }).buffer,
    );
    expect(answer).toEqual({ ok: true, value: { accepted: 1, rejected: [] } });
    expect(await valueOf(project, 'up{job="a"}', now)).toBe("1");
    await evictDurableObject(objectOf(project));
    expect(await valueOf(project, "sum(up) + 1", now)).toBe("2");
  });

  test("series, labels and metadata of what was appended", async () => {
    const project = "shard-labels";
    const now = Date.now();
    const shard = shardStub(env, `${project}/shard-0`);
    await shard.appendBatch(
      contextOf(project),
      encodeBatch({ series: [gauge({ __name__: "up", job: "a" }, now, 1), gauge({ __name__: "load1", host: "b" }, now, 1)] }).buffer,
    );
    const everything = { matchers: [], startMs: 0, endMs: now, limit: 0 };
    const told = async (list: Promise<Result<JsonList>>): Promise<unknown[]> => entriesOf(unwrap(await list));
    expect(await told(shard.series({ ...everything, matchers: ['{job="a"}'] }))).toEqual([{ __name__: "up", job: "a" }]);
    expect(await told(shard.labelNames(everything))).toEqual(["__name__", "host", "job"]);
    expect(await told(shard.labelValues("__name__", everything))).toEqual(["load1", "up"]);
    expect(await shard.metadata("up", 0)).toEqual([{ metric: "up", type: "gauge", unit: "", help: "" }]);
    expect(await shard.series({ ...everything, matchers: ["sum(up)"] })).toMatchObject({ ok: false, error: { code: "bad_data" } });
  });

  test("statistics over a window are those of its samples", async () => {
    const project = "shard-stats";
    const now = Date.now();
    const shard = shardStub(env, `${project}/shard-0`);
    const timestamps = Float64Array.from({ length: 101 }, (_, i) => now - 50_000 + i * 500);
    const column = { ...gauge({ __name__: "temp" }, now, 0), timestamps, values: timestamps.map((_, i) => i) };
    await shard.appendBatch(contextOf(project), encodeBatch({ series: [column] }).buffer);
    const stats = await shard.stats("temp", 60_000, now);
    expect(stats).toMatchObject({
      ok: true,
      value: [{ count: 101, min: 0, max: 100, mean: 50, median: 50, p90: 90, p99: 99, current: 100 }],
    });
  });

  test("frames over a socket are acknowledged, and after the object slept the sender starts over without a loss", async () => {
    const project = "shard-socket";
    const now = Date.now();
    const encoder = new FrameEncoder();
    const socket = await connect(project);
    expect(await socket.send(hello)).toMatchObject({ type: "welcome", durableSeq: 0 });
    const up = { __name__: "up", host_name: "web-1" };
    expect(await socket.send(encoder.encode("e1", 1, { series: [gauge(up, now, 1)] }))).toMatchObject({ type: "ack", durableSeq: 1 });
    await evictDurableObject(objectOf(project));
    const frame = { series: [gauge(up, now + 1, 2)] };
    expect(await socket.send(encoder.encode("e1", 2, frame))).toMatchObject({ type: "error", code: "unknown_ref" });
    encoder.reset();
    expect(await socket.send(hello)).toMatchObject({ type: "welcome", durableSeq: 1 });
    expect(await socket.send(encoder.encode("e1", 2, frame))).toMatchObject({ type: "ack", durableSeq: 2 });
    expect(await valueOf(project, "up", now + 1)).toBe("2");
    expect(await shardStub(env, `${project}/shard-0`).status()).toMatchObject({
      senders: [{ sender: "agent-1", hostName: "web-1", durableSeq: 2, epoch: "e1" }],
    });
    socket.close();
  });

  test("the alarm is armed after an append, and firing it loses nothing", async () => {
    const project = "shard-alarm";
    const now = Date.now();
    const shard = shardStub(env, `${project}/shard-0`);
    await shard.appendBatch(contextOf(project), encodeBatch({ series: [gauge({ __name__: "up" }, now, 1)] }).buffer);
    expect(await runInDurableObject(objectOf(project), (_, state) => state.storage.getAlarm())).not.toBeNull();
    expect(await runDurableObjectAlarm(objectOf(project))).toBe(true);
    expect(await valueOf(project, "up", now)).toBe("1");
    expect(await shard.status()).toMatchObject({ series: 1, problems: [] });
  });

  test("what cannot be read is refused with a code", async () => {
    const project = "shard-refusals";
    const shard = shardStub(env, `${project}/shard-0`);
    expect(await shard.query({ query: "up{", startMs: 0, endMs: 0, stepMs: 0 })).toMatchObject({ ok: false, error: { code: "bad_data" } });
    expect(await shard.appendBatch(contextOf(project), new ArrayBuffer(3))).toMatchObject({ ok: false });
    expect(await shard.appendFrames(contextOf(project), Uint8Array.of(255, 255, 255, 255).buffer)).toMatchObject({ ok: false });
  });
});

import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessages } from "@sightline/shared/protocol/message-stream";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { expect, test, vi } from "vitest";
import type { SlosResponse, Snapshot } from "@sightline/shared/api/responses";
import type { ShardMap } from "../../worker/src/objects/rpc.ts";
import { ownerOf } from "../../worker/src/project/shard-owners.ts";
import { json, type Send, sendAs, tokenOf } from "./http-calls.ts";
import { growth, samplesOf } from "./shard-contents.ts";
import { frameOf, remoteWrite, ShardedSender } from "./sharded-sender.ts";

const grow = async (admin: Send, shards: number): Promise<ShardMap> =>
  (await admin("/v1/shards", json("PUT", { shards }))).json<ShardMap>();

/** A socket through the Worker; messages and the close are waited for in order. */
async function connect(call: Send, sender: string) {
  const response = await call("/api/v1/frames", { headers: { upgrade: "websocket", "x-sightline-sender": sender } });
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no socket, ${response.status} ${await response.text()}`);
  socket.binaryType = "arraybuffer";
  const closed = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
  const waiting: ((message: Message) => void)[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = decodeMessage(new Uint8Array(data as ArrayBuffer));
    if (message.ok) waiting.shift()?.(message.value);
  });
  socket.addEventListener("close", ({ code, reason }) => closed.resolve({ code, reason }));
  socket.accept();
  return {
    closed: closed.promise,
    close: () => socket.close(1000),
    send: (bytes: Uint8Array): Promise<Message> => {
      const { promise, resolve } = Promise.withResolvers<Message>();
      waiting.push(resolve);
      socket.send(bytes);
      return promise;
    },
  };
}

test("the open socket of a sender that moves is closed by its old shard, and at the new one it goes on where it was", async () => {
  const admin = sendAs(await tokenOf("sockets", "admin"));
  const call = sendAs(await tokenOf("sockets", "ingest"));
  const now = Date.now();
  const names = Array.from({ length: 6 }, (_, n) => `host-${n}`);
  const hello = (sender: string): Uint8Array => encodeMessage({ type: "hello", versions: [1], sender, epoch: "e1", capabilities: [] });
  const sockets = new Map<string, Awaited<ReturnType<typeof connect>>>();
  for (const name of names) {
    const socket = await connect(call, name);
    sockets.set(name, socket);
    expect(await socket.send(hello(name))).toMatchObject({ type: "welcome", durableSeq: 0 });
    expect(await socket.send(new FrameEncoder().encode("e1", 1, frameOf(name, 1, now - 1000)))).toMatchObject({
      type: "ack",
      durableSeq: 1,
    });
  }
  const map = await grow(admin, 8);
  const moved = names.find((name) => ownerOf(map, name) !== "sockets/shard-0") ?? "";
  expect(await sockets.get(moved)?.closed).toEqual({ code: 1012, reason: expect.stringContaining("moved") });
  const again = await connect(call, moved);
  expect(await again.send(hello(moved))).toMatchObject({ type: "welcome", durableSeq: 1 });
  const encoder = new FrameEncoder();
  expect(await again.send(encoder.encode("e1", 1, frameOf(moved, 1, now - 1000)))).toMatchObject({ type: "ack", durableSeq: 1 });
  expect(await again.send(encoder.encode("e1", 2, frameOf(moved, 2, now - 1000)))).toMatchObject({ type: "ack", durableSeq: 2 });
  const [events] = await samplesOf(admin, `events_total{from="${moved}"}`, now);
  expect(growth(events?.values ?? [])).toBe(2);
  for (const socket of [...sockets.values(), again]) socket.close();
});

test("what is asked of a project is answered by all its shards together", async () => {
  const admin = sendAs(await tokenOf("together", "admin"));
  const call = sendAs(await tokenOf("together", "ingest"));
  const good = '{__name__="requests_total",outcome="good"}';
  const slo = { name: "requests", kind: "availability", good, total: '{__name__="requests_total"}', objective: 0.9, windowMs: 86_400_000 };
  expect((await admin("/v1/slos/requests", json("PUT", slo))).status).toBe(200);
  const map = await grow(admin, 4);
  const now = Date.now();
  const names = Array.from({ length: 8 }, (_, n) => `app-${n}`);
  expect(new Set(names.map((name) => ownerOf(map, name))).size).toBeGreaterThan(1);
  for (const name of names) {
    const metrics = ["good", "bad"].map((outcome) => ({
      name: "requests",
      type: "counter",
      labels: { outcome, app: name },
      delta: outcome === "good" ? 9 : 1,
    }));
    const response = await call("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": name },
    });
    expect(await response.json()).toMatchObject({ accepted: 2, rejected: [] });
    // One label set from all of them: of two samples at one time one remains.
    const shared = { metrics: [{ name: "shared", type: "gauge", value: 7, timestamp: now - 1000 }] };
    await call("/api/v1/ingest", { ...json("POST", shared), headers: { "content-type": "application/json", "x-sightline-sender": name } });
  }
  await vi.waitFor(async () => {
    const { slos } = await (await admin("/v1/slos")).json<SlosResponse>();
    expect(slos).toMatchObject([{ good: 72, total: 80, sli: 0.9 }]);
  });
  const sum = await (
    await admin(`/api/v1/query?query=${encodeURIComponent('sum(requests_total) / count(requests_total{outcome="bad"})')}`)
  ).json();
  expect(sum).toMatchObject({ data: { result: [{ value: [expect.any(Number), "10"] }] } });
  const listed = await (await admin("/api/v1/series?match[]=shared")).json();
  expect(listed).toEqual({ status: "success", data: [{ __name__: "shared" }] });
  expect((await samplesOf(admin, "shared", now)).map(({ values }) => values.length)).toEqual([1]);
  const apps = await (await admin("/api/v1/label/app/values?limit=3")).json();
  expect(apps).toEqual({ status: "success", data: ["app-0", "app-1", "app-2"], warnings: ["results truncated due to limit"] });
  const cardinality = await (await admin("/api/v1/status/tsdb?limit=1000")).json<{ readonly data: Record<string, unknown> }>();
  expect(cardinality.data["labelValueCountByLabelName"]).toEqual(
    expect.arrayContaining([
      { name: "app", value: 8 },
      { name: "outcome", value: 2 },
    ]),
  );
  expect(cardinality.data["seriesCountByMetricName"]).toContainEqual({ name: "requests_total", value: 16 });
  expect(cardinality.data["seriesCountByMetricName"]).toContainEqual({ name: "shared", value: 1 });
  const all = await (await admin(`/api/v1/series?match[]=${encodeURIComponent('{__name__!=""}')}`)).json<{ readonly data: unknown[] }>();
  const stored = all.data.filter((labels) => !JSON.stringify(labels).includes("sightline_sender"));
  expect(cardinality.data["headStats"]).toMatchObject({ numSeries: stored.length });
  expect(cardinality.data["seriesCountByLabelValuePair"]).toContainEqual({ name: "outcome=good", value: 8 });
  const stats = await (
    await admin(`/v1/stats?query=${encodeURIComponent('requests_total{outcome="good"}')}`)
  ).json<{ readonly series: readonly unknown[] }>();
  expect(stats.series).toHaveLength(8);
  const shared = await (await admin("/v1/stats?query=shared")).json<{ readonly series: readonly unknown[] }>();
  expect(shared.series).toMatchObject([{ count: 1, mean: 7 }]);
  const snapshot = await (await admin("/v1/snapshot")).json<Snapshot>();
  expect(snapshot.topMetrics.find(({ metric }) => metric === "requests_total")).toEqual({ metric: "requests_total", series: 16 });
  expect(snapshot.topMetrics.find(({ metric }) => metric === "shared")).toEqual({ metric: "shared", series: 1 });
  expect(snapshot.series).toBe(stored.length);
  expect(snapshot.slos).toMatchObject([{ good: 72, total: 80 }]);
  const forecast = await admin(`/v1/forecast?query=${encodeURIComponent("sum(requests_total)")}`);
  expect(forecast.status).toBe(200);
});

test("a limit holds over the sum of all shards, and a fault of the expression is told once", async () => {
  const admin = sendAs(await tokenOf("bounds", "admin"));
  await grow(admin, 3);
  const wrong = await admin(`/api/v1/query?query=${encodeURIComponent("sum(")}`);
  expect([wrong.status, (await wrong.json<{ readonly errorType: string }>()).errorType]).toEqual([400, "bad_data"]);
  const many = await admin(`/api/v1/query?query=${encodeURIComponent("up")}&timeout=bad`);
  expect(many.status).toBe(400);
  const now = Date.now();
  await new ShardedSender(admin, "one", now - 1000).sendUpTo(2);
  const nothing = await (await admin(`/api/v1/query?query=${encodeURIComponent("absent(position) or vector(5)")}`)).json();
  expect(nothing).toMatchObject({ data: { result: [{ value: [expect.any(Number), "5"] }] } });
});

test("a sample sent again after its sender had moved is exported once, as it was sent last", async () => {
  const admin = sendAs(await tokenOf("exported", "admin"));
  const call = sendAs(await tokenOf("exported", "ingest"));
  const now = Date.now();
  const names = Array.from({ length: 8 }, (_, n) => `host-${n}`);
  const write = async (name: string, seconds: readonly number[], value: number): Promise<void> => {
    const samples = seconds.map((second) => [now - 60_000 + second * 1000, value] as const);
    expect((await call("/api/v1/write", remoteWrite({ __name__: "sent", from: name }, samples, name))).status).toBe(204);
  };
  for (const name of names) await write(name, [1, 2, 3, 4], 1);
  const map = await grow(admin, 8);
  const moved = names.filter((name) => ownerOf(map, name) !== "exported/shard-0");
  expect(moved.length).toBeGreaterThan(2);
  for (const name of names) await write(name, [3, 4, 5], 2);
  const response = await admin(`/v1/export?format=json&match[]=${encodeURIComponent("sent")}`);
  const found = new Map<string, [number, number][]>();
  for (const line of (await response.text()).trim().split("\n")) {
    const { metric, timestamps, values } = JSON.parse(line) as { metric: { from: string }; timestamps: number[]; values: number[] };
    const all = found.get(metric.from) ?? [];
    for (const [i, t] of timestamps.entries()) all.push([(t - now + 60_000) / 1000, values[i] ?? NaN]);
    found.set(metric.from, all);
  }
  expect([...found.keys()]).toEqual(names);
  const sent = [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 2],
  ];
  for (const samples of found.values()) expect(samples).toEqual(sent);
});

test("what an administrator imports replaces what is there, whichever shard has it and whatever the import is called", async () => {
  const admin = sendAs(await tokenOf("corrected", "admin"));
  const call = sendAs(await tokenOf("corrected", "ingest"));
  const t = Date.now() - 600_000;
  const names = Array.from({ length: 8 }, (_, n) => `host-${n}`);
  const map = await grow(admin, 8);
  expect(new Set(names.map((name) => ownerOf(map, name))).size).toBeGreaterThan(2);
  for (const name of names)
    expect((await call("/api/v1/write", remoteWrite({ __name__: "level", from: name }, [[t, 1]], name))).status).toBe(204);
  const metadata = { type: "gauge", unit: "", help: "" } as const;
  for (const value of [2, 3, 4, 5]) {
    const sender = `import:${value}`;
    const series = names.map((from) => ({
      labels: { __name__: "level", from },
      metadata,
      temporality: "cumulative" as const,
      timestamps: Float64Array.of(t),
      values: Float64Array.of(value),
    }));
    const hello = encodeMessage({ type: "hello", versions: [1], sender, epoch: "e", capabilities: [] });
    const body = encodeMessages([hello, new FrameEncoder().encode("e", 1, { series })]);
    expect((await admin("/api/v1/frames", { method: "POST", body, headers: { "x-sightline-sender": sender } })).status).toBe(200);
    const query = `/api/v1/query?time=${t / 1000}&query=${encodeURIComponent("sum(level)")}`;
    expect(await (await admin(query)).json()).toMatchObject({ data: { result: [{ value: [t / 1000, String(8 * value)] }] } });
  }
});

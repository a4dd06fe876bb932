import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { afterEach, describe, expect, it, vi } from "vitest";
import { liveHubStub, projectStub } from "../../worker/src/objects/stubs.ts";
import { transition } from "../support/alert-transition.ts";
import { adminOf, env, json, send, sendAs, tokenOf } from "./http-calls.ts";
import { type TestViewer, openViewer } from "./live-viewer.ts";

const open: TestViewer[] = [];

afterEach(() => {
  for (const viewer of open.splice(0)) viewer.socket.close();
});

async function viewerOf(project: string): Promise<TestViewer> {
  const viewer = await openViewer(sendAs(await tokenOf(project, "viewer")));
  open.push(viewer);
  await viewer.next("welcome");
  return viewer;
}

const series = (name: string, host: string, value: number, t = 1_000): BatchSeries => ({
  labels: { __name__: name, host_name: host },
  metadata: { type: "gauge", unit: "", help: "" },
  temporality: "cumulative",
  timestamps: new Float64Array([t]),
  values: new Float64Array([value]),
});

const publish = (project: string, ...batch: BatchSeries[]): Promise<void> =>
  liveHubStub(env, project).publish(`${project}/shard-0`, encodeBatch({ series: batch }).buffer);

async function subscribed(viewer: TestViewer, project: string, id: string, ...selectors: string[]): Promise<void> {
  viewer.ask({ type: "subscribe", id, selectors, backfillMs: 0 });
  await vi.waitFor(async () => expect(await liveHubStub(env, project).watched()).toEqual(expect.arrayContaining(selectors)));
}

describe("live viewers", () => {
  it("a viewer is welcomed with the project and how many watch", async () => {
    const viewer = await viewerOf("live-welcome");
    expect(viewer.events[0]).toMatchObject({ type: "welcome", project: "live-welcome", viewers: 1 });
  });

  it("without a token there is no upgrade; by subprotocol or ticket there is, and a ticket works once", async () => {
    expect((await send("/v1/live", { headers: { upgrade: "websocket" } })).status).toBe(401);
    const token = await tokenOf("live-auth", "viewer");
    const offered = await send("/v1/live", {
      headers: { upgrade: "websocket", "sec-websocket-protocol": `sightline.v1, bearer.${token}` },
    });
    expect(offered.status).toBe(101);
    expect(offered.headers.get("sec-websocket-protocol")).toBe("sightline.v1");
    offered.webSocket?.accept();
    offered.webSocket?.close();
    const { ticket } = await (await sendAs(token)("/v1/live/ticket", { method: "POST" })).json<{ ticket: string }>();
    const viewer = await openViewer(send, `/v1/live?ticket=${ticket}`);
    open.push(viewer);
    await viewer.next("welcome");
    expect((await send(`/v1/live?ticket=${ticket}`, { headers: { upgrade: "websocket" } })).status).toBe(401);
  });

  it("a GET that is no upgrade is told so", async () => {
    expect((await sendAs(await tokenOf("live-plain", "viewer"))("/v1/live")).status).toBe(400);
  });

  it("samples reach the viewers whose selectors match, and nobody else", async () => {
    const [first, second] = [await viewerOf("live-fanout"), await viewerOf("live-fanout")];
    await subscribed(first, "live-fanout", "cpu", 'cpu{host_name="h1"}');
    await subscribed(second, "live-fanout", "all", "cpu", "memory");
    await publish("live-fanout", series("cpu", "h1", 1), series("cpu", "h2", 2), series("disk", "h1", 3));
    const toFirst = await first.next("samples");
    expect(toFirst).toMatchObject({ id: "cpu", backfill: false, series: [{ labels: { host_name: "h1" }, t: [1_000], v: [1] }] });
    expect((await second.next("samples")).series.map(({ v }) => v[0])).toEqual([1, 2]);
  });

  it("NaN and infinities arrive as words", async () => {
    const viewer = await viewerOf("live-words");
    await subscribed(viewer, "live-words", "x", "x");
    await publish("live-words", series("x", "a", Number.NaN), series("x", "b", Number.POSITIVE_INFINITY));
    expect((await viewer.next("samples")).series.map(({ v }) => v[0])).toEqual(["NaN", "+Inf"]);
  });

  it("an ingested sample that somebody watches arrives live", async () => {
    const viewer = await viewerOf("live-ingest");
    await subscribed(viewer, "live-ingest", "orders", "orders");
    const call = sendAs(await tokenOf("live-ingest", "ingest"));
    await call("/api/v1/ingest", json("POST", { metrics: [{ name: "orders", type: "gauge", value: 7 }] }));
    expect((await viewer.next("samples")).series[0]?.v).toEqual([7]);
  });

  it("a subscription begins with history when it asks for some", async () => {
    const call = sendAs(await tokenOf("live-history", "ingest"));
    await call("/api/v1/ingest", json("POST", { metrics: [{ name: "orders", type: "gauge", value: 5 }] }));
    const viewer = await viewerOf("live-history");
    viewer.ask({ type: "subscribe", id: "orders", selectors: ["orders"], backfillMs: 60_000 });
    expect(await viewer.next("samples")).toMatchObject({
      id: "orders",
      backfill: true,
      series: [{ labels: { __name__: "orders" }, v: [5] }],
    });
  });

  it("alerts reach every viewer: firing, acknowledged, resolved, but not pending", async () => {
    const viewer = await viewerOf("live-alerts");
    const project = projectStub(env, "live-alerts");
    await project.receive("s", [transition("inactive", "pending", 1_000)]);
    await project.receive("s", [transition("pending", "firing", 2_000)]);
    const { alert } = await viewer.next("alert");
    await project.acknowledge(adminOf("live-alerts"), alert.id, null);
    await project.receive("s", [transition("firing", "resolved", 3_000)]);
    await viewer.next("alert", (event) => event.alert.state === "resolved");
    const steps = viewer.events.flatMap((event) => (event.type === "alert" ? [[event.previous, event.alert.state]] : []));
    expect(steps).toEqual([
      ["pending", "firing"],
      ["firing", "acknowledged"],
      ["acknowledged", "resolved"],
    ]);
  });

  it("a hub that hibernated keeps its viewers, their subscriptions and what they watch", async () => {
    const viewer = await viewerOf("live-asleep");
    await subscribed(viewer, "live-asleep", "cpu", "cpu");
    await evictDurableObject(env.LIVE_HUB.getByName("live-asleep"));
    expect(await liveHubStub(env, "live-asleep").watched()).toEqual(["cpu"]);
    await publish("live-asleep", series("cpu", "h1", 9));
    expect((await viewer.next("samples")).series[0]?.v).toEqual([9]);
    viewer.ask({ type: "ping", sentAt: 5 });
    expect((await viewer.next("pong")).sentAt).toBe(5);
  });

  it("a ping of sentAt 0 is answered by the platform", async () => {
    const viewer = await viewerOf("live-ping");
    viewer.ask({ type: "ping", sentAt: 0 });
    expect(await viewer.next("pong")).toEqual({ type: "pong", sentAt: 0, serverTime: 0 });
  });

  it("what nobody watches any more is no longer asked of the shards", async () => {
    const [first, second] = [await viewerOf("live-unwatch"), await viewerOf("live-unwatch")];
    await subscribed(first, "live-unwatch", "a", "cpu");
    await subscribed(second, "live-unwatch", "b", "memory");
    first.ask({ type: "unsubscribe", id: "a" });
    await vi.waitFor(async () => expect(await liveHubStub(env, "live-unwatch").watched()).toEqual(["memory"]));
    second.socket.close();
    await vi.waitFor(async () => expect(await liveHubStub(env, "live-unwatch").watched()).toEqual([]));
  });

  it("mistakes are answered on the socket and end nothing", async () => {
    const viewer = await viewerOf("live-mistakes");
    viewer.socket.send("not json");
    viewer.socket.send('{"type":"subscribe","id":"x","selectors":["sum(x)"],"backfillMs":0}');
    viewer.socket.send('{"type":"subscribe","id":"y","selectors":[]}');
    await vi.waitFor(() => expect(viewer.events.filter(({ type }) => type === "error")).toHaveLength(3));
    expect(viewer.events.flatMap((event) => (event.type === "error" ? [event.code] : []))).toEqual([
      "malformed_json",
      "bad_data",
      "bad_request",
    ]);
    viewer.ask({ type: "ping", sentAt: 1 });
    await viewer.next("pong");
  });

  it("the sixty-fifth subscription is refused in words", async () => {
    const viewer = await viewerOf("live-cap");
    for (let index = 0; index < 65; index++) viewer.ask({ type: "subscribe", id: `s${index}`, selectors: [`m${index}`], backfillMs: 0 });
    expect(await viewer.next("error")).toMatchObject({ id: "s64", code: "too_many_subscriptions" });
    expect(await liveHubStub(env, "live-cap").watched()).toHaveLength(64);
  });

  it("one broken socket does not keep the others from their samples", async () => {
    const [broken, whole] = [await viewerOf("live-broken"), await viewerOf("live-broken")];
    await subscribed(broken, "live-broken", "cpu", "cpu");
    await subscribed(whole, "live-broken", "cpu", "cpu");
    await runInDurableObject(env.LIVE_HUB.getByName("live-broken"), (_, state) => {
      const [socket] = state.getWebSockets();
      if (socket !== undefined)
        vi.spyOn(socket, "send").mockImplementation(() => {
          throw new Error("gone");
        });
    });
    await publish("live-broken", series("cpu", "h1", 4));
    await vi.waitFor(() => expect([...broken.events, ...whole.events].filter(({ type }) => type === "samples").length).toBeGreaterThan(0));
  });

  it("fifty viewers all get the sample", async () => {
    const call = sendAs(await tokenOf("live-fifty", "viewer"));
    const viewers = await Promise.all(Array.from({ length: 50 }, () => openViewer(call)));
    open.push(...viewers);
    await Promise.all(viewers.map((viewer) => subscribed(viewer, "live-fifty", "cpu", "cpu")));
    await publish("live-fifty", series("cpu", "h1", 8));
    for (const viewer of viewers) expect((await viewer.next("samples")).series[0]?.v).toEqual([8]);
  });
});

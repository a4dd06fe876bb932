import { describe, expect, it } from "vitest";
import { problemOf, send, sendAs, tokenOf } from "./http-calls.ts";

describe("native frames at the edge", () => {
  it("a WebSocket upgrade passes through to the shard, for those who may write", async () => {
    const upgrade = { headers: { upgrade: "websocket" } };
    const response = await sendAs(await tokenOf("frames", "ingest"))("/api/v1/frames", upgrade);
    expect(response.status).toBe(101);
    response.webSocket?.accept();
    response.webSocket?.close();
    expect((await sendAs(await tokenOf("frames", "viewer"))("/api/v1/frames", upgrade)).status).toBe(403);
    expect((await send("/api/v1/frames", upgrade)).status).toBe(401);
  });

  it("bytes that are no frames are refused, and the server goes on", async () => {
    const call = sendAs(await tokenOf("frames-garbage", "ingest"));
    const response = await call("/api/v1/frames", { method: "POST", body: new Uint8Array([9, 9, 9, 9, 9, 9, 9]) });
    // The length they seem to announce is beyond any frame.
    expect(response.status).toBe(413);
    expect((await problemOf(response)).code).toBe("too_large");
    expect((await send("/healthz")).status).toBe(200);
  });

  it("a sender's name is checked before it becomes part of a key", async () => {
    const call = sendAs(await tokenOf("frames-sender", "ingest"));
    const headers = { "x-sightline-sender": "a b" };
    expect((await call("/api/v1/ingest", { method: "POST", headers, body: '{"metrics":[]}' })).status).toBe(400);
  });

  it("an Idempotency-Key makes a repeated delta count once", async () => {
    const call = sendAs(await tokenOf("frames-repeat", "editor"));
    const body = JSON.stringify({ metrics: [{ name: "jobs", type: "counter", delta: 5 }] });
    const once = { method: "POST", headers: { "content-type": "application/json", "idempotency-key": "job-7" }, body };
    const first = await (await call("/api/v1/ingest", once)).json();
    expect(await (await call("/api/v1/ingest", once)).json()).toEqual(first);
    const other = await call("/api/v1/ingest", { ...once, body: body.replace("5", "6") });
    expect([other.status, (await problemOf(other)).code]).toEqual([422, "idempotency_key_reused"]);
    const listed = await (await call("/api/v1/series?match[]=jobs_total&match[]=jobs")).json<{ data: readonly Record<string, string>[] }>();
    expect(listed.data).toHaveLength(1);
    const answer = await (await call(`/api/v1/query?query=${listed.data[0]?.__name__ ?? ""}`)).json();
    expect(answer).toMatchObject({ data: { result: [{ value: [expect.any(Number), "5"] }] } });
  });
});

import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Send, env, problemOf, send, sendAs, tokenOf } from "./http-calls.ts";

let admin: Send;

beforeAll(async () => {
  admin = sendAs(await tokenOf("refusals", "admin"));
});

/** 64 MB of zeros, packed to 64 KB. */
async function gzipBomb(): Promise<ArrayBuffer> {
  const zeros = new Blob([new Uint8Array(64 * 1_048_576)]).stream();
  return new Response(zeros.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

const ingest = (body: BodyInit, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body,
});

describe("what the server refuses, and how it says so", () => {
  it("a request without a token is 401 with a sentence that tells how to send one", async () => {
    const response = await send("/v1/alerts");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await problemOf(response)).toMatchObject({
      status: 401,
      code: "unauthenticated",
      detail: expect.stringContaining("Authorization"),
    });
  });

  it("a browser that opens the description is asked for the token as a password, a script is not", async () => {
    for (const path of ["/docs", "/v1/openapi.json"]) {
      const opened = await send(path, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
      expect([opened.status, opened.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Basic")]);
      expect((await send(path)).headers.get("www-authenticate")).not.toContain("Basic");
    }
  });

  it("a wrong token is 401, in Prometheus's form under Prometheus's routes", async () => {
    const wrong = sendAs("sl_refusals_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    expect((await problemOf(await wrong("/v1/alerts"))).code).toBe("unauthenticated");
    const response = await wrong("/api/v1/query?query=up");
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ status: "error", errorType: "unauthenticated", error: expect.stringContaining("token") });
  });

  it("a question is not told that nothing was kept, as a write is", async () => {
    const refusal = async (path: string, body: BodyInit, type: string): Promise<unknown> =>
      await (
        await admin(path, { method: "POST", body, headers: { "content-type": type } })
      ).json<{ readonly error?: string; readonly detail?: string }>();
    const large = new Uint8Array(9 * 1_048_576).fill(0x61);
    expect(await refusal("/api/v1/query", large, "application/x-www-form-urlencoded")).toMatchObject({
      error: "The body is larger than 8 MB, the most one request may carry. Ask for less at once, such as with fewer selectors.",
    });
    expect(await refusal("/api/v1/ingest", large, "application/json")).toMatchObject({
      detail: expect.stringContaining("Nothing was kept; split it"),
    });
    for (const [path, body] of [
      ["/api/v1/read", "xx"],
      ["/v1/promql/diagnostics", "{}"],
      ["/v1/promql/diagnostics", "{"],
    ] as const)
      expect(JSON.stringify(await refusal(path, body, "application/json"))).not.toContain("Nothing was");
  });

  it("a token of a project that nobody made is 401", async () => {
    expect((await sendAs("sl_nobody_AAAAAAAAAAAAAAAAAAAAAAAAAAAAA")("/v1/alerts")).status).toBe(401);
  });

  it("a wrong token tried over and over is told to wait", async () => {
    const wrong = sendAs("sl_refusals_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
    let response = await wrong("/v1/alerts");
    for (let tries = 0; tries < 70 && response.status === 401; tries++) response = await wrong("/v1/alerts");
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await admin("/v1/alerts")).status).toBe(200);
  });

  it("wrong tokens show as a series of the project they name", async () => {
    await sendAs("sl_refusals_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC")("/v1/alerts");
    await vi.waitFor(async () => {
      const found = await (await admin("/api/v1/series?match[]=sightline_auth_failures_total")).json();
      expect(found).toMatchObject({ data: [{ __name__: "sightline_auth_failures_total" }] });
    });
  });

  it("a project that strangers named stays uncreated", async () => {
    await sendAs("sl_strangers_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")("/v1/alerts");
    await send("/v1/live?ticket=tk_strangers_AAAAAAAAAAAAAAAAAAAAAAAAAAAA", { headers: { upgrade: "websocket" } });
    const tables = await runInDurableObject(env.PROJECT.getByName("strangers"), (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("an unknown route is 404 and says where the routes are listed", async () => {
    const response = await admin("/v1/nope");
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: "unknown_route", detail: expect.stringContaining("/docs") });
  });

  it("a wrong method is 405 and names the right ones", async () => {
    const response = await admin("/v1/alerts", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET");
    expect((await problemOf(response)).code).toBe("method_not_allowed");
  });

  it("a parameter that a route does not have is 400 and names those it has", async () => {
    const response = await admin("/v1/forecast?query=up&horizn=2h");
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toBe('There is no parameter "horizn" here; there are query, horizon.');
    expect((await admin("/v1/anomalies?from=1")).status).toBe(400);
    expect((await admin("/api/v1/query?query=up&dedup=true")).status).toBe(200);
  });

  it("statistics take a start instead of a window, before the end and not beside a window", async () => {
    const stats = (more: string): Promise<Response> => admin(`/v1/stats?query=up&end=1700000600000${more}`);
    expect(await (await stats("&start=1700000000000")).json()).toMatchObject({
      windowStart: 1_700_000_000_000,
      windowEnd: 1_700_000_600_000,
    });
    expect((await stats("&start=1700000600000")).status).toBe(400);
    expect((await problemOf(await stats("&start=1700000000000&window=5m"))).detail).toContain("not both");
  });

  it("malformed JSON is 400 with the place", async () => {
    const response = await admin("/api/v1/ingest", ingest('{"metrics":[\n  {"name": "x",, }]}'));
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: "malformed_json", detail: expect.stringContaining("line 2, column 16") });
  });

  it("a truncated body is 400", async () => {
    const response = await admin("/api/v1/ingest", ingest('{"metrics":[{"name":"x"'));
    expect(await problemOf(response)).toMatchObject({
      status: 400,
      code: "malformed_json",
      detail: expect.stringContaining("before it is complete"),
    });
  });

  it("NaN where a number is due is 400 and names the field", async () => {
    const response = await admin("/api/v1/ingest", ingest('{"metrics":[{"name":"x","value":NaN}]}'));
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: "not_a_number", detail: expect.stringContaining("metrics[0].value") });
  });

  it("text where a number is due is 400 and names the metric", async () => {
    const response = await admin("/api/v1/ingest", ingest('{"metrics":[{"name":"x","type":"gauge","value":"NaN"}]}'));
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toContain("metrics[0]");
  });

  it("a sample thousands of years or eleven minutes ahead is refused by its code, and the rest of the body is kept", async () => {
    const [later, near] = [Date.now() + 11 * 60_000, Date.now() + 9 * 60_000];
    const metrics = [8e15, later, near].map((timestamp, i) => ({ name: `ahead_${i}`, value: 1, timestamp }));
    const response = await admin("/api/v1/ingest", ingest(JSON.stringify({ metrics })));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 0, code: "timestamp_out_of_range" },
        { index: 1, code: "too_new", message: expect.stringContaining("10 min") },
      ],
    });
  });

  it("a label set over a limit is refused by its place, and the rest of the body is kept, however long the body is", async () => {
    const labels = [
      Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`l${i}`, "v"])),
      { path: "v".repeat(1025) },
      { ["n".repeat(129)]: "v" },
    ];
    const many = Array.from({ length: 2000 }, (_, i) => ({ name: "limits_more", value: 1, labels: { i: String(i), pad: "p".repeat(40) } }));
    for (const more of [[], many]) {
      const metrics = [...labels.map((one) => ({ name: "limits_bad", value: 1, labels: one })), { name: "limits_good", value: 1 }, ...more];
      const response = await admin("/api/v1/ingest", ingest(JSON.stringify({ metrics })));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        accepted: 1 + more.length,
        rejected: [
          { index: 0, code: "too_many_labels" },
          { index: 1, code: "label_value_too_long" },
          { index: 2, code: "label_name_too_long" },
        ],
      });
    }
    expect(await (await admin("/api/v1/series?match[]=limits_good")).json()).toMatchObject({ data: [{ __name__: "limits_good" }] });
  });

  it("a body of 100 MB is 413, and what is still coming is forgotten, so that the answer arrives", async () => {
    const megabyte = new Uint8Array(1_048_576);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++sent > 100) controller.close();
        else controller.enqueue(megabyte);
      },
    });
    const response = await admin("/api/v1/ingest", { ...ingest(body), duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({ code: "too_large", detail: expect.stringContaining("8 MB") });
    expect(sent).toBe(101);
  });

  it("a gzip bomb is 413, and the next request is served", async () => {
    const bomb = await gzipBomb();
    const response = await admin("/api/v1/ingest", ingest(bomb, { "content-encoding": "gzip" }));
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({ code: "too_large", detail: expect.stringContaining("32 MB") });
    expect((await send("/healthz")).status).toBe(200);
  });

  it("bytes that are not gzip though they say so are 400", async () => {
    const response = await admin("/api/v1/ingest", ingest("plain", { "content-encoding": "gzip" }));
    expect(await problemOf(response)).toMatchObject({ status: 400, code: "malformed" });
  });

  it("JSON is taken under the name that curl -d gives it", async () => {
    const body = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } };
    const taken = await admin("/v1/deploys", { ...body, body: JSON.stringify({ service: "shop", version: "1.4.2" }) });
    expect([taken.status, await taken.text()]).toEqual([201, expect.stringContaining("1.4.2")]);
    const form = await admin("/v1/deploys", { ...body, body: "service=shop&version=1.4.2" });
    expect([form.status, await form.json()]).toEqual([400, expect.objectContaining({ code: "malformed_json" })]);
  });

  it("bytes that are not UTF-8 are refused with their place, in bodies and in parameters; U+FFFD itself is a character", async () => {
    const latin = (body: string): RequestInit => ({ method: "PUT", body: Buffer.from(body, "latin1") });
    const rules = await admin("/v1/rules", latin("groups:\n- name: caf\u00e9\n  rules: []\n"));
    expect(await problemOf(rules)).toMatchObject({ status: 400, code: "malformed", detail: expect.stringContaining("byte 20 is 0xe9") });
    expect((await admin("/v1/rules", { method: "PUT", body: "groups:\n- name: '\uFFFD'\n  rules: []\n" })).status).toBe(200);
    for (const [path, request] of [
      ["/api/v1/query?query=%22caf%e9%22", {}],
      ["/api/v1/query", { method: "POST", body: "query=%22caf%e9%22", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ] as const) {
      const answer = await admin(path, request);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("%e9, which is not UTF-8")]);
    }
    expect((await admin("/api/v1/query?query=%22caf%c3%a9%22")).status).toBe(200);
  });

  it("an encoding nobody announced is 415", async () => {
    expect((await admin("/api/v1/ingest", ingest("{}", { "content-encoding": "br" }))).status).toBe(415);
    expect((await admin("/v1/tokens", { method: "POST", headers: { "content-type": "text/csv" }, body: "a,b" })).status).toBe(415);
  });

  it("a body of the wrong shape is 400 and names every wrong field", async () => {
    const response = await admin("/v1/tokens", ingest('{"name":"","role":"king"}'));
    const { detail, status } = await problemOf(response);
    expect(status).toBe(400);
    expect(detail).toContain("name:");
    expect(detail).toContain("role:");
  });

  it("every answer has a request id and forbids sniffing", async () => {
    const response = await send("/healthz");
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]+$/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("another origin's preflight gets no permission unless it is on the list", async () => {
    const response = await send("/v1/alerts", { method: "OPTIONS", headers: { origin: "https://elsewhere.test" } });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

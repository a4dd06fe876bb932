import { LANGUAGE_VERSION } from "@sightline/shared/promql/language-version";
import { beforeAll, describe, expect, it } from "vitest";
import { type Send, json, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();

beforeAll(async () => {
  call = sendAs(await tokenOf("promql", "editor"));
  const metrics = [{ name: "shop_orders", type: "gauge", labels: { region: "eu" }, value: 42, timestamp: now }];
  const response = await call("/api/v1/ingest", json("POST", { metrics }));
  expect(await response.json()).toEqual({ accepted: 1, rejected: [] });
});

it("a metric that is kept under another name than it gave is told so", async () => {
  const metrics = [
    { name: "signups", type: "counter", delta: 1 },
    { name: "plain", value: 1 },
    { name: "took_ms", type: "timer", unit: "ms", observations: [5] },
  ];
  expect(await (await call("/api/v1/ingest", json("POST", { metrics }))).json()).toEqual({
    accepted: 3,
    rejected: [],
    renamed: [
      { index: 0, name: "signups_total" },
      { index: 2, name: "took_seconds" },
    ],
  });
});

it("status and own metrics tell samples that were refused from those worth a note", async () => {
  for (const timestamp of [now, now - 1000, now - 3_600_000]) {
    await call("/api/v1/ingest", json("POST", { metrics: [{ name: "noted_once", value: 1, timestamp }] }));
  }
  const metrics = await (await call("/metrics")).text();
  expect(metrics).toMatch(/sightline_shard_rejected_samples_total\{shard="0",code="too_old"\} 1\n/);
  expect(metrics).toMatch(/sightline_shard_noted_samples_total\{shard="0",note="out_of_order"\} 1\n/);
  expect(metrics).not.toContain('code="out_of_order"');
  const status = await (await call("/v1/status")).json<{ readonly shards: readonly unknown[] }>();
  expect(status.shards[0]).toMatchObject({ rejected: { too_old: 1 }, noted: { out_of_order: 1 } });
});

const error = async (response: Response): Promise<string> => (await response.json<{ readonly error: string }>()).error;
const result = async (
  response: Response,
): Promise<readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[]> =>
  (await response.json<{ readonly data: { readonly result: [] } }>()).data.result;

describe("the Prometheus HTTP API", () => {
  it("an ingested sample is there for an instant query, by GET and by POST", async () => {
    for (const response of [
      await call(`/api/v1/query?query=shop_orders&time=${now / 1000}`),
      await call("/api/v1/query", { method: "POST", body: new URLSearchParams({ query: "shop_orders", time: String(now / 1000) }) }),
    ]) {
      expect(response.status).toBe(200);
      expect(await result(response)).toEqual([{ metric: { __name__: "shop_orders", region: "eu" }, value: [expect.any(Number), "42"] }]);
    }
  });

  it("a time that is none is refused in Prometheus's words", async () => {
    const response = await call("/api/v1/query?query=up&time=yesterday");
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      status: "error",
      errorType: "bad_data",
      error: `invalid parameter "time": invalid time value for 'time': cannot parse "yesterday" to a valid timestamp`,
    });
  });

  it("a range is checked for order, step and resolution", async () => {
    expect(await error(await call("/api/v1/query_range?query=up&start=10&end=5&step=1"))).toBe(
      'invalid parameter "end": end timestamp must not be before start time',
    );
    expect(await error(await call("/api/v1/query_range?query=up&start=0&end=5&step=0"))).toContain(
      "zero or negative query resolution step widths are not accepted",
    );
    expect(await error(await call("/api/v1/query_range?query=up&start=0&end=11001&step=1s"))).toContain(
      "exceeded maximum resolution of 11,000 points per timeseries",
    );
    const longest = await call("/api/v1/query_range?query=vector(1)&start=0&end=11000.5&step=1s");
    const { data } = await longest.json<{ readonly data: { readonly result: { readonly values: unknown[] }[] } }>();
    expect(data.result[0]?.values).toHaveLength(11_001);
    expect(await error(await call("/api/v1/query_range?query=up&start=0&end=10"))).toBe(
      'invalid parameter "step": cannot parse "" to a valid duration',
    );
    expect((await call("/api/v1/query_range?query=shop_orders&start=2026-01-01T00:00:00Z&end=2026-01-01T01:00:00Z&step=1m")).status).toBe(
      200,
    );
  });

  it("a long answer is packed for clients that take gzip, and only for them", async () => {
    const path = `/api/v1/query_range?query=vector(time())&start=${now / 1000 - 3600}&end=${now / 1000}&step=2`;
    const plain = await call(path, { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBe(null);
    const packed = await call(path, { headers: { "accept-encoding": "gzip" } });
    expect([packed.headers.get("content-encoding"), packed.headers.get("vary")]).toEqual(["gzip", "accept-encoding"]);
    const bytes = new Uint8Array(await packed.arrayBuffer());
    const text = await (
      bytes[0] === 0x1f ? new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))) : new Response(bytes)
    ).text();
    expect(text).toBe(await plain.text());
    expect((await call("/api/v1/query?query=1", { headers: { "accept-encoding": "gzip" } })).headers.get("content-encoding")).toBe(null);
  });

  it("a timeout of nothing is one, as in Prometheus, however short the query", async () => {
    for (const timeout of ["0", "-1", "0s"]) {
      const response = await call(`/api/v1/query?query=1&timeout=${timeout}`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        errorType: "timeout",
        error: expect.stringContaining("query timed out in expression evaluation: the limit is"),
      });
    }
    expect((await call("/api/v1/query?query=1%2B&timeout=0")).status).toBe(400);
  });

  it("statistics are told when asked for", async () => {
    const response = await call(`/api/v1/query?query=shop_orders&time=${now / 1000}&stats=all`);
    expect((await response.json<{ readonly data: unknown }>()).data).toMatchObject({
      stats: { samples: { totalQueryableSamples: 1, peakSamples: 1 }, timings: { execQueueTime: 0 } },
    });
  });

  it("a row of thousands of operations is evaluated, and not told level by level", async () => {
    const ask = async (
      route: string,
      query: string,
    ): Promise<{ readonly status: string; readonly error?: string; readonly data?: unknown }> =>
      await (await call(`/api/v1/${route}`, { method: "POST", body: new URLSearchParams({ query }) })).json();
    const row = Array.from({ length: 5000 }, () => "1").join(" + ");
    expect(await ask("query", row)).toMatchObject({
      status: "success",
      data: { resultType: "scalar", result: [expect.anything(), "5000"] },
    });
    const union = Array.from({ length: 2000 }, (_, i) => `up{a="${i % 7}"}`).join(" or ");
    expect(await ask("query", union)).toMatchObject({ status: "success" });
    expect(await ask("query_range", row)).toMatchObject({ status: "error" });
    for (const route of ["format_query", "parse_query"]) {
      expect(await ask(route, row)).toMatchObject({ status: "error", error: expect.stringContaining("the limit maxTreeDepth is 1000") });
      expect(await ask(route, row.slice(0, 3997))).toMatchObject({ status: "success" });
    }
  });

  it("an expression is printed and parsed without touching data, and its faults are told in Prometheus's words", async () => {
    const query = new URLSearchParams({ query: "sum(rate(x[90s]))by(job)" });
    const data = async (response: Response): Promise<unknown> => (await response.json<{ readonly data: unknown }>()).data;
    for (const request of [call(`/api/v1/format_query?${query.toString()}`), call("/api/v1/format_query", { method: "POST", body: query })])
      expect(await data(await request)).toBe("sum by (job) (rate(x[1m30s]))");
    expect(await data(await call(`/api/v1/parse_query?${query.toString()}`))).toMatchObject({
      type: "aggregation",
      op: "sum",
      grouping: ["job"],
    });
    for (const route of ["query", "format_query", "parse_query"])
      expect(await error(await call(`/api/v1/${route}?query=sum(`))).toBe(
        'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
      );
  });

  it("series needs a selector", async () => {
    expect(await error(await call("/api/v1/series"))).toBe("no match[] parameter provided");
    const refused = async (route: string, selector: string): Promise<string> =>
      error(await call(`/api/v1/${route}?match[]=${encodeURIComponent(selector)}`));
    for (const [selector, message] of [
      ["{", "1:2: parse error: unexpected end of input inside braces"],
      ["", "1:1: parse error: unexpected end of input"],
      ["{}", "match[] must contain at least one non-empty matcher"],
      ['{a=~".*"}', "match[] must contain at least one non-empty matcher"],
      ["up[5m]", '1:3: parse error: unexpected "["'],
      ["rate(up[5m])", '1:5: parse error: unexpected "("'],
      ["up offset 5m", "1:4: parse error: unexpected <offset>"],
    ] as const) {
      expect(await refused("series", selector)).toBe(`invalid parameter "match[]": ${message}`);
      expect(await refused("labels", selector)).toBe(message);
      expect(await refused("label/job/values", selector)).toBe(message);
    }
    const response = await call("/api/v1/series?match[]=shop_orders");
    expect(await response.json()).toEqual({ status: "success", data: [{ __name__: "shop_orders", region: "eu" }] });
  });

  it("a time that ends before it begins has no series, labels and values; exemplars are refused", async () => {
    for (const path of ["series?match[]=shop_orders", "labels?limit=9", "label/region/values?limit=9"])
      expect(await (await call(`/api/v1/${path}&start=5&end=1`)).json()).toEqual({ status: "success", data: [] });
    expect(await error(await call("/api/v1/query_exemplars?query=up&start=5&end=1"))).toBe(
      "end timestamp must not be before start timestamp",
    );
  });

  it("labels and their values are listed", async () => {
    const values = (await (await call("/api/v1/label/__name__/values")).json()) as { readonly data: readonly string[] };
    expect(values.data).toContain("shop_orders");
    expect(await (await call("/api/v1/label/not-a-label/values")).json()).toEqual({ status: "success", data: [] });
  });

  it("rules, alerts and buildinfo have the shapes Grafana reads", async () => {
    const rules = (await (await call("/api/v1/rules")).json()) as {
      readonly data: { readonly groups: readonly { readonly rules: readonly { readonly type: string }[] }[] };
    };
    expect(rules.data.groups[0]?.rules[0]?.type).toBe("alerting");
    expect(await (await call("/api/v1/alerts")).json()).toMatchObject({ status: "success", data: { alerts: expect.any(Array) } });
    expect(await (await call("/api/v1/status/buildinfo")).json()).toMatchObject({
      data: { version: LANGUAGE_VERSION },
    });
  });
});

describe("the routes under /v1", () => {
  it("the description names every route that answers", async () => {
    const document = (await (await call("/v1/openapi.json")).json()) as { readonly paths: Record<string, unknown> };
    for (const path of ["/v1/alerts/{id}/ack", "/v1/tokens", "/api/v1/ingest", "/api/v1/query", "/v1/snapshot", "/v1/live"]) {
      expect(Object.keys(document.paths)).toContain(path);
    }
    const docs = await call("/docs");
    expect(docs.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await docs.text()).toContain("/v1/silences");
  });

  it("a snapshot of a quiet project is healthy and complete", async () => {
    const snapshot = await (await call("/v1/snapshot")).json();
    expect(snapshot).toMatchObject({ health: { status: "ok", score: 100, reasons: [] }, alerts: [], slos: [], services: [] });
  });

  it("own metrics are Prometheus text", async () => {
    const text = await (await call("/metrics")).text();
    expect(text).toContain("# TYPE sightline_http_requests_total counter");
    expect(text).toMatch(/sightline_shard_series\{shard="0"\} \d+/);
  });

  it("an SLO is stored, listed and deleted", async () => {
    const slo = {
      name: "Orders",
      kind: "availability",
      good: 'http_ok{code="200"}',
      total: "http_all",
      objective: 0.99,
      windowMs: 30 * 86_400_000,
    };
    expect((await call("/v1/slos/orders", json("PUT", slo))).status).toBe(200);
    expect((await call("/v1/slos/orders", json("PUT", { ...slo, good: "sum(http_ok)" }))).status).toBe(400);
    expect((await call("/v1/slos/orders", json("PUT", { ...slo, kind: "latency" }))).status).toBe(400);
    const listed = (await (await call("/v1/slos")).json()) as { readonly slos: readonly { readonly slo: { readonly id: string } }[] };
    expect(listed.slos.map((status) => status.slo.id)).toEqual(["orders"]);
    expect((await call("/v1/slos/orders", { method: "DELETE" })).status).toBe(204);
    expect((await call("/v1/slos/orders", { method: "DELETE" })).status).toBe(404);
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { type Send, json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
let ingestOnly: Send;
const now = Date.now();

beforeAll(async () => {
  call = sendAs(await tokenOf("export", "editor"));
  ingestOnly = sendAs(await tokenOf("export", "ingest"));
  const metrics = [
    { name: "shop_orders", type: "gauge", labels: { region: "eu" }, value: 42.5, timestamp: now },
    { name: "shop_orders", type: "gauge", labels: { region: "us" }, value: 1e7, timestamp: now },
  ];
  await call("/api/v1/ingest", json("POST", { metrics }));
});

const EU = encodeURIComponent('shop_orders{region="eu"}');

describe("GET /v1/export", () => {
  it("gives what was stored, in four formats", async () => {
    for (const [format, type, text] of [
      ["prometheus", "text/plain", `# TYPE shop_orders gauge\nshop_orders{region="eu"} 42.5 ${now}\n`],
      [
        "json",
        "application/stream+json",
        `{"metric":{"__name__":"shop_orders","region":"eu"},"timestamps":[${now}],"values":[42.5],"metadata":{"type":"gauge","unit":"","help":""}}\n`,
      ],
      ["csv", "text/csv", `name,labels,timestamp,value\nshop_orders,"{""region"":""eu""}",${now},42.5\n`],
      ["influx", "text/plain", `shop_orders,region=eu value=42.5 ${now}\n`],
    ] as const) {
      const response = await call(`/v1/export?format=${format}&match[]=${EU}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain(type);
      expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="sightline-export\.\w+"$/);
      expect(await response.text()).toBe(text);
    }
  });

  it("a union of selectors, a time range and a limit", async () => {
    const lines = async (query: string): Promise<number> =>
      (await (await call(`/v1/export?format=csv&${query}`)).text()).trim().split("\n").length - 1;
    expect(await lines(`match[]=${EU}&query=${encodeURIComponent('shop_orders{region="us"}')}`)).toBe(2);
    expect(await lines("match[]=shop_orders&limit=1")).toBe(1);
    expect(await lines(`match[]=shop_orders&end=${now - 1}`)).toBe(0);
    expect(await lines(`match[]=shop_orders&start=${now}&end=${now}`)).toBe(2);
  });

  it("is packed when the client takes gzip", async () => {
    const response = await call("/v1/export?format=csv&match[]=shop_orders", { headers: { "accept-encoding": "gzip, br" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
  });

  it("refuses in words before the stream begins", async () => {
    for (const query of [
      "",
      "match[]=sum(up)",
      "match[]=up&format=xml",
      "match[]=up&start=5&end=4",
      "match[]=up&colour=red",
      "match[]={}",
    ]) {
      const response = await call(`/v1/export?${query}`);
      expect(response.status, query).toBe(400);
      expect((await problemOf(response)).detail.length).toBeGreaterThan(20);
    }
    expect((await ingestOnly("/v1/export?match[]=up")).status).toBe(403);
  });

  it("is in the description", async () => {
    const { paths } = await (await call("/v1/openapi.json")).json<{ readonly paths: Record<string, unknown> }>();
    expect(paths["/v1/export"]).toBeDefined();
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { ProtobufReader } from "../../worker/src/ingest/protobuf-reader.ts";
import { decompressSnappy } from "../../worker/src/ingest/snappy.ts";
import { readRequest } from "../support/read-request.ts";
import { type Send, json, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();
const NAMED = ["__name__", "shop_orders"] as const;

beforeAll(async () => {
  call = sendAs(await tokenOf("interop", "editor"));
  const metrics = [
    { name: "shop_orders", type: "gauge", help: "Open orders", labels: { region: "eu" }, value: 41, timestamp: now - 1000 },
    { name: "shop_orders", type: "gauge", help: "Open orders", labels: { region: "eu" }, value: 42, timestamp: now },
    { name: "shop_orders", type: "gauge", help: "Open orders", labels: { region: "us", instance: "b:1" }, value: 1e-7, timestamp: now },
  ];
  await call("/api/v1/ingest", json("POST", { metrics }));
});

const data = async <T>(path: string): Promise<T> => (await (await call(path)).json<{ readonly data: T }>()).data;

/** Label pairs and samples of every series of a ReadResponse. */
function readSeries(body: Uint8Array): { readonly labels: string; readonly samples: readonly (readonly [number, number])[] }[] {
  const all: { labels: string; samples: [number, number][] }[] = [];
  const response = new ProtobufReader(body);
  while (response.next()) {
    const result = response.message();
    while (result.next()) {
      const series = result.message();
      const one: { labels: string; samples: [number, number][] } = { labels: "", samples: [] };
      while (series.next()) {
        const inner = series.message();
        const isLabel = series.field === 1;
        const texts: string[] = [];
        let value = NaN;
        let t = 0;
        while (inner.next()) {
          if (isLabel) texts.push(inner.string());
          else if (inner.field === 1) value = inner.double();
          else t = inner.int();
        }
        if (isLabel) one.labels += `${texts.join("=")};`;
        else one.samples.push([t, value]);
      }
      all.push(one);
    }
  }
  return all;
}

describe("what other Prometheus servers ask", () => {
  it("federation gives the newest samples with their times, and an empty instance where there is none", async () => {
    const response = await call(`/federate?match[]=${encodeURIComponent('{__name__="shop_orders"}')}`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect((await response.text()).split("\n").sort()).toEqual([
      "",
      "# TYPE shop_orders untyped",
      `shop_orders{instance="",region="eu"} 42 ${now}`,
      `shop_orders{instance="b:1",region="us"} 1e-07 ${now}`,
    ]);
    const nothing = await call("/federate");
    expect([nothing.status, await nothing.text()]).toEqual([200, ""]);
  });

  it("remote read gives raw samples", async () => {
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
    const body = readRequest(NAMED, now - 60_000, now);
    const response = await call("/api/v1/read", { method: "POST", headers, body });
    expect(response.headers.get("content-encoding")).toBe("snappy");
    const unpacked = decompressSnappy(new Uint8Array(await response.arrayBuffer()), 1_000_000);
    if (!unpacked.ok) throw new Error(unpacked.error.message);
    // In the order of labels; it came in the other.
    expect(readSeries(unpacked.value)).toEqual([
      { labels: "__name__=shop_orders;instance=b:1;region=us;", samples: [[now, 1e-7]] },
      {
        labels: "__name__=shop_orders;region=eu;",
        samples: [
          [now - 1000, 41],
          [now, 42],
        ],
      },
    ]);
  });

  it("remote read names a series once, whatever days its samples are of", async () => {
    const send = sendAs(await tokenOf("interop-days", "editor"));
    const times = [now - 86_400_000, now - 1000, now];
    for (const timestamp of times)
      await send("/api/v1/ingest", json("POST", { metrics: [{ name: "shop_orders", type: "gauge", labels: {}, value: 1, timestamp }] }));
    const response = await send("/api/v1/read", { method: "POST", body: readRequest(NAMED, now - 2 * 86_400_000, now) });
    const unpacked = decompressSnappy(new Uint8Array(await response.arrayBuffer()), 1_000_000);
    if (!unpacked.ok) throw new Error(unpacked.error.message);
    expect(readSeries(unpacked.value)).toEqual([{ labels: "__name__=shop_orders;", samples: times.map((t) => [t, 1]) }]);
  });

  it("remote read may ask for all series, and takes its bytes whatever they are called", async () => {
    const all = [null, ["__name__", ".*", 2], ["job", ""]] as const;
    for (const matched of all)
      for (const headers of [{ "content-type": "application/x-www-form-urlencoded" }, { "content-encoding": "snappy" }]) {
        const both = { "content-type": "application/x-www-form-urlencoded", ...headers };
        const response = await call("/api/v1/read", { method: "POST", headers: both, body: readRequest(matched, now - 60_000, now) });
        const unpacked = decompressSnappy(new Uint8Array(await response.arrayBuffer()), 1_000_000);
        expect(unpacked.ok ? readSeries(unpacked.value).length : unpacked.error.message).toBeGreaterThanOrEqual(2);
      }
  });

  it("a reader that takes only answers nobody knows is told so; others get samples", async () => {
    const read = (types: readonly number[]): Promise<Response> =>
      call("/api/v1/read", { method: "POST", body: readRequest(NAMED, now - 60_000, now, types) });
    for (const types of [[], [0], [0, 1], [7, 0]]) expect((await read(types)).headers.get("content-type")).toBe("application/x-protobuf");
    const refused = await read([7, 9]);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(
      "server does not support any of the requested response types: [7 9]; supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]",
    );
  });

  it("a reader that names chunks first gets them, series by series", async () => {
    for (const types of [[1], [1, 0], [7, 1, 0]]) {
      const response = await call("/api/v1/read", { method: "POST", body: readRequest(NAMED, now - 60_000, now, types) });
      expect(response.headers.get("content-type")).toBe("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Two short frames of one series each: a length, a checksum, a message.
      const first = 5 + (bytes[0] ?? 0);
      expect(bytes.length).toBe(first + 5 + (bytes[first] ?? 0));
    }
    const nothing = await call("/api/v1/read", { method: "POST", body: readRequest(["job", "none"], now - 60_000, now, [1]) });
    expect([nothing.status, (await nothing.arrayBuffer()).byteLength]).toEqual([200, 0]);
  });

  it("a read request that is none is refused", async () => {
    const response = await call("/api/v1/read", { method: "POST", body: storedSnappy(Uint8Array.from([255, 255])) });
    expect([response.status, (await response.json<{ readonly errorType: string }>()).errorType]).toEqual([400, "bad_data"]);
  });

  it("status pages answer in Prometheus's shape", async () => {
    expect(await data("/api/v1/status/tsdb")).toMatchObject({
      headStats: { numSeries: 2 },
      seriesCountByMetricName: [{ name: "shop_orders", value: 2 }],
      seriesCountByLabelValuePair: expect.arrayContaining([{ name: "region=eu", value: 1 }]),
    });
    expect(await data("/api/v1/status/flags")).toMatchObject({ "query.lookback-delta": "5m" });
    expect(await data("/api/v1/status/config")).toHaveProperty("yaml");
    expect(await data("/api/v1/status/runtimeinfo")).toMatchObject({ reloadConfigSuccess: true });
    expect(await data("/api/v1/alertmanagers")).toEqual({ activeAlertmanagers: [], droppedAlertmanagers: [] });
    expect(await data("/api/v1/targets")).toMatchObject({ droppedTargets: [] });
    expect(await data("/api/v1/targets/metadata?metric=shop_orders")).toEqual([
      { target: {}, type: "gauge", unit: "", help: "Open orders" },
    ]);
    const matching = (selector: string) => `/api/v1/targets/metadata?metric=shop_orders&match_target=${encodeURIComponent(selector)}`;
    expect(await data(matching('{job="shop"}'))).toEqual([]);
    expect(await data(matching('{job=""}'))).toHaveLength(1);
    expect(await (await call(matching("{a="))).json()).toMatchObject({
      errorType: "bad_data",
      error: 'invalid parameter "match_target": 1:4: parse error: unexpected end of input inside braces',
    });
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { gauge, metric, numberPoint, request, sum } from "../ingest/otlp-message.ts";
import { message, text, varint } from "../ingest/protobuf-writer.ts";
import { type Send, json, send, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;
const now = Date.now();
const resource = { "service.name": "shop", "service.instance.id": "i-1", "os.type": "linux" };

beforeAll(async () => {
  call = sendAs(await tokenOf("otlp", "editor"));
});

const protobuf = (bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/x-protobuf", ...headers },
  body: Uint8Array.from(bytes),
});

const bytesOf = async (response: Response): Promise<number[]> => [...new Uint8Array(await response.arrayBuffer())];

async function resultOf(
  query: string,
): Promise<{ readonly metric: Record<string, string>; readonly value: readonly [number, string] } | undefined> {
  const response = await call(`/api/v1/query?query=${encodeURIComponent(query)}&time=${now / 1000}`);
  const { data } = await response.json<{
    readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[] };
  }>();
  return data.result[0];
}

describe("OTLP over HTTP", () => {
  it("protobuf, gzipped, is queryable with its type and unit", async () => {
    const bytes = request(resource, metric("process.memory.usage", "By", gauge(numberPoint(now, 1024)), "Memory in use."));
    const zipped = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream("gzip"));
    const response = await call(
      "/v1/metrics",
      protobuf(new Uint8Array(await new Response(zipped).arrayBuffer()), { "content-encoding": "gzip" }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    expect(await bytesOf(response)).toEqual([]);
    expect(await resultOf("process_memory_usage_bytes")).toMatchObject({
      metric: { job: "shop", instance: "i-1", service_name: "shop", otel_scope_name: "shop.meter" },
      value: [expect.any(Number), "1024"],
    });
    expect(await resultOf("target_info")).toMatchObject({ metric: { os_type: "linux" }, value: [expect.any(Number), "1"] });
    expect(await (await call("/api/v1/metadata?metric=process_memory_usage_bytes")).json()).toMatchObject({
      data: { process_memory_usage_bytes: [{ type: "gauge", unit: "bytes", help: "Memory in use." }] },
    });
  });

  it("differences add up to a counter, and one that is sent again adds nothing", async () => {
    for (const at of [now - 20_000, now - 10_000, now - 10_000, now, now]) {
      expect((await call("/v1/metrics", protobuf(request(resource, metric("clicks", "", sum(1, true, numberPoint(at, 2))))))).status).toBe(
        200,
      );
    }
    expect((await resultOf("clicks_total"))?.value[1]).toBe("6");
  });

  it("a difference that came late and is sent again adds nothing either, whatever stands around it", async () => {
    const late = now - 25_000;
    for (const at of [now - 20_000, late, late, now - 30_000, now - 30_000, now - 10_000, late]) {
      const points = [metric("taps", "", sum(1, true, numberPoint(at, 100)))];
      expect((await call("/v1/metrics", protobuf(request(resource, ...points)))).status).toBe(200);
    }
    expect((await resultOf("taps_total"))?.value[1]).toBe("400");
    // What it leaves at its own time is no count of its own, and no counter reset.
    expect((await resultOf("resets(taps_total[1m])"))?.value[1]).toBe("0");
  });

  it("a point without a recorded value ends its series: nothing is there now, and it is no sample", async () => {
    const at = (t: number, value: number, ...more: Parameters<typeof numberPoint>[2][]): Promise<Response> =>
      call("/v1/metrics", protobuf(request(resource, metric("os", "", gauge(numberPoint(t, value, ...more))))));
    expect((await at(now - 5000, 3)).status).toBe(200);
    expect((await resultOf("os"))?.value[1]).toBe("3");
    expect((await at(now, 0, [8, 0, varint(1)])).status).toBe(200);
    expect(await resultOf("os")).toBeUndefined();
    expect((await resultOf("count_over_time(os[1m])"))?.value[1]).toBe("1");
  });

  it("JSON is taken at Prometheus's path and answered in JSON", async () => {
    const dataPoints = [{ timeUnixNano: `${now}000000`, asDouble: 21.5 }];
    const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "room.temperature", unit: "Cel", gauge: { dataPoints } }] }] }] };
    const response = await call("/api/v1/otlp/v1/metrics", json("POST", body));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    expect((await resultOf("room_temperature_celsius"))?.value[1]).toBe("21.5");
  });

  it("points that can never be kept are a partial success", async () => {
    const old = now - 60 * 86_400_000;
    const mixed = request(
      {},
      metric("late", "", gauge(numberPoint(now, 1), numberPoint(old, 1))),
      metric("odd", "", sum(0, true, numberPoint(now, 1))),
    );
    const response = await call("/v1/metrics", protobuf(mixed));
    expect(response.status).toBe(200);
    const bytes = await bytesOf(response);
    expect(bytes[0]).toBe(0x0a);
    expect(bytes.slice(2, 4)).toEqual([0x08, 2]);
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toContain("2 data points were refused");
    const empty = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "x", gauge: { dataPoints: [{}] } }] }] }] };
    expect(await (await call("/v1/metrics", json("POST", empty))).json()).toEqual({
      partialSuccess: { rejectedDataPoints: "1", errorMessage: expect.stringContaining("x: it has no value") },
    });
  });

  it("refusals are a google.rpc.Status in the encoding of the request", async () => {
    const malformed = await call("/v1/metrics", protobuf(Uint8Array.of(0x0a, 0x7f)));
    expect(malformed.status).toBe(400);
    expect(malformed.headers.get("content-type")).toBe("application/x-protobuf");
    const sentence = "The body is not an ExportMetricsServiceRequest: field 1 runs past its message at byte 2. Nothing was kept.";
    expect(await bytesOf(malformed)).toEqual([...message([1, 0, varint(3)], text(2, sentence))]);
    const body = await call("/v1/metrics", { ...json("POST", {}), body: "{" });
    expect(body.status).toBe(400);
    expect(await body.json()).toEqual({ code: 3, message: expect.stringContaining("not JSON") });
    const type = await call("/v1/metrics", { method: "POST", headers: { "content-type": "text/plain" }, body: "x" });
    expect([type.status, await type.json()]).toEqual([415, { code: 3, message: expect.stringContaining("is not OTLP") }]);
    const anonymous = await send("/v1/metrics", json("POST", {}));
    expect([anonymous.status, await anonymous.json()]).toEqual([401, { code: 16, message: expect.any(String) }]);
    expect((await call("/v1/metrics")).status).toBe(405);
  });
});

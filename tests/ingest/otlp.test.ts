import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStale } from "@sightline/shared/model/sample";
import { decodeOtlpJson, decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { prometheusName } from "../../worker/src/ingest/otlp/metric-name.ts";
import type { OtlpBatch } from "../../worker/src/ingest/otlp/to-batch.ts";
import { attribute, fixed64, gauge, metric, numberPoint, packed, request, sum, timeOf } from "./otlp-message.ts";
import { type Field, double, message, text, varint, zigzag } from "./protobuf-writer.ts";

const T = 1_700_000_000_123;
const NOW = 1_800_000_000_000;
const SCOPE = { otel_scope_name: "shop.meter", otel_scope_version: "1.2" };

function decode(bytes: Uint8Array): OtlpBatch {
  const decoded = decodeOtlpProtobuf(bytes, NOW);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

const seriesOf = (batch: OtlpBatch) => batch.batch.series;
/** `name{le or quantile}` and value. */
const shown = (batch: OtlpBatch) =>
  seriesOf(batch).map(({ labels, values }) => [
    `${labels["__name__"] ?? ""} ${labels["le"] ?? labels["quantile"] ?? ""}`.trim(),
    values[0],
  ]);

describe("names in Prometheus", () => {
  it.each([
    ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds", "seconds"],
    ["shop.orders", "{order}", "counter", "shop_orders_total", ""],
    ["requests.total.count", "1", "counter", "requests_count_total", ""],
    ["system.cpu.utilization", "1", "gauge", "system_cpu_utilization_ratio", "ratio"],
    ["system.network.io", "By", "counter", "system_network_io_bytes_total", "bytes"],
    ["disk_bytes", "By", "gauge", "disk_bytes", "bytes"],
    ["throughput", "By/s", "gauge", "throughput_bytes_per_second", "bytes_per_second"],
    ["queue.rate", "{item}/s", "gauge", "queue_rate_per_second", "per_second"],
    ["jvm.memory", "MiBy", "other", "jvm_memory_mebibytes", "mebibytes"],
    ["a..b__c--d", "", "gauge", "a_b_c_d", ""],
    ["2xx.answers", "", "counter", "_2xx_answers_total", ""],
    ["odd", "widgets", "gauge", "odd_widgets", "widgets"],
  ] as const)("%s in %s", (name, unit, kind, expected, word) => {
    expect(prometheusName(name, unit, kind)).toEqual({ name: expected, unit: word });
  });

  it("nothing is left of a name without letters", () => {
    expect(prometheusName("...", "s", "gauge")).toBeNull();
  });
});

describe("OTLP metrics", () => {
  it("integers of an attribute keep all their digits: ids next to each other are two series", () => {
    const ids = [9_007_199_254_740_992n, 9_007_199_254_740_993n, -9_007_199_254_740_993n, 2n ** 63n - 1n, -(2n ** 63n), -5n];
    const keyed = (id: bigint): Field => [7, 2, message(text(1, "id"), [2, 2, message([3, 0, varint(BigInt.asUintN(64, id))])])];
    const batch = decode(request({}, metric("seen", "", gauge(...ids.map((id) => numberPoint(T, 1, keyed(id)))))));
    expect(seriesOf(batch).map(({ labels }) => labels["id"])).toEqual(ids.map(String));
    const points = ids.map((id) => ({ asDouble: 1, attributes: [{ key: "id", value: { intValue: String(id) } }] }));
    const json = decodeOtlpJson(
      { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "seen", gauge: { dataPoints: points } }] }] }] },
      NOW,
    );
    expect(json.ok && seriesOf(json.value).map(({ labels }) => labels["id"])).toEqual(ids.map(String));
  });

  it("the scope's schema is a label, too", () => {
    const schemaUrl = "https://opentelemetry.io/schemas/1.31.0";
    const own = message([1, 2, message(text(1, "meter"))], [2, 2, metric("seen", "", gauge(numberPoint(T, 1)))], text(3, schemaUrl));
    const batch = decode(message([1, 2, message([2, 2, own])]));
    expect(seriesOf(batch)[0]?.labels).toEqual({ __name__: "seen", otel_scope_name: "meter", otel_scope_schema_url: schemaUrl });
    const scope = { scope: { name: "meter" }, schemaUrl, metrics: [{ name: "seen", gauge: { dataPoints: [{ asDouble: 1 }] } }] };
    const json = decodeOtlpJson({ resourceMetrics: [{ scopeMetrics: [scope] }] }, NOW);
    expect(json.ok && seriesOf(json.value)[0]?.labels["otel_scope_schema_url"]).toBe(schemaUrl);
  });

  it("a gauge has its time, unit, help and the labels of point, scope and resource", () => {
    const resource = {
      "service.name": "shop",
      "service.namespace": "prod",
      "service.instance.id": "i-1",
      "service.version": "4.2",
      "host.name": "web-1",
      "deployment.environment": "live",
      "os.type": "linux",
    };
    const batch = decode(
      request(resource, metric("process.memory.usage", "By", gauge(numberPoint(T, 5, attribute(7, "pool-name", "old"))), "Memory in use.")),
    );
    const promoted = { service_name: "shop", service_version: "4.2", host_name: "web-1", deployment_environment_name: "live" };
    const target = { job: "prod/shop", instance: "i-1" };
    expect(seriesOf(batch)).toEqual([
      {
        labels: { __name__: "process_memory_usage_bytes", pool_name: "old", ...promoted, ...target, ...SCOPE },
        metadata: { type: "gauge", unit: "bytes", help: "Memory in use." },
        temporality: "cumulative",
        timestamps: Float64Array.of(T),
        values: Float64Array.of(5),
      },
      expect.objectContaining({
        labels: {
          __name__: "target_info",
          ...target,
          service_version: "4.2",
          host_name: "web-1",
          deployment_environment: "live",
          os_type: "linux",
        },
        timestamps: Float64Array.of(T),
        values: Float64Array.of(1),
      }),
    ]);
    expect(batch).toMatchObject({ points: 1, rejectedPoints: 0, pointOf: [0, -1] });
  });

  it("monotonic sums are counters, others gauges, and differences say so", () => {
    const asInt = message(timeOf(T), [6, 1, fixed64(-3)]);
    const batch = decode(
      request(
        {},
        metric("orders", "", sum(2, true, numberPoint(T, 7))),
        metric("clicks", "", sum(1, true, numberPoint(T, 2))),
        metric("balance", "", sum(2, false, [1, 2, asInt])),
      ),
    );
    expect(
      seriesOf(batch).map(({ labels, metadata, temporality, values }) => [labels["__name__"], metadata.type, temporality, values[0]]),
    ).toEqual([
      ["orders_total", "counter", "cumulative", 7],
      ["clicks_total", "counter", "delta", 2],
      ["balance", "gauge", "cumulative", -3],
    ]);
  });

  it("a difference of less than nothing of a sum that only grows is refused, and of one that may fall is taken", () => {
    const less = [1, 2, message(timeOf(T), [6, 1, fixed64(-3)])] as const;
    const batch = decode(request({}, metric("clicks", "", sum(1, true, less)), metric("balance", "", sum(1, false, less))));
    expect(seriesOf(batch).map(({ labels }) => labels["__name__"])).toEqual(["balance"]);
    expect(batch).toMatchObject({ rejectedPoints: 1, reason: "clicks: a sum that only grows has a difference of -3" });
  });

  it("bounds and quantiles are written as Prometheus writes them: never with an exponent", () => {
    const bounds = [8, 2, packed(...[1e-7, 0.5, 1e21].map(double))] as const;
    const point = message(timeOf(T), [4, 1, fixed64(4)], [6, 2, packed(...[1, 1, 1, 1].map(fixed64))], [7, 2, bounds[2]]);
    const [first, second, third] = seriesOf(decode(request({}, metric("took", "", [9, 2, message([1, 2, point], [2, 0, varint(2)])]))));
    expect([first, second, third].map((one) => one?.labels["le"])).toEqual(["0.0000001", "0.5", `1${"0".repeat(21)}`]);
    const quantile = message([1, 1, double(1e-7)], [2, 1, double(250)]);
    const [low] = seriesOf(decode(request({}, metric("rpc", "", [11, 2, message([1, 2, message(timeOf(T), [6, 2, quantile])])]))));
    expect(low?.labels["quantile"]).toBe("0.0000001");
  });

  it("attributes of a point come before what is promoted of the resource, and after what names its scope and target", () => {
    const named = (key: string): Field => attribute(7, key, "own");
    const point = numberPoint(T, 1, named("otel.scope.name"), named("otel_scope_version"), named("job"), named("host.name"));
    const batch = decode(request({ "service.name": "shop", "host.name": "web-1" }, metric("seen", "", gauge(point))));
    expect(seriesOf(batch)[0]?.labels).toMatchObject({ ...SCOPE, job: "shop", host_name: "own" });
  });

  it("a histogram is buckets that add up, sum and count", () => {
    const point = message(
      timeOf(T),
      [4, 1, fixed64(6)],
      [5, 1, double(18.5)],
      [6, 2, packed(fixed64(1), fixed64(2), fixed64(3))],
      [7, 2, packed(double(0.005), double(10))],
    );
    const batch = decode(request({}, metric("latency", "s", [9, 2, message([1, 2, point], [2, 0, varint(2)])])));
    expect(shown(batch)).toEqual([
      ["latency_seconds_bucket 0.005", 1],
      ["latency_seconds_bucket 10", 3],
      ["latency_seconds_bucket +Inf", 6],
      ["latency_seconds_sum", 18.5],
      ["latency_seconds_count", 6],
    ]);
    expect(seriesOf(batch)[0]?.metadata.type).toBe("histogram");
  });

  const exponential = (scale: number, ...fields: readonly Field[]) =>
    request(
      {},
      metric("latency", "s", [
        10,
        2,
        message([1, 2, message(timeOf(T), [4, 1, fixed64(9)], [5, 1, double(1)], [6, 0, zigzag(scale)], ...fields)], [2, 0, varint(2)]),
      ]),
    );
  const buckets = (offset: number, ...counts: readonly number[]) => message([1, 0, zigzag(offset)], [2, 2, packed(...counts.map(varint))]);

  it("an exponential histogram is a native one, buckets named by their upper bound", () => {
    const batch = decode(exponential(3, [7, 1, fixed64(2)], [8, 2, buckets(-2, 1, 0, 3)], [9, 2, buckets(4, 3)], [14, 1, double(0.001)]));
    expect(seriesOf(batch)[0]?.labels["__name__"]).toBe("latency_seconds");
    expect(seriesOf(batch)[0]?.histograms?.[0]).toEqual({
      schema: 3,
      count: 9,
      sum: 1,
      zeroThreshold: 0.001,
      zeroCount: 2,
      positiveSpans: [
        { offset: -1, length: 1 },
        { offset: 1, length: 1 },
      ],
      positiveBuckets: [1, 3],
      negativeSpans: [{ offset: 5, length: 1 }],
      negativeBuckets: [3],
      counterResetHint: "unknown",
    });
  });

  it("a finer scale than 8 is merged down to it", () => {
    const [series] = seriesOf(decode(exponential(10, [8, 2, buckets(-3, 1, 1, 1, 1, 1, 1, 1, 1, 1)])));
    expect(series?.histograms?.[0]).toMatchObject({
      schema: 8,
      zeroThreshold: 1e-128,
      // Indexes -3…-1, 0…3 and 4…5 at scale 10 are -1, 0 and 1 at scale 8.
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [3, 4, 2],
    });
  });

  it("a coarser scale than -4 is refused and told", () => {
    expect(decode(exponential(-5))).toMatchObject({ rejectedPoints: 1, points: 0, reason: "latency: its scale is -5, below -4" });
  });

  it("a summary is quantiles, sum and count", () => {
    const quantile = message([1, 1, double(0.99)], [2, 1, double(250)]);
    const point = message(timeOf(T), [4, 1, fixed64(3)], [5, 1, double(400)], [6, 2, quantile]);
    expect(shown(decode(request({}, metric("rpc", "ms", [11, 2, message([1, 2, point])]))))).toEqual([
      ["rpc_milliseconds 0.99", 250],
      ["rpc_milliseconds_sum", 400],
      ["rpc_milliseconds_count", 3],
    ]);
  });

  it("a point without a recorded value ends its series, but adds nothing to differences", () => {
    const ended = numberPoint(T, 0, [8, 0, varint(1)]);
    const [series] = seriesOf(decode(request({}, metric("temperature", "Cel", gauge(ended)))));
    expect(isStale(series?.values[0] ?? 0)).toBe(true);
    expect(decode(request({}, metric("clicks", "", sum(1, true, ended))))).toMatchObject({ batch: { series: [] }, rejectedPoints: 0 });
  });

  it("a point without a time is of now", () => {
    const [series] = seriesOf(decode(request({}, metric("m", "", gauge([1, 2, message([4, 1, double(1)])])))));
    expect(series?.timestamps[0]).toBe(NOW);
  });

  it("points that cannot be kept are counted and the others are kept", () => {
    const batch = decode(
      request(
        {},
        metric("ok", "", gauge(numberPoint(T, 1), numberPoint(T, 2, attribute(7, "long", "x".repeat(2000))))),
        metric("unclear", "", sum(0, true, numberPoint(T, 1))),
        metric("?", "", gauge(numberPoint(T, 1))),
        metric("nothing", "", gauge([1, 2, message(timeOf(T))])),
        metric("unending", "", sum(1, true, numberPoint(T, Infinity))),
      ),
    );
    expect(batch).toMatchObject({
      points: 1,
      rejectedPoints: 5,
      reason: expect.stringMatching(/^ok: the value of label "long" is longer/),
    });
    expect(shown(batch)).toEqual([["ok", 1]]);
  });

  it("attributes of one label name are joined in the order of their own names", () => {
    const point = numberPoint(T, 1, attribute(7, "a.b", "dot"), attribute(7, "a-b", "dash"), attribute(7, "__name__", "evil"));
    expect(seriesOf(decode(request({}, metric("m", "", gauge(point)))))[0]?.labels).toMatchObject({
      __name__: "m",
      a_b: "dash;dot",
      _name_: "evil",
    });
  });

  it("JSON says the same as protobuf", () => {
    const json = {
      resourceMetrics: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
          scopeMetrics: [
            {
              scope: { name: "shop.meter", version: "1.2" },
              metrics: [
                {
                  name: "orders",
                  unit: "{order}",
                  sum: {
                    aggregationTemporality: 2,
                    isMonotonic: true,
                    dataPoints: [
                      { timeUnixNano: "1700000000123000000", asInt: "7", attributes: [{ key: "paid", value: { boolValue: true } }] },
                    ],
                  },
                },
                {
                  name: "latency",
                  unit: "s",
                  exponentialHistogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        timeUnixNano: "1700000000123000000",
                        count: "3",
                        sum: 0.5,
                        scale: 2,
                        zeroCount: "1",
                        positive: { offset: 1, bucketCounts: ["2"] },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const paid = [7, 2, message([1, 2, new TextEncoder().encode("paid")], [2, 2, message([2, 0, varint(1)])])] as const;
    const point = message(timeOf(T), [6, 1, fixed64(7)], paid);
    const native = message(
      timeOf(T),
      [4, 1, fixed64(3)],
      [5, 1, double(0.5)],
      [6, 0, zigzag(2)],
      [7, 1, fixed64(1)],
      [8, 2, buckets(1, 2)],
    );
    const bytes = request(
      { "service.name": "shop" },
      metric("orders", "{order}", sum(2, true, [1, 2, point])),
      metric("latency", "s", [10, 2, message([1, 2, native], [2, 0, varint(1)])]),
    );
    expect(decodeOtlpJson(json, NOW)).toEqual({ ok: true, value: decode(bytes) });
  });

  it("a JSON body of another shape is told where", () => {
    expect(decodeOtlpJson({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 5 }] }] }] }, NOW)).toMatchObject({
      ok: false,
      error: { code: "malformed", message: expect.stringContaining("name is 5, not text") },
    });
  });

  it("attributes nested without end are refused, not followed", () => {
    let value = message([1, 2, new Uint8Array(0)]);
    for (let i = 0; i < 60; i++) value = message([5, 2, message([1, 2, value])]);
    const deep = [7, 2, message([1, 2, new TextEncoder().encode("a")], [2, 2, value])] as const;
    expect(decodeOtlpProtobuf(request({}, metric("m", "", gauge(numberPoint(T, 1, deep)))), NOW)).toMatchObject({
      error: { code: "malformed_protobuf" },
    });
  });

  it("more points than a request may hold are refused before they are kept", () => {
    const points = new Uint8Array(400_004);
    for (let i = 0; i < points.length; i += 2) points[i] = 0x0a;
    const bytes = request({}, message([5, 2, points]));
    expect(decodeOtlpProtobuf(bytes, NOW)).toMatchObject({ ok: false, error: { code: "too_many_points" } });
  });

  it("answers any bytes and any JSON with a batch or a refusal", () => {
    const whole = request({ "service.name": "x" }, metric("m", "s", gauge(numberPoint(T, 1, attribute(7, "a", "b")))));
    const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => whole.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const decoded = decodeOtlpProtobuf(bytes, NOW);
        if (!decoded.ok) expect(decoded.error.code).toBe("malformed_protobuf");
      }),
      { numRuns: 5_000 },
    );
    const key = fc.constantFrom(
      "resourceMetrics",
      "scopeMetrics",
      "metrics",
      "gauge",
      "sum",
      "dataPoints",
      "attributes",
      "value",
      "asInt",
      "name",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 8 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(key, tie("tree")),
        fc.array(tie("tree"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree), (body) => {
        const decoded = decodeOtlpJson(body, NOW);
        if (!decoded.ok) expect(decoded.error.code).toBe("malformed");
      }),
      { numRuns: 300 },
    );
  });
});

import { InfluxDB, Point, setLogger } from "@influxdata/influxdb-client";
import { ValueType } from "@opentelemetry/api";
import { OTLPMetricExporter as HttpExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instant, raw } from "../support/prometheus.ts";
import { collectdMissing, startCollectd } from "../support/real-collectd.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { Symbols, encodeRequest } from "./remote-write-2-encoder.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ args: ["--no-agent"] });
}, 90_000);

afterAll(async () => {
  await stack.stop();
  discard(stack);
}, 30_000);

interface Metadata {
  readonly data: Readonly<Record<string, readonly { readonly type: string; readonly unit: string; readonly help: string }[]>>;
}

const metadataOf = async (metric: string) => (await stack.json<Metadata>(`/api/v1/metadata?metric=${metric}`)).data[metric]?.[0];

/** Sends what one shop measures, twice, and waits until the exporter says that it arrived. */
async function sell(exporter: PushMetricExporter, service: string, exponential: boolean): Promise<void> {
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.namespace": "shop",
      "service.instance.id": "i-1",
      "cloud.region": "eu",
    }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: exponential ? [{ instrumentName: "checkout.duration", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }] : [],
  });
  const meter = provider.getMeter("shop.meter", "1.2.3");
  const orders = meter.createCounter("orders", { description: "Orders placed", unit: "{order}" });
  const queue = meter.createUpDownCounter("queue.length");
  const usage = meter.createObservableGauge("disk.usage", { unit: "1", description: "How full" });
  usage.addCallback((result) => result.observe(0.25, { "disk.name": "sda" }));
  const io = meter.createObservableCounter("disk.io", { unit: "By", valueType: ValueType.INT });
  io.addCallback((result) => result.observe(4096));
  const duration = meter.createHistogram("checkout.duration", { unit: "s", advice: { explicitBucketBoundaries: [0.1, 1, 10] } });
  for (const round of [1, 2]) {
    orders.add(3, { country: "de" });
    queue.add(round === 1 ? 5 : -2);
    for (const seconds of [0.05, 0.5, 5, 50]) duration.record(seconds);
    await provider.forceFlush();
  }
  await provider.shutdown();
}

const TARGET = (service: string) => `job="shop/${service}",instance="i-1"`;

describe("the OpenTelemetry SDK", () => {
  for (const [service, makeExporter] of [
    ["cumulative-proto", (options: object) => new ProtoExporter(options)],
    ["cumulative-json", (options: object) => new HttpExporter(options)],
    ["delta-proto", (options: object) => new ProtoExporter({ ...options, temporalityPreference: AggregationTemporality.DELTA })],
    ["delta-json", (options: object) => new HttpExporter({ ...options, temporalityPreference: AggregationTemporality.DELTA })],
  ] as const) {
    it(`sends ${service}, packed with gzip, under the names, units and types of the specification`, async () => {
      const url = `${stack.url}/v1/metrics`;
      const options = { url, headers: { authorization: `Bearer ${stack.token}` }, compression: "gzip" };
      await sell(makeExporter(options), service, false);
      const value = async (query: string): Promise<string | undefined> => (await instant(stack, query))[0]?.value[1];
      const target = TARGET(service);
      expect(await value(`orders_total{${target},country="de",otel_scope_name="shop.meter",otel_scope_version="1.2.3"}`)).toBe("6");
      expect(await value(`queue_length{${target}}`)).toBe("3");
      expect(await value(`disk_usage_ratio{${target},disk_name="sda"}`)).toBe("0.25");
      // An observed counter is what was observed, also where differences are sent.
      expect(await value(`disk_io_bytes_total{${target}}`)).toBe("4096");
      for (const [le, count] of [
        ["0.1", "2"],
        ["1", "4"],
        ["10", "6"],
        ["+Inf", "8"],
      ] as const) {
        expect(await value(`checkout_duration_seconds_bucket{${target},le="${le}"}`)).toBe(count);
      }
      expect(await value(`checkout_duration_seconds_count{${target}}`)).toBe("8");
      expect(Number(await value(`checkout_duration_seconds_sum{${target}}`))).toBeCloseTo(111.1, 9);
      expect(await value(`target_info{${target},cloud_region="eu"}`)).toBe("1");
      expect(await metadataOf("orders_total")).toMatchObject({ type: "counter", help: "Orders placed" });
      expect(await metadataOf("disk_usage_ratio")).toEqual({ type: "gauge", unit: "ratio", help: "How full" });
      expect(await metadataOf("disk_io_bytes_total")).toMatchObject({ type: "counter", unit: "bytes" });
      expect(await metadataOf("checkout_duration_seconds_bucket")).toMatchObject({ type: "histogram", unit: "seconds" });
    });
  }

  for (const temporality of [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA]) {
    it(`sends exponential histograms (${AggregationTemporality[temporality]}) that answer quantiles`, async () => {
      const service = `exponential-${temporality}`;
      const headers = { authorization: `Bearer ${stack.token}` };
      await sell(
        new ProtoExporter({ url: `${stack.url}/api/v1/otlp/v1/metrics`, headers, temporalityPreference: temporality }),
        service,
        true,
      );
      const [count] = await instant(stack, `histogram_count(checkout_duration_seconds{${TARGET(service)}})`);
      expect(count?.value[1]).toBe("8");
      const [quantile] = await instant(stack, `histogram_quantile(0.4, checkout_duration_seconds{${TARGET(service)}})`);
      expect(Number(quantile?.value[1])).toBeGreaterThan(0.45);
      expect(Number(quantile?.value[1])).toBeLessThan(0.55);
      expect(await metadataOf("checkout_duration_seconds")).toMatchObject({ type: "histogram", unit: "seconds" });
    });
  }

  it("takes a partial success for one: what can never be kept is not sent again", async () => {
    const exporter = new HttpExporter({ url: `${stack.url}/v1/metrics`, headers: { authorization: `Bearer ${stack.token}` } });
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
    const meter = provider.getMeter("m");
    meter.createGauge("fine").record(1);
    meter.createGauge("crowded").record(1, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`label${i}`, "x"])));
    await provider.forceFlush();
    await provider.shutdown();
    expect((await instant(stack, "fine")).length).toBe(1);
    expect((await instant(stack, "crowded")).length).toBe(0);
  });

  it("has instruments of every kind: none is forgotten here", () => {
    expect(Object.values(InstrumentType).sort()).toEqual([
      "COUNTER",
      "GAUGE",
      "HISTOGRAM",
      "OBSERVABLE_COUNTER",
      "OBSERVABLE_GAUGE",
      "OBSERVABLE_UP_DOWN_COUNTER",
      "UP_DOWN_COUNTER",
    ]);
  });
});

describe("the Influx client", () => {
  it("writes points through its batching, retrying writer, gzipped when they are many", async () => {
    const now = Date.now();
    const api = new InfluxDB({ url: stack.url, token: stack.token }).getWriteApi("org", "sensors", "ms", {
      gzipThreshold: 100,
      maxRetries: 0,
    });
    api.useDefaultTags({ site: "roof" });
    for (let i = 0; i < 100; i++) {
      api.writePoint(
        new Point("weather")
          .tag("city", "Köln, am Rhein = schön")
          .floatField("temperature", 20 + i / 8)
          .intField("humidity", 40 + i)
          .booleanField("raining", i % 2 === 0)
          .stringField("note", 'said "no"')
          .timestamp(now - 10_000 + i * 100),
      );
    }
    await api.close();
    const at = (now + 1) / 1000;
    const [series] = await raw(stack, 'weather_temperature{site="roof",city="Köln, am Rhein = schön"}[20s]', at);
    expect(series?.values.map(([, value]) => Number(value))).toEqual(Array.from({ length: 100 }, (_, i) => 20 + i / 8));
    expect((await instant(stack, "weather_humidity", at))[0]?.value[1]).toBe("139");
    expect((await instant(stack, "weather_raining", at))[0]?.value[1]).toBe("0");
    expect(await instant(stack, "weather_note", at)).toEqual([]);
  });

  it("hears in its own words what was wrong", async () => {
    // The client writes what failed to its log besides telling it.
    setLogger({ error: () => undefined, warn: () => undefined });
    const errors: string[] = [];
    const api = new InfluxDB({ url: stack.url, token: stack.token }).getWriteApi("org", "sensors", "ms", {
      maxRetries: 0,
      writeFailed: (error) => void errors.push(error.message),
    });
    api.writeRecord("weather temperature=");
    await api.close().catch(() => undefined);
    expect(errors).toEqual([expect.stringContaining("line 1")]);
  });
});

const noCollectd = collectdMissing();
if (noCollectd !== null) process.stdout.write(`a real collectd is not tested: ${noCollectd}\n`);

describe.skipIf(noCollectd !== null)("collectd", () => {
  it("sends line protocol, here carried from its datagrams to /write, of which no line is refused", async () => {
    const datagrams: string[] = [];
    const collectd = await startCollectd("box", (text) => void datagrams.push(text));
    try {
      await until(
        "collectd has measured this host twice",
        20_000,
        () => datagrams.filter((text) => text.includes("load,host=box")).length > 1,
      );
    } finally {
      await collectd.stop();
    }
    for (const body of datagrams) {
      const response = await stack.request("/write?db=collectd&precision=ms", { method: "POST", body });
      expect(response.status, await response.text()).toBe(204);
    }
    const [load] = await instant(stack, 'load_shortterm{host="box",db="collectd"}');
    expect(datagrams.at(-1) === undefined ? "" : datagrams.join("\n")).toContain(`shortterm=${Number(load?.value[1]).toFixed(6)}`);
    expect((await instant(stack, 'sum by (type) (cpu{host="box"})'))[0]?.metric).toEqual({ type: "cpu" });
    expect((await instant(stack, 'memory{type_instance="used"} > 1e6')).length).toBe(1);
    expect((await instant(stack, 'interface_rx{type="if_octets",instance="lo"}')).length).toBe(1);
    // By the types of its types.db, which it names in a tag.
    expect(await metadataOf("load_shortterm")).toEqual({ type: "gauge", unit: "", help: "" });
    expect(await metadataOf("memory")).toEqual({ type: "gauge", unit: "bytes", help: "" });
    expect(await metadataOf("cpu")).toEqual({ type: "counter", unit: "jiffies", help: "" });
    expect(await metadataOf("interface_rx")).toMatchObject({ type: "counter" });
  }, 40_000);
});

interface ExemplarAnswer {
  readonly data: readonly { readonly seriesLabels: object; readonly exemplars: readonly object[] }[];
}

describe("remote write 2.0 from an encoder that is not ours", () => {
  const send = (body: Uint8Array<ArrayBuffer>) =>
    stack.request("/api/v1/write", {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "2.0.0",
      },
      body,
    });

  it("samples, native histograms, exemplars, metadata and created timestamps arrive, and are counted apart", async () => {
    const now = Date.now();
    const symbols = new Symbols();
    const shared = { zeroThreshold: 1e-128, schema: 1, resetHint: 0 };
    const body = encodeRequest(symbols, [
      {
        labelsRefs: symbols.labels({ __name__: "rw2_requests_total", job: "api" }),
        samples: [
          { value: 41, timestamp: now - 1000 },
          { value: 42.5, timestamp: now },
        ],
        exemplars: [
          { labelsRefs: symbols.labels({ trace_id: "abc", span_id: "def" }), value: 0.5, timestamp: now - 500 },
          { labelsRefs: symbols.labels({ trace_id: "untimed" }), value: 1e-7 },
          { labelsRefs: symbols.labels({ trace_id: "x".repeat(200) }), value: 1, timestamp: now },
        ],
        metadata: { type: 1, helpRef: symbols.ref("Requests"), unitRef: symbols.ref("requests") },
        createdTimestamp: now - 60_000,
      },
      {
        labelsRefs: symbols.labels({ __name__: "rw2_latency_seconds", kind: "integer" }),
        histograms: [
          {
            ...shared,
            countInt: 10,
            sum: 12.5,
            zeroCountInt: 1,
            positiveSpans: [
              { offset: -1, length: 2 },
              { offset: 1, length: 1 },
            ],
            positiveDeltas: [2, 1, 0],
            negativeSpans: [{ offset: 0, length: 1 }],
            negativeDeltas: [1],
            timestamp: now,
          },
        ],
        metadata: { type: 3, unitRef: symbols.ref("seconds") },
      },
      {
        labelsRefs: symbols.labels({ __name__: "rw2_latency_seconds", kind: "float" }),
        histograms: [
          {
            ...shared,
            countFloat: 2.5,
            sum: 3,
            zeroCountFloat: 0.5,
            positiveSpans: [{ offset: 0, length: 2 }],
            positiveCounts: [1.5, 0.5],
            timestamp: now,
          },
        ],
      },
    ]);
    const response = await send(body);
    expect(response.status, await response.text()).toBe(204);
    expect(response.headers.get("x-prometheus-remote-write-samples-written")).toBe("2");
    expect(response.headers.get("x-prometheus-remote-write-histograms-written")).toBe("2");
    expect(response.headers.get("x-prometheus-remote-write-exemplars-written")).toBe("2");
    const at = now / 1000;
    expect((await raw(stack, "rw2_requests_total[1m]", at))[0]?.values.map(([, value]) => value)).toEqual(["41", "42.5"]);
    expect((await instant(stack, 'histogram_count(rw2_latency_seconds{kind="integer"})', at))[0]?.value[1]).toBe("10");
    expect((await instant(stack, 'histogram_sum(rw2_latency_seconds{kind="float"})', at))[0]?.value[1]).toBe("3");
    expect((await instant(stack, 'histogram_fraction(-Inf, 0.001, rw2_latency_seconds{kind="integer"})', at))[0]?.value[1]).toBe("0.2");
    expect(await metadataOf("rw2_requests_total")).toEqual({ type: "counter", unit: "requests", help: "Requests" });
    const range = `start=${at - 60}&end=${at + 60}`;
    const query = encodeURIComponent('rate(rw2_requests_total{job="api"}[5m])');
    const answer = await stack.json<ExemplarAnswer>(`/api/v1/query_exemplars?query=${query}&${range}`);
    expect(answer).toEqual({
      status: "success",
      data: [
        {
          seriesLabels: { __name__: "rw2_requests_total", job: "api" },
          exemplars: [
            { labels: { span_id: "def", trace_id: "abc" }, value: "0.5", timestamp: (now - 500) / 1000 },
            { labels: { trace_id: "untimed" }, value: "1e-07", timestamp: now / 1000 },
          ],
        },
      ],
    });
    const [integer] = (
      await (await stack.request(`/v1/export?match[]=${encodeURIComponent('rw2_latency_seconds{kind="integer"}')}`)).text()
    ).split("\n");
    expect(JSON.parse(integer ?? "")).toMatchObject({
      timestamps: [now],
      histograms: [{ schema: 1, count: 10, sum: 12.5, zeroCount: 1, positiveBuckets: [2, 3, 3], negativeBuckets: [1] }],
    });
  });

  it("samples that can never be kept are 400, and the rest is kept and counted", async () => {
    const now = Date.now();
    const symbols = new Symbols();
    const response = await send(
      encodeRequest(symbols, [
        { labelsRefs: symbols.labels({ __name__: "rw2_kept" }), samples: [{ value: 1, timestamp: now }] },
        { labelsRefs: symbols.labels({ __name__: "rw2_old" }), samples: [{ value: 1, timestamp: 1000 }] },
        {
          labelsRefs: symbols.labels({ __name__: "rw2_old_seconds" }),
          histograms: [{ schema: 1, zeroThreshold: 1e-128, resetHint: 0, countInt: 0, sum: 0, zeroCountInt: 0, timestamp: 1000 }],
        },
      ]),
    );
    expect(response.status).toBe(400);
    expect(response.headers.get("x-prometheus-remote-write-samples-written")).toBe("1");
    expect(response.headers.get("x-prometheus-remote-write-histograms-written")).toBe("0");
    expect((await instant(stack, "rw2_kept")).length).toBe(1);
  });

  it("a query of exemplars that is none is refused in Prometheus's words", async () => {
    for (const parameters of ["query=", "query=up&start=5&end=4", "query=sum("]) {
      const response = await stack.request(`/api/v1/query_exemplars?${parameters}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ status: "error", errorType: "bad_data" });
    }
  });
});

/** What the fake server knows: one host, the shop of examples/shop, values that wander. */
import type { Snapshot } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";

const shopPlaces: readonly Labels[] = [
  {
    __name__: "shop_search_seconds",
    code_function_name: "Catalogue.search",
    code_file_path: "src/catalogue.ts",
    code_line_number: "43",
    service_name: "shop",
  },
  {
    __name__: "shop_find_product_seconds",
    code_function_name: "Catalogue.find",
    code_file_path: "src/catalogue.ts",
    code_line_number: "35",
    service_name: "shop",
  },
  {
    __name__: "shop_checkout_seconds",
    code_function_name: "Carts.checkout",
    code_file_path: "src/carts.ts",
    code_line_number: "34",
    service_name: "shop",
  },
  {
    __name__: "shop_charge_card_seconds",
    code_function_name: "Carts.#charge",
    code_file_path: "src/carts.ts",
    code_line_number: "43",
    service_name: "shop",
  },
];
const hostSeries: readonly Labels[] = [
  { __name__: "system_cpu_utilization_ratio", cpu_mode: "idle", host_name: "fake-host" },
  { __name__: "system_cpu_utilization_ratio", cpu_mode: "user", host_name: "fake-host" },
  { __name__: "system_memory_utilization_ratio", system_memory_state: "used", host_name: "fake-host" },
];

export const FAKE_METADATA = {
  system_cpu_utilization_ratio: [{ type: "gauge", unit: "ratio", help: "Share of CPU time by mode, over all cores." }],
  shop_search_seconds: [{ type: "histogram", unit: "seconds", help: "Duration of shop_search." }],
  shop_orders_total: [{ type: "counter", unit: "", help: "Orders placed." }],
};

export const fakeSeries = (): readonly Labels[] => [...hostSeries, ...shopPlaces];

export function fakeValue(labels: Labels, tMs: number): number {
  const wave = Math.sin(tMs / 20_000) * 0.1 + Math.sin(tMs / 3_000) * 0.03;
  const name = labels["__name__"] ?? "";
  if (name === "shop_search_seconds" || labels["code_function_name"] === "Catalogue.search") return 0.12 + wave * 0.2;
  if (labels["code_function_name"] !== undefined) return 0.03 + wave * 0.05;
  return labels["cpu_mode"] === "idle" ? 0.7 - wave : 0.25 + wave;
}

const withoutName = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "__name__" && name !== "service_name"));

function answering(query: string): readonly { readonly labels: Labels; readonly value: (t: number) => number }[] {
  if (query.includes(`code_file_path!=""`)) {
    const calls = query.includes("histogram_count");
    return shopPlaces.flatMap((labels) => {
      const place = withoutName(labels);
      if (!calls) return [{ labels: place, value: (t: number) => fakeValue(labels, t) }];
      const failing = { labels: { ...place, error_type: "Error" }, value: () => 0.12 };
      return [{ labels: place, value: () => 4 }, ...(labels["code_function_name"]?.startsWith("Carts") === true ? [failing] : [])];
    });
  }
  const named = fakeSeries().filter((labels) => query.includes(labels["code_function_name"] ?? labels["__name__"] ?? "-"));
  return named.map((labels) => ({ labels, value: (t: number) => fakeValue(labels, t) }));
}

export const answerVector = (query: string, nowMs: number) => ({
  status: "success",
  data: {
    resultType: "vector",
    result: answering(query).map(({ labels, value }) => ({ metric: labels, value: [nowMs / 1000, String(value(nowMs))] })),
  },
});

export function answerRange(query: string, startMs: number, endMs: number, stepMs: number) {
  const result = answering(query).map(({ labels, value }) => {
    const values: (readonly [number, string])[] = [];
    for (let t = startMs; t <= endMs; t += stepMs) values.push([t / 1000, String(value(t))]);
    return { metric: labels, values };
  });
  return { status: "success", data: { resultType: "matrix", result } };
}

export function fakeForecast(query: string, nowMs: number) {
  const series = answering(query).map(({ labels, value }) => ({
    labels,
    points: Array.from({ length: 30 }, (_, index) => {
      const t = nowMs + (index + 1) * 10_000;
      const mean = value(nowMs);
      const wide = 0.01 + index * 0.001;
      return { t, mean, lo80: mean - wide, hi80: mean + wide, lo95: mean - 1.6 * wide, hi95: mean + 1.6 * wide };
    }),
    last: value(nowMs),
    models: [{ name: "naive", weight: 1, values: [value(nowMs)] }],
    checkpoints: [nowMs + 300_000],
    backtest: { wape: 0.1, coverage95: 0.94 },
  }));
  return { series };
}

export const fakeSnapshot = (alerts: readonly Alert[], nowMs: number): Snapshot => ({
  at: nowMs,
  health: {
    status: alerts.length > 0 ? "degraded" : "ok",
    score: alerts.length > 0 ? 71 : 98,
    reasons: alerts.length > 0 ? ["critical alerts fire"] : [],
  },
  alerts,
  slos: [
    {
      slo: {
        id: "shop-availability",
        name: "Shop answers",
        kind: "availability",
        good: "shop_good",
        total: "shop_total",
        objective: 0.995,
        windowMs: 2_592_000_000,
      },
      sli: 0.9984,
      good: 99_840,
      total: 100_000,
      budgetRemaining: 0.68,
      burnRates: [{ longMs: 3_600_000, shortMs: 300_000, factor: 14.4, long: 0.6, short: 0.4, firing: false }],
      summary: "at this rate the budget lasts the window",
    },
  ],
  hosts: [
    {
      name: "fake-host",
      sender: "s1",
      lastSeenAt: nowMs - 500,
      silent: false,
      cpuBusy: 0.3,
      memoryUsed: 0.61,
      diskUsed: 0.42,
      load1: 0.8,
      firing: 0,
    },
  ],
  services: [{ name: "shop", requestsPerSecond: 8.4, p95Seconds: 0.131, errorRatio: 0.004 }],
  anomalies: [
    {
      labels: { __name__: "system_cpu_utilization_ratio", cpu_mode: "user", host_name: "fake-host" },
      t: nowMs - 60_000,
      value: 0.83,
      expected: 0.25,
      lower: 0.1,
      upper: 0.4,
      score: 0.91,
      kind: "spike",
      severity: "warning",
      reason: "far above what this hour usually has",
    },
  ],
  series: 42,
  samplesPerSecond: 30,
  topMetrics: [],
});

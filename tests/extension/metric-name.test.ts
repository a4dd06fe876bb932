import { describe, expect, it } from "vitest";
import { metricNameAt, queryOfMetric, storedNames } from "../../extension/src/code/metric-name.ts";

describe("a metric's name under the cursor", () => {
  it("is found inside a string of code", () => {
    const line = `const orders = sightline.counter("shop_orders");`;
    expect(metricNameAt(line, line.indexOf('orders")'), "typescript")).toEqual({ name: "shop_orders", start: 34, end: 45 });
  });

  it("is not an identifier outside of strings", () => {
    expect(metricNameAt("const shop_orders = 1;", 8, "typescript")).toBeNull();
    expect(metricNameAt(`log("a"); shop_orders();`, 12, "typescript")).toBeNull();
    expect(metricNameAt(String.raw`"it\"s" + shop_orders`, 12, "typescript")).toBeNull();
  });

  it("is any word of a rule file", () => {
    expect(metricNameAt("  expr: rate(shop_orders_total[5m]) > 1", 15, "yaml")?.name).toBe("shop_orders_total");
  });

  it("ends before the punctuation of a sentence", () => {
    expect(metricNameAt("Look at shop_orders_total.", 10, "yaml")?.name).toBe("shop_orders_total");
  });
});

describe("what it is called once stored", () => {
  it("includes OpenTelemetry's dots, units and counters' _total", () => {
    expect(storedNames("http.server.request.duration")).toContain("http_server_request_duration_seconds");
    expect(storedNames("shop_orders")).toContain("shop_orders_total");
    expect(storedNames("shop_orders")[0]).toBe("shop_orders");
  });

  it("counters are read as rates, histograms as p95, gauges as they are", () => {
    expect(queryOfMetric("a_total", "counter").query).toBe("sum(rate(a_total[1m]))");
    expect(queryOfMetric("a_seconds", "histogram").query).toContain("histogram_quantile(0.95");
    expect(queryOfMetric("a", "gauge").query).toBe("a");
  });
});

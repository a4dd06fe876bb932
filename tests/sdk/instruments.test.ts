import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Instruments } from "../../agent/src/sdk/instruments.ts";
import { MetricRegistry } from "../../agent/src/sdk/registry.ts";

const here = dirname(fileURLToPath(import.meta.url));

function measure() {
  const clock = { ms: 0 };
  const registry = new MetricRegistry();
  const instruments = new Instruments(registry, here, () => clock.ms);
  const named = (name: string) => registry.collect(1_000).series.filter(({ labels }) => labels["__name__"] === name);
  return { clock, registry, instruments, named };
}

describe("a counter of the SDK", () => {
  it("adds up per label set and ends in _total", () => {
    const { instruments, named } = measure();
    const orders = instruments.counter("orders", { help: "Orders placed.", unit: "" });
    orders.add(2, { shop: "a" });
    orders.add(1, { shop: "a" });
    orders.add(5, { shop: "b" });
    expect(named("orders_total").map(({ labels, values }) => [labels["shop"], values[0]])).toEqual([
      ["a", 3],
      ["b", 5],
    ]);
    expect(named("orders_total")[0]?.metadata).toEqual({ type: "counter", unit: "", help: "Orders placed." });
  });

  it.each([-1, NaN])("refuses %d in words and keeps its total", (value) => {
    const { instruments, named } = measure();
    const orders = instruments.counter("orders");
    orders.add(1);
    expect(() => orders.add(value)).toThrow(/a counter takes numbers from 0 up; use a gauge/);
    expect(named("orders_total")[0]?.values[0]).toBe(1);
  });
});

describe("a gauge of the SDK", () => {
  it("keeps the last value and refuses NaN", () => {
    const { instruments, named } = measure();
    const depth = instruments.gauge("queue_depth");
    depth.set(4);
    depth.set(2);
    expect(named("queue_depth")[0]?.values[0]).toBe(2);
    expect(() => depth.set(NaN)).toThrow(/leave it unset/);
  });
});

describe("a timer of the SDK", () => {
  it("records seconds in an exponential histogram named _seconds", () => {
    const { clock, instruments, named } = measure();
    const timer = instruments.timer("render");
    const stop = timer.start();
    clock.ms = 250;
    expect(stop()).toBe(0.25);
    const histogram = named("render_seconds")[0]?.histograms?.[0];
    expect(histogram).toMatchObject({ count: 1, sum: 0.25 });
    expect(histogram?.schema).toBeLessThanOrEqual(3);
  });

  it("times a block until its promise settles, and says how it ended", async () => {
    const { clock, instruments, named } = measure();
    await instruments.time("load", async () => {
      clock.ms = 40;
      await Promise.resolve();
    });
    await expect(
      instruments.time("load", async () => {
        await Promise.resolve();
        clock.ms = 100;
        throw new Error("disk");
      }),
    ).rejects.toThrow("disk");
    const byOutcome = Object.fromEntries(named("load_seconds").map(({ labels, histograms }) => [labels["outcome"], histograms?.[0]?.sum]));
    expect(byOutcome["ok"]).toBeCloseTo(0.04);
    expect(byOutcome["error"]).toBeCloseTo(0.06);
  });

  it("times a block that throws at once and throws on", () => {
    const { instruments, named } = measure();
    expect(() =>
      instruments.time("parse", () => {
        throw new SyntaxError("no");
      }),
    ).toThrow(SyntaxError);
    expect(named("parse_seconds")[0]?.labels["outcome"]).toBe("error");
  });
});

describe("the registry of a process", () => {
  it("stops at its bound of label sets a metric, and counts what it left out", () => {
    const { instruments, registry } = measure();
    const hits = instruments.counter("hits");
    for (let i = 0; i < 2_003; i++) hits.add(1, { user: i });
    const series = registry.collect(1).series;
    expect(series.filter(({ labels }) => labels["__name__"] === "hits_total")).toHaveLength(2_000);
    expect(series.find(({ labels }) => labels["__name__"] === "sightline_sdk_series_overflow_total")?.values[0]).toBe(3);
  });
});

import { isStale } from "@sightline/shared/model/sample";
import { HOST_DASHBOARD } from "@sightline/shared/ui/dashboard/host-dashboard";
import { RELIABILITY_DASHBOARD, SERVICES_DASHBOARD } from "@sightline/shared/ui/dashboard/services-dashboard";
import { compileExpression, formatSelector } from "@sightline/shared/ui/live/expression";
import { ResultHistory } from "@sightline/shared/ui/live/result-history";
import { liveNumber, SampleBuffer } from "@sightline/shared/ui/live/sample-buffer";
import { stepFor } from "@sightline/shared/ui/live/step";
import { fillVariables } from "@sightline/shared/ui/live/variables";
import { describe, expect, it } from "vitest";

const all = () => true;

describe("the buffer of raw samples", () => {
  it("takes samples in any order, keeps the later arrival of equal times, and tells the oldest new one", () => {
    const buffer = new SampleBuffer(1000);
    expect(buffer.add([{ labels: { a: "1" }, t: [10, 30], v: [1, 3] }])).toBe(10);
    expect(buffer.add([{ labels: { a: "1" }, t: [20, 30], v: [2, 4] }])).toBe(20);
    const [series] = buffer.select(all, 0, 100);
    expect([...(series?.timestamps ?? [])]).toEqual([10, 20, 30]);
    expect([...(series?.values ?? [])]).toEqual([1, 2, 4]);
  });

  it("selects after the start and up to the end", () => {
    const buffer = new SampleBuffer(1000);
    buffer.add([{ labels: {}, t: [10, 20, 30], v: [1, 2, 3] }]);
    expect([...(buffer.select(all, 10, 20)[0]?.timestamps ?? [])]).toEqual([20]);
  });

  it("is bounded in time and in series", () => {
    const buffer = new SampleBuffer(100, { maxSeries: 2, maxSamplesPerSeries: 50 });
    for (let t = 0; t < 1000; t++) buffer.add(["a", "b", "c"].map((name) => ({ labels: { name }, t: [t], v: [t] })));
    expect(buffer.size).toBe(2);
    expect(buffer.select(all, 0, 2000)[0]?.timestamps.length).toBeLessThanOrEqual(60);
  });

  it("reads the words that JSON needs for numbers it has not", () => {
    expect(liveNumber("+Inf")).toBe(Infinity);
    expect(liveNumber("NaN")).toBeNaN();
    expect(liveNumber("stale")).toBe("stale");
    const buffer = new SampleBuffer(1000);
    buffer.add([{ labels: { name: "a" }, t: [1, 2], v: [1, "stale"] }]);
    expect(isStale(buffer.select(all, 0, 10)[0]?.values[1] ?? 0)).toBe(true);
  });
});

describe("an expression beside the viewer", () => {
  it("subscribes to its selectors, for as long as it looks back", () => {
    const expression = compileExpression('sum(rate(bytes_total{host=~"a|b"}[1m])) / up');
    expect(expression?.selectors).toHaveLength(2);
    expect(expression?.lookbackMs).toBe(300_000);
    expect(compileExpression("rate(bytes_total[1m])")?.lookbackMs).toBe(60_000);
  });

  it("evaluates over what has arrived", () => {
    const buffer = new SampleBuffer(300_000);
    buffer.add([
      { labels: { __name__: "idle", cpu: "0" }, t: [1000], v: [0.75] },
      { labels: { __name__: "other" }, t: [1000], v: [9] },
    ]);
    expect(compileExpression("1 - idle")?.evaluate(buffer, 2000)).toEqual([{ labels: { cpu: "0" }, t: 2000, v: 0.25 }]);
  });

  it("leaves long windows, constants and errors to the server", () => {
    expect(compileExpression("avg_over_time(up[1d])")).toBeNull();
    expect(compileExpression("1 + 1")).toBeNull();
    expect(compileExpression("rate(")).toBeNull();
  });

  it("writes selectors that parse back", () => {
    expect(
      formatSelector([
        { name: "__name__", op: "=", value: "a" },
        { name: "b", op: "=~", value: 'x"\\d' },
      ]),
    ).toBe('{__name__="a",b=~"x\\"\\\\d"}');
  });
});

describe("the results over time", () => {
  it("history is continued by live points, one a step, the newest winning", () => {
    const history = new ResultHistory(10);
    history.load([{ labels: {}, t: [0, 10, 20], v: [1, null, 3] }]);
    for (const t of [31, 35, 39, 41]) history.push([{ labels: {}, t, v: t }]);
    expect(history.series[0]).toMatchObject({ t: [0, 20, 39, 41], v: [1, 3, 39, 41] });
  });

  it("loading again fills a hole and keeps newer live points", () => {
    const history = new ResultHistory(10);
    history.load([{ labels: {}, t: [0], v: [1] }]);
    history.push([{ labels: {}, t: 45, v: 5 }]);
    history.load([{ labels: {}, t: [0, 10, 20, 30, 40], v: [1, 2, 3, 4, 5] }]);
    expect(history.series[0]?.t).toEqual([0, 10, 20, 30, 45]);
  });

  it("a hundred lines are enough", () => {
    const history = new ResultHistory(10);
    history.push(Array.from({ length: 130 }, (_, index) => ({ labels: { i: String(index) }, t: 1, v: 1 })));
    expect(history.series).toHaveLength(100);
    expect(history.dropped).toBe(30);
  });
});

describe("dashboards", () => {
  const queries = [HOST_DASHBOARD, SERVICES_DASHBOARD, RELIABILITY_DASHBOARD].flatMap(({ sections }) =>
    sections.flatMap(({ panels }) =>
      panels.flatMap((panel) =>
        ("targets" in panel ? panel.targets : "target" in panel ? [panel.target] : []).map(({ query }) => [panel.title, query] as const),
      ),
    ),
  );

  it.each(queries)("%s moves without asking the server: %s", (_, query) => {
    expect(compileExpression(fillVariables(query, { host: "", service: 'a"b.c' }))).not.toBeNull();
  });

  it("a variable's value is a literal inside the expression, and all is everything", () => {
    expect(fillVariables('x{h=~"$host"}', { host: "" })).toBe('x{h=~".*"}');
    expect(fillVariables('x{h=~"$host"}', { host: "a.b" })).toBe('x{h=~"a\\\\.b"}');
  });

  it("a step gives a chart as many points as it can show", () => {
    expect(stepFor(300_000)).toBe(1000);
    expect(stepFor(900_000)).toBe(2000);
    expect(stepFor(86_400_000)).toBe(300_000);
  });
});

import { describe, expect, test } from "vitest";
import { decodeJson } from "../../worker/src/ingest/json.ts";
import { NOON } from "./open-store.ts";

function decode(...metrics: unknown[]) {
  const decoded = decodeJson({ metrics }, NOON);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

const refusal = (metric: unknown) => decode(metric).rejected[0]?.code;

describe("JSON samples", () => {
  test("a gauge with labels, unit and help", () => {
    const { batch } = decode({
      name: "temp",
      type: "gauge",
      unit: "celsius",
      help: "Room.",
      labels: { room: "a" },
      value: 21.5,
      timestamp: NOON - 1,
    });
    expect(batch.series).toEqual([
      {
        labels: { __name__: "temp", room: "a" },
        metadata: { type: "gauge", unit: "celsius", help: "Room." },
        temporality: "cumulative",
        timestamps: Float64Array.of(NOON - 1),
        values: Float64Array.of(21.5),
      },
    ]);
  });

  test("a counter's delta gets a name ending in _total and is added up by the shard", () => {
    const { batch } = decode({ name: "jobs", type: "counter", delta: 3 }, { name: "jobs_total", type: "counter", value: 3 });
    expect(batch.series.map((series) => [series.labels["__name__"], series.temporality])).toEqual([
      ["jobs_total", "delta"],
      ["jobs_total", "cumulative"],
    ]);
  });

  test("a timer becomes a histogram in seconds, milliseconds converted", () => {
    const { batch } = decode({ name: "render_ms", type: "timer", unit: "ms", observations: [100, 300] });
    const [series] = batch.series;
    expect(series?.labels["__name__"]).toBe("render_seconds");
    expect(series?.temporality).toBe("delta");
    expect(series?.histograms?.[0]?.count).toBe(2);
    expect(series?.histograms?.[0]?.sum).toBeCloseTo(0.4);
  });

  test.each([
    ["ns", 1.5e9],
    ["us", 1.5e6],
    ["µs", 1.5e6],
    ["Microseconds", 1.5e6],
    ["ms", 1500],
    ["s", 1.5],
    ["", 1.5],
    ["Seconds", 1.5],
    ["m", 0.025],
    ["min", 0.025],
    ["h", 1.5 / 3600],
    ["hours", 1.5 / 3600],
  ])("a timer in %j is stored in seconds", (unit, value) => {
    const { batch } = decode({ name: "took", type: "timer", unit, observations: [value] });
    expect(batch.series[0]?.metadata.unit).toBe("seconds");
    expect(batch.series[0]?.histograms?.[0]?.sum).toBeCloseTo(1.5, 9);
  });

  test("a timer in a unit that is no time, or that may mean two, is refused by its name", () => {
    for (const unit of ["bytes", "Ms", "M", "fortnights"]) {
      const { batch, rejected } = decode({ name: "took", type: "timer", unit, observations: [1500] });
      expect(batch.series).toEqual([]);
      expect(rejected).toMatchObject([{ code: "bad_unit", message: expect.stringContaining(`"${unit}"`) }]);
    }
    expect(decode({ name: "took", type: "gauge", unit: "fortnights", value: 1 }).rejected).toEqual([]);
  });

  test("a summary becomes its quantiles with sum and count, all of the same item", () => {
    const { batch, metricOf } = decode({ name: "a", value: 1 }, { name: "took", type: "summary", observations: [1, 2, 3, 4] });
    expect(batch.series.map((series) => series.labels["quantile"] ?? series.labels["__name__"])).toEqual([
      "a",
      "0.5",
      "0.9",
      "0.95",
      "0.99",
      "took_sum",
      "took_count",
    ]);
    expect(metricOf).toEqual([0, 1, 1, 1, 1, 1, 1]);
  });

  test("what cannot be accepted is named by place, code and sentence, and the rest is kept", () => {
    const { batch, rejected } = decode({ name: "a", value: "12" }, { name: "b", value: 1 }, { name: "9c", value: 1 });
    expect(batch.series).toHaveLength(1);
    expect(rejected.map(({ index, code }) => [index, code])).toEqual([
      [0, "bad_value"],
      [2, "bad_name"],
    ]);
    expect(rejected[0]?.message).toContain('"12"');
  });

  test.each([
    [{ name: "a" }, "bad_value"],
    [{ name: "a", value: 1, delta: 1, type: "counter" }, "bad_value"],
    [{ name: "a", value: null }, "bad_value"],
    [{ name: "a", value: Infinity }, "bad_value"],
    [{ name: "a", type: "gauge", delta: 1 }, "bad_value"],
    [{ name: "a", type: "counter", delta: -1 }, "bad_value"],
    [{ name: "a", type: "timer", observations: [-1] }, "bad_value"],
    [{ name: "a", type: "histogram", observations: [] }, "bad_value"],
    [{ name: "a", type: "thermometer", value: 1 }, "bad_type"],
    [{ name: "a", value: 1, labels: { b: 1 } }, "bad_labels"],
    [{ name: "a", value: 1, labels: { __name__: "b" } }, "bad_labels"],
    [{ name: "a", value: 1, timestamp: 1_760_000_000 }, "bad_timestamp"],
    [{ name: "a", value: 1, timestamp: 1.5 }, "bad_timestamp"],
    [{ name: "a", value: 1, timestamp: 8_000_000_000_000_000 }, "timestamp_out_of_range"],
    [null, "bad_item"],
  ])("%j is refused as %s", (metric, code) => {
    expect(refusal(metric)).toBe(code);
  });

  test.each([
    ["31 labels", { labels: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`l${i}`, "v"])) }, "too_many_labels"],
    ["a label value of 1,025 bytes", { labels: { path: "v".repeat(1025) } }, "label_value_too_long"],
    ["a label name of 129 bytes", { labels: { ["n".repeat(129)]: "v" } }, "label_name_too_long"],
    ["a label named __proto__", { labels: JSON.parse('{"__proto__":"v"}') as unknown }, "bad_label_name"],
  ])("an item with %s is refused by itself, and the others are kept", (_, more, code) => {
    const { batch, metricOf, rejected } = decode(
      { name: "good", value: 1 },
      { name: "bad", value: 1, ...more },
      { name: "last", value: 1 },
    );
    expect(batch.series.map(({ labels }) => labels["__name__"])).toEqual(["good", "last"]);
    expect(metricOf).toEqual([0, 2]);
    expect(rejected).toMatchObject([{ index: 1, code }]);
  });

  test("a summary whose quantiles would have a label too many is refused with its sum and count", () => {
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`l${i}`, "v"]));
    const { batch, rejected } = decode({ name: "took", type: "summary", labels, observations: [1] }, { name: "good", value: 1, labels });
    expect(batch.series).toHaveLength(1);
    expect(rejected).toMatchObject([{ index: 0, code: "too_many_labels" }]);
  });

  test("a body that is not JSON, or has no metrics, is refused whole", () => {
    expect(decodeJson('{"metrics":[{"name":"a","value":NaN}]}', NOON)).toMatchObject({ ok: false, error: { code: "malformed_json" } });
    expect(decodeJson({ samples: [] }, NOON)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });
});

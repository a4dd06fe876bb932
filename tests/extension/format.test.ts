import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatMetricValue,
  formatRate,
  formatRatio,
  formatSeconds,
  parseDuration,
} from "../../extension/src/format.ts";

describe("numbers as people read them", () => {
  it.each([
    [0, "0 ms"],
    [0.00034, "340 µs"],
    [0.0127, "12.7 ms"],
    [0.9999, "1 s"],
    [1.238, "1.24 s"],
    [186, "3.1 min"],
    [7200, "2 h"],
    [Number.NaN, "–"],
  ])("%d seconds are %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it.each([
    [4.2, "4.2/s"],
    [0.05, "3/min"],
    [0, "0/s"],
    [12_345, "12.3k/s"],
  ])("%d a second is %s", (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [0.005, "0.5%"],
    [0.372, "37%"],
    [1, "100%"],
    [0.00001, "<0.01%"],
    [0, "0%"],
  ])("a ratio of %d is %s", (ratio, text) => expect(formatRatio(ratio)).toBe(text));

  it("bytes come in binary units, counts in thousands", () => {
    expect([formatBytes(512), formatBytes(1536), formatBytes(3.2 * 1024 ** 3)]).toEqual(["512 B", "1.5 KiB", "3.2 GiB"]);
    expect([formatCount(1234), formatCount(12_345), formatCount(4.5e6), formatCount(Infinity)]).toEqual(["1234", "12.3k", "4.5M", "∞"]);
  });

  it("a metric's unit is what it declares, or what its name ends with", () => {
    expect(formatMetricValue("http_server_request_duration_seconds", "", 0.25)).toBe("250 ms");
    expect(formatMetricValue("queue", "bytes", 2048)).toBe("2 KiB");
    expect(formatMetricValue("orders", "orders", 3)).toBe("3 orders");
  });

  it("ages and durations", () => {
    expect([formatAgo(10_000, 10_900), formatAgo(0, 40_000), formatAgo(20_000, 0)]).toEqual(["just now", "40 s ago", "just now"]);
    expect([parseDuration("15m"), parseDuration("1h"), parseDuration("soon")]).toEqual([900_000, 3_600_000, null]);
  });
});

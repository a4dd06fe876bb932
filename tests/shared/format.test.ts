import { formatAge } from "@sightline/shared/format/age";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { formatBrief, formatObjective, formatTicks, formatValue } from "@sightline/shared/format/units";
import { parseDuration, spokenDuration } from "@sightline/shared/model/duration";
import { describe, expect, it } from "vitest";

describe("numbers as people read them", () => {
  it.each([
    [0.375, "ratio", "37.5%"],
    [1, "ratio", "100%"],
    [0, "ratio", "0.0%"],
    [0.0001, "ratio", "0.010%"],
    [9.2e9, "bytes", "8.57 GiB"],
    [512, "bytes", "512 B"],
    [1536, "bytes/s", "1.50 KiB/s"],
    [0.0123, "seconds", "12.3 ms"],
    [0.00034, "seconds", "340 µs"],
    [0.9999, "seconds", "1.00 s"],
    [90, "seconds", "90 s"],
    [7200, "seconds", "2 h"],
    [1234, "per_second", "1.23 k/s"],
    [0.06, "per_second", "0.060/s"],
    [0.00001, "count", "1.0e−5"],
    [-2.7e-300, "none", "−2.7e−300"],
    [-5, "none", "−5"],
    [3.2e15, "count", "3200T"],
    [2.724e300, "count", "2.72e300"],
    [1.7e308, "per_second", "1.70e308/s"],
    [1e300, "seconds", "1.16e295 d"],
    [Number.NaN, "none", "–"],
    [Infinity, "none", "+∞"],
  ] as const)("%d in %s reads %s", (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it.each([
    [0.372, "ratio", "37.2%"],
    [0.8, "ratio", "80%"],
    [1.2, "seconds", "1.2 s"],
    [4.2, "per_second", "4.2/s"],
    [3.2 * 1024 ** 3, "bytes", "3.2 GiB"],
    [100, "count", "100"],
    [12_000, "count", "12k"],
    [null, "seconds", "–"],
  ] as const)("in a sentence %d in %s is %s, with no zeros at its end", (value, unit, text) => {
    expect(formatBrief(value, unit)).toBe(text);
  });

  it("the labels of one axis share scale and decimals", () => {
    expect(formatTicks([0, 0.025, 0.05], "ratio")).toEqual(["0.0%", "2.5%", "5.0%"]);
    expect(formatTicks([0, 2 ** 30, 2 ** 31], "bytes")).toEqual(["0 GiB", "1 GiB", "2 GiB"]);
    expect(formatTicks([5e299, 1e300], "count")).toEqual(["5.00e299", "1.00e300"]);
  });

  it("an objective keeps its last digits", () => {
    expect([formatObjective(0.9995), formatObjective(0.99), formatObjective(0.99999)]).toEqual(["99.95%", "99%", "99.999%"]);
  });

  it("a metric's unit is what it declares, or what its name ends with", () => {
    expect(formatMetricValue("battery_charge_percent", "", 59.5)).toBe("59.5%");
    expect(formatMetricValue("http_server_request_duration_seconds", "", 0.25)).toBe("250 ms");
    expect(formatMetricValue("latency_nanoseconds", "", 2620)).toBe("2.62 µs");
    expect(formatMetricValue("wait_milliseconds_total", "", 1500)).toBe("1.5 s");
    expect(formatMetricValue("uptime", "hours", 72)).toBe("3 d");
    expect(formatMetricValue("queue", "bytes", 2048)).toBe("2 KiB");
    expect(formatMetricValue("orders", "orders", 3)).toBe("3 orders");
  });
});

describe("durations and ages", () => {
  it("a duration in a sentence names its two largest units", () => {
    expect([spokenDuration(7_800_000), spokenDuration(45_000), spokenDuration(0)]).toEqual(["2 h 10 min", "45 s", "less than a second"]);
  });

  it("an age names one", () => {
    expect([formatAge(0, 200_000), formatAge(0, 40_000), formatAge(10_000, 10_900), formatAge(20_000, 0)]).toEqual([
      "3 min ago",
      "40 s ago",
      "just now",
      "just now",
    ]);
  });

  it("a duration is read as Prometheus reads it", () => {
    expect(parseDuration("15m")).toEqual({ ok: true, value: 900_000 });
    expect(parseDuration("1h30m")).toEqual({ ok: true, value: 5_400_000 });
    expect(parseDuration("soon")).toMatchObject({ ok: false, error: { code: "bad_duration" } });
  });
});

import { expect, it } from "vitest";
import { parsePrometheusDuration, parsePrometheusTime } from "../../worker/src/http/prometheus-time.ts";
import { openSelector } from "@sightline/shared/promql/parse/metric-selector";

it("times and durations are numbers as Go reads them, or Prometheus's own notation within 292 years", () => {
  const time = (text: string): number | string => {
    const parsed = parsePrometheusTime("time", text);
    return parsed.ok ? parsed.value : parsed.error.message;
  };
  expect(["1.5", "0x1p3", "1_000", "-1", "2026-11-22T00:00:00Z"].map(time)).toEqual([1500, 8000, 1_000_000, -1000, 1_795_305_600_000]);
  for (const wrong of ["0x10", " 1", "", "1__0", "NaN", "+Inf"])
    expect(time(wrong)).toBe(`invalid parameter "time": cannot parse ${JSON.stringify(wrong)} to a valid timestamp`);
  const duration = (text: string): number | string => {
    const parsed = parsePrometheusDuration("step", text);
    return parsed.ok ? parsed.value : parsed.error.message;
  };
  expect(["15", "1h30m", "292y"].map(duration)).toEqual([15_000, 5_400_000, 292 * 31_536_000_000]);
  expect(duration("1000y")).toBe('invalid parameter "step": cannot parse "1000y" to a valid duration');
});

it("federation takes selectors that match the empty text, as Prometheus does", () => {
  const open = (text: string): string | null => {
    const parsed = openSelector(text);
    return parsed.ok ? parsed.value : parsed.error.message;
  };
  expect(['up{a=""}', "{}", "{ }", '{a=~".*"}', '{a="",}'].map(open)).toEqual([
    'up{a=""}',
    null,
    null,
    '{a=~".*",__name__!=""}',
    '{a="",__name__!=""}',
  ]);
  expect(open("up[5m]")).toBe('1:3: parse error: unexpected "["');
  expect(open("")).toBe("1:1: parse error: unexpected end of input");
});

import { isRecording } from "@sightline/shared/model/rule";
import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { parseQuery } from "@sightline/shared/promql/engine";
import { describe, expect, test } from "vitest";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The default rules that fire while `feed` is called every `stepMs` for `durationMs`, ticking as it goes. */
function fired(durationMs: number, stepMs: number, feed: (shard: StoredSeries, at: number, elapsedMs: number) => void): string[] {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(defaultRuleGroups());
  const names = new Set<string>();
  for (let elapsed = stepMs; elapsed <= durationMs; elapsed += stepMs) {
    feed(shard, T + elapsed, elapsed);
    for (const plan of [shard.finish(), shard.tick(T + elapsed)])
      for (const { rule, to } of plan.transitions) if (to === "firing") names.add(rule);
  }
  return [...names].toSorted();
}

const host = { host_name: "web-1" };
const gauge = (labels: Labels, durationMs: number, value: (elapsedMs: number) => number, stepMs = 10_000) =>
  fired(durationMs, stepMs, (shard, at, elapsed) => shard.append({ ...labels, ...host }, at, value(elapsed)));

const idle = { __name__: "system_cpu_utilization_ratio", cpu_mode: "idle" };
const memory = { __name__: "system_memory_utilization_ratio", system_memory_state: "used" };
const filesystem = { __name__: "system_filesystem_utilization_ratio", system_filesystem_state: "used", system_filesystem_mountpoint: "/" };

/** Requests of one service each 10 s, `slow` and `failing` of every 100. */
const traffic = (slow: number, failing: number, durationMs = 5 * MINUTE) => {
  const ok = new ExponentialHistogram();
  const errors = new ExponentialHistogram();
  const labels = { __name__: "http_server_request_duration_seconds", service_name: "shop" };
  return fired(durationMs, 10_000, (shard, at) => {
    for (let i = 0; i < 100 - failing; i++) ok.record(i < slow ? 3 : 0.05);
    for (let i = 0; i < failing; i++) errors.record(0.05);
    shard.appendHistogram({ ...labels, http_response_status_code: "200" }, at, ok.toNative());
    shard.appendHistogram({ ...labels, http_response_status_code: "503" }, at, errors.toNative());
  });
};

describe("the rules a project starts with", () => {
  test("parse, and tell people what to do", () => {
    for (const { rules } of defaultRuleGroups())
      for (const rule of rules) {
        expect(parseQuery(rule.expr).ok, rule.expr).toBe(true);
        if (isRecording(rule)) continue;
        expect(rule.annotations["runbook"]?.length).toBeGreaterThan(80);
        expect(rule.recommendations.length).toBeGreaterThan(0);
        expect(rule.cooldownMs).toBe(300_000);
      }
  });

  test("CPU: busy for two minutes warns, exhausted for five is critical, a short peak is neither", () => {
    expect(gauge(idle, 3 * MINUTE, () => 0.15)).toEqual(["HighCpuUsage"]);
    expect(gauge(idle, 6 * MINUTE, () => 0.01)).toEqual(["CriticalCpuUsage", "HighCpuUsage"]);
    expect(gauge(idle, 10 * MINUTE, (elapsed) => (elapsed % (3 * MINUTE) < MINUTE ? 0.01 : 0.5))).toEqual([]);
    expect(gauge({ ...idle, cpu_mode: "user" }, 5 * MINUTE, () => 0.01)).toEqual([]);
  });

  test("memory: above 85% for two minutes, and not at 80%", () => {
    expect(gauge(memory, 3 * MINUTE, () => 0.9)).toEqual(["HighMemoryUsage"]);
    expect(gauge(memory, 5 * MINUTE, () => 0.8)).toEqual([]);
  });

  test("disk: above 90%, and not at 85%", () => {
    expect(gauge(filesystem, 3 * MINUTE, () => 0.92)).toEqual(["DiskAlmostFull"]);
    expect(gauge(filesystem, 3 * HOUR, () => 0.85, MINUTE)).toEqual([]);
  });

  test("disk: filling at a rate that ends within a day, and not at a tenth of it", () => {
    expect(gauge(filesystem, 4 * HOUR, (elapsed) => 0.55 + (0.025 * elapsed) / HOUR, MINUTE)).toEqual(["DiskFullWithin24Hours"]);
    expect(gauge(filesystem, 4 * HOUR, (elapsed) => 0.55 + (0.0025 * elapsed) / HOUR, MINUTE)).toEqual([]);
  });

  test("HTTP: more than 5% errors for a minute, and not 3%", () => {
    expect(traffic(0, 10)).toEqual(["HighHttpErrorRate"]);
    expect(traffic(0, 3)).toEqual([]);
  });

  test("HTTP: p95 above a second for two minutes, and not when one request in fifty is slow", () => {
    expect(traffic(10, 0)).toEqual(["HighHttpLatency"]);
    expect(traffic(2, 0)).toEqual([]);
  });

  test("agent: silent for more than 30 seconds, and not for 20", () => {
    const silent = (seconds: number) =>
      fired(MINUTE, 5000, (shard) => {
        shard.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", ...host }, value: seconds }];
      });
    expect(silent(31)).toEqual(["AgentSilent"]);
    expect(silent(20)).toEqual([]);
  });

  test("security: more than 20 failed sign-ins a minute, and not ten", () => {
    const failures = (perMinute: number) =>
      fired(5 * MINUTE, 10_000, (shard, at, elapsed) =>
        shard.append({ __name__: "sightline_auth_failures_total" }, at, (elapsed / MINUTE) * perMinute, "counter"),
      );
    expect(failures(40)).toEqual(["AuthenticationFailures"]);
    expect(failures(10)).toEqual([]);
  });
});

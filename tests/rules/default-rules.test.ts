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

/** Rules that some of the tests below made fire. */
const everFired = new Set<string>();

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
  for (const name of names) everFired.add(name);
  return [...names].toSorted();
}

const host = { host_name: "web-1" };
const gauge = (labels: Labels, durationMs: number, value: (elapsedMs: number) => number, stepMs = 10_000) =>
  fired(durationMs, stepMs, (shard, at, elapsed) => shard.append({ ...labels, ...host }, at, value(elapsed)));

const idle = { __name__: "system_cpu_utilization_ratio", cpu_mode: "idle" };
const memory = { __name__: "system_memory_utilization_ratio", system_memory_state: "used" };
const filesystem = { __name__: "system_filesystem_utilization_ratio", system_filesystem_state: "used", system_filesystem_mountpoint: "/" };

/** Requests of one service each 10 s, `slow` and `failing` of every 100. */
const traffic = (slow: number, failing: number, objective?: number, durationMs = 5 * MINUTE) => {
  const ok = new ExponentialHistogram();
  const errors = new ExponentialHistogram();
  const labels = { __name__: "http_server_request_duration_seconds", service_name: "shop" };
  return fired(durationMs, 10_000, (shard, at) => {
    for (let i = 0; i < 100 - failing; i++) ok.record(i < slow ? 3 : 0.05);
    for (let i = 0; i < failing; i++) errors.record(0.05);
    shard.appendHistogram({ ...labels, http_response_status_code: "200" }, at, ok.toNative());
    shard.appendHistogram({ ...labels, http_response_status_code: "503" }, at, errors.toNative());
    if (objective === undefined) return;
    shard.append({ __name__: "http_server_request_duration_objective_seconds", service_name: "shop", instance: "a" }, at, objective);
    // Another service's objective is another service's.
    shard.append({ __name__: "http_server_request_duration_objective_seconds", service_name: "other", instance: "b" }, at, 0.01);
  });
};

describe("the rules a project starts with", () => {
  test("parse, and tell people what to do", () => {
    for (const { rules } of defaultRuleGroups())
      for (const rule of rules) {
        expect(parseQuery(rule.expr).ok, rule.expr).toBe(true);
        if (isRecording(rule)) continue;
        expect(rule.annotations["runbook"]?.length).toBeGreaterThan(80);
        expect(rule.annotations["summary"]?.length).toBeGreaterThan(20);
        expect(rule.annotations["description"]?.length).toBeGreaterThan(40);
        expect(rule.recommendations.length).toBeGreaterThan(0);
        expect(rule.cooldownMs).toBe(300_000);
        expect(rule.escalate?.[0]?.afterMs).toBe(30 * MINUTE);
      }
  });

  test("claim nothing that is not yet so while an alert is pending: how long is said as a condition, and is the rule's own", () => {
    const words = new Map([
      [MINUTE, "a minute"],
      [2 * MINUTE, "two minutes"],
      [5 * MINUTE, "five minutes"],
    ]);
    for (const { rules } of defaultRuleGroups())
      for (const rule of rules) {
        if (isRecording(rule)) continue;
        const said = `${rule.annotations["summary"]} ${rule.annotations["description"]}`;
        const condition = /fires when that goes on for ((?:a|[a-z]+) minutes?)/.exec(said)?.[1];
        if (condition !== undefined) expect(condition, rule.name).toBe(words.get(rule.forMs));
        expect(said.replace(/fires when that goes on for \S+ \S+/, ""), rule.name).not.toMatch(
          /\bfor (?:a|two|five|ten|\d+) (?:seconds?|minutes?)/i,
        );
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

  test("HTTP: p95 is held to the service's own objective where it says one", () => {
    expect(traffic(10, 0, 5)).toEqual([]);
    expect(traffic(0, 0, 0.02)).toEqual(["HighHttpLatency"]);
    expect(traffic(0, 0, 0.1)).toEqual([]);
  });

  test("agent: silent for more than 30 seconds, and not for 20", () => {
    const silent = (seconds: number) =>
      fired(MINUTE, 5000, (shard) => {
        shard.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", ...host }, value: seconds }];
      });
    expect(silent(31)).toEqual(["AgentSilent"]);
    expect(silent(20)).toEqual([]);
  });

  test("services: silent for more than a minute as a whole, and not when an instance follows or the last one closed in order", () => {
    const silent = (...instances: readonly (readonly [instance: string, seconds: number, closed?: "closed"])[]) =>
      fired(MINUTE, 5000, (shard) => {
        shard.synthetic = instances.map(([instance, value, closed]) => ({
          labels: {
            __name__: "sightline_sender_silence_seconds",
            sender: `shop@${instance}`,
            service_name: "shop",
            instance,
            ...(closed === undefined ? {} : { closed: "true" }),
            ...host,
          },
          value,
        }));
      });
    expect(silent(["a:1", 61])).toEqual(["ServiceSilent"]);
    expect(silent(["a:1", 50])).toEqual([]);
    expect(silent(["a:1", 70_000], ["a:2", 1])).toEqual([]);
    expect(silent(["a:1", 90, "closed"])).toEqual([]);
    expect(silent(["a:1", 70_000], ["a:2", 90, "closed"])).toEqual([]);
    // Its successor has crashed.
    expect(silent(["a:1", 70_000, "closed"], ["a:2", 90])).toEqual(["ServiceSilent"]);
    expect(silent(["a:1", 70_000, "closed"], ["a:2", 5])).toEqual([]);
  });

  test("security: more than 20 failed sign-ins a minute, and not ten", () => {
    const failures = (perMinute: number) =>
      fired(5 * MINUTE, 10_000, (shard, at, elapsed) =>
        shard.append({ __name__: "sightline_auth_failures_total" }, at, (elapsed / MINUTE) * perMinute, "counter"),
      );
    expect(failures(40)).toEqual(["AuthenticationFailures"]);
    expect(failures(10)).toEqual([]);
  });

  /** The default rules that fire while every series of `of` grows or stands as it says, sampled each 15 s. */
  const series = (durationMs: number, of: readonly (readonly [Labels, (elapsedMs: number) => number])[]): string[] =>
    fired(durationMs, 15_000, (shard, at, elapsed) => {
      for (const [labels, value] of of)
        shard.append(labels, at, value(elapsed), (labels["__name__"] ?? "").endsWith("_total") ? "counter" : "gauge");
    });
  const named = (name: string, labels: Labels = {}): Labels => ({ __name__: name, ...labels });
  const each = (perSecond: number) => (elapsed: number) => (perSecond * elapsed) / 1000;
  const constant = (value: number) => () => value;

  test("HTTP: one failed request of three is no outage", () => {
    const few = () => {
      const [ok, errors] = [new ExponentialHistogram(), new ExponentialHistogram()];
      const labels = { __name__: "http_server_request_duration_seconds", service_name: "shop" };
      return fired(10 * MINUTE, 20_000, (shard, at, elapsed) => {
        if (elapsed % 60_000 === 0) errors.record(0.05);
        else ok.record(0.05);
        shard.appendHistogram({ ...labels, http_response_status_code: "200" }, at, ok.toNative());
        shard.appendHistogram({ ...labels, http_response_status_code: "503" }, at, errors.toNative());
      });
    };
    expect(few()).toEqual([]);
  });

  test("HTTP: half the traffic of the same hour yesterday, and not three quarters of it", () => {
    const today = (share: number) => {
      const requests = new ExponentialHistogram();
      const labels = { __name__: "http_server_request_duration_seconds", service_name: "shop" };
      const day = 24 * HOUR;
      return fired(day + HOUR, MINUTE, (shard, at, elapsed) => {
        const yesterday = elapsed <= 90 * MINUTE;
        const wanted = elapsed <= 90 * MINUTE || elapsed >= day - HOUR ? 60 * (yesterday ? 1 : share) : 0;
        for (let i = 0; i < wanted; i++) requests.record(0.05);
        if (wanted > 0) shard.appendHistogram(labels, at, requests.toNative());
      });
    };
    expect(today(0.3)).toEqual(["LowHttpThroughput"]);
    expect(today(0.75)).toEqual([]);
  });

  test("HTTP: more requests at a time than the service's limit, and not as many", () => {
    const active = (count: number) =>
      series(3 * MINUTE, [
        [named("http_server_active_requests", { service_name: "shop", route: "/" }), constant(count)],
        [named("http_server_active_requests_limit", { service_name: "shop" }), constant(100)],
      ]);
    expect(active(101)).toEqual(["HighConcurrency"]);
    expect(active(100)).toEqual([]);
  });

  test("certificates: two weeks before they expire, and three days before", () => {
    const expires = (days: number) =>
      series(3 * MINUTE, [[named("probe_ssl_earliest_cert_expiry", { instance: "shop" }), constant(T / 1000 + days * 86_400)]]);
    expect(expires(20)).toEqual([]);
    expect(expires(10)).toEqual(["CertificateExpiresSoon"]);
    expect(expires(2)).toEqual(["CertificateExpiresNow", "CertificateExpiresSoon"]);
  });

  test("Node: a busy or a held-up event loop, a heap near its limit; and none of them below", () => {
    const node = (busy: number, delay: number, heap: number) =>
      series(4 * MINUTE, [
        [named("nodejs_eventloop_utilization_ratio", { service_name: "shop" }), constant(busy)],
        [named("nodejs_eventloop_delay_p99_seconds", { service_name: "shop" }), constant(delay)],
        [named("v8js_memory_heap_used_bytes", { service_name: "shop", v8js_heap_space_name: "old" }), constant(heap * 1e9)],
        [named("v8js_memory_heap_limit_bytes", { service_name: "shop", v8js_heap_space_name: "old" }), constant(1e9)],
      ]);
    expect(node(0.95, 0.05, 0.5)).toEqual(["EventLoopBusy"]);
    expect(node(0.5, 0.3, 0.5)).toEqual(["EventLoopDelayed"]);
    expect(node(0.5, 0.05, 0.95)).toEqual(["HeapAlmostFull"]);
    expect(node(0.85, 0.15, 0.85)).toEqual([]);
  });

  test("PostgreSQL: connections, blocks in memory, deadlocks, replication; and none of them on a quiet day", () => {
    const server = { host_name: "db-1" };
    const postgres = (backends: number, hits: number, reads: number, deadlocks: number, lag: number) =>
      series(16 * MINUTE, [
        [named("postgresql_backends", { ...server, postgresql_database_name: "shop" }), constant(backends)],
        [named("postgresql_connection_max", server), constant(100)],
        [named("postgresql_blks_hit_total", { ...server, postgresql_database_name: "shop" }), each(hits)],
        [named("postgresql_blks_read_total", { ...server, postgresql_database_name: "shop" }), each(reads)],
        [named("postgresql_deadlocks_total", { ...server, postgresql_database_name: "shop" }), each(deadlocks)],
        [named("postgresql_wal_lag_seconds", server), constant(lag)],
      ]);
    expect(postgres(50, 990, 10, 0, 1)).toEqual([]);
    expect(postgres(90, 990, 10, 0, 1)).toEqual(["PostgresConnectionsNearlyExhausted"]);
    expect(postgres(50, 500, 500, 0, 1)).toEqual(["PostgresCacheHitRatioLow"]);
    expect(postgres(50, 5, 5, 0, 1)).toEqual([]);
    expect(postgres(50, 990, 10, 0.05, 1)).toEqual(["PostgresDeadlocks"]);
    expect(postgres(50, 990, 10, 0, 60)).toEqual(["PostgresReplicationLag"]);
  });

  test("database pools: nearly all connections in use, and not half of them", () => {
    const pool = (used: number) =>
      series(3 * MINUTE, [
        [named("db_client_connection_count", { service_name: "shop", db_client_connection_state: "used" }), constant(used)],
        [named("db_client_connection_max", { service_name: "shop" }), constant(10)],
      ]);
    expect(pool(10)).toEqual(["DatabasePoolExhausted"]);
    expect(pool(5)).toEqual([]);
  });

  test("caches: more than three lookups in ten miss for ten minutes, of enough lookups", () => {
    const cacheOf = (hits: number, misses: number) =>
      series(17 * MINUTE, [
        [named("cache_requests_total", { service_name: "shop", cache_name: "items", cache_result: "hit" }), each(hits)],
        [named("cache_requests_total", { service_name: "shop", cache_name: "items", cache_result: "miss" }), each(misses)],
      ]);
    expect(cacheOf(5, 5)).toEqual(["CacheHitRatioLow"]);
    expect(cacheOf(9, 1)).toEqual([]);
    expect(cacheOf(0.05, 0.05)).toEqual([]);
    const redis = (hits: number, misses: number) =>
      series(17 * MINUTE, [
        [named("redis_keyspace_hits_total", { instance: "r" }), each(hits)],
        [named("redis_keyspace_misses_total", { instance: "r" }), each(misses)],
      ]);
    expect(redis(5, 5)).toEqual(["RedisHitRatioLow"]);
    expect(redis(9, 1)).toEqual([]);
  });

  test("disk: inodes used up, and not at 80%", () => {
    const inodes = { ...filesystem, __name__: "system_filesystem_inodes_utilization_ratio" };
    expect(gauge(inodes, 7 * MINUTE, () => 0.95)).toEqual(["InodesAlmostUsedUp"]);
    expect(gauge(inodes, 7 * MINUTE, () => 0.8)).toEqual([]);
  });

  test("Sightline itself: dropped data, suspended collectors, refused samples, too many series", () => {
    const grows = (name: string, labels: Labels) => [
      series(6 * MINUTE, [[named(name, labels), each(1)]]),
      series(6 * MINUTE, [[named(name, labels), constant(7)]]),
    ];
    expect(grows("sightline_agent_dropped_frames_total", host)).toEqual([["AgentDropsData"], []]);
    expect(grows("sightline_shard_rejected_samples_total", { reason: "too_old" })).toEqual([["SamplesRejected"], []]);
    expect(grows("sightline_sdk_series_overflow_total", { service_name: "shop" })).toEqual([["SeriesOverflow"], []]);
    const suspended = (value: number) =>
      series(8 * MINUTE, [[named("sightline_agent_collector_suspended", { ...host, collector: "disk" }), constant(value)]]);
    expect(suspended(1)).toEqual(["CollectorSuspended"]);
    expect(suspended(0)).toEqual([]);
  });

  test("there is no rule that none of these tests made fire", () => {
    const names = defaultRuleGroups().flatMap(({ rules }) => rules.flatMap((rule) => (isRecording(rule) ? [] : [rule.name])));
    expect(names.filter((name) => !everFired.has(name))).toEqual([]);
  });
});

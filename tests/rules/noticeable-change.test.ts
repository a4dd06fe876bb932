import { describe, expect, it } from "vitest";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { MetricType } from "@sightline/shared/model/metric";
import { isNoticeable } from "../../worker/src/rules/detection/noticeable-change.ts";

const judged = (value: number, expected: number): Judgement => ({
  t: 0,
  value,
  expected,
  lower: expected,
  upper: expected,
  score: 1,
  kind: "spike",
  reason: "",
});
const cpu = { __name__: "m" };
const metric = (type: MetricType, unit: string) => ({ type, unit, help: "" });

describe("a change worth telling", () => {
  it("is not a share that goes from nothing to one percent", () => {
    expect(isNoticeable(judged(0.01, 0.000028), cpu, metric("gauge", "ratio"))).toBe(false);
    expect(isNoticeable(judged(0.4, 0.1), cpu, metric("gauge", "ratio"))).toBe(true);
  });

  it("is a gap and a value that stands still, whatever the value is", () => {
    for (const unit of ["ratio", "percent", "bytes", "seconds"])
      for (const kind of ["gap", "flatline"] as const)
        expect(isNoticeable({ ...judged(0.2, 0.2), kind }, cpu, metric("gauge", unit))).toBe(true);
  });

  it("is a scatter, drift or season that is another where there is more than nothing, however near one value is to what was expected", () => {
    for (const kind of ["variance_change", "trend_change", "seasonal_break"] as const) {
      expect(isNoticeable({ ...judged(4.1e7, 4e7), kind }, cpu, metric("gauge", "bytes"))).toBe(true);
      expect(isNoticeable({ ...judged(0.001, 0.0002), kind }, cpu, metric("gauge", "ratio"))).toBe(false);
    }
  });

  it("is of a share that only its name tells as of any share, and of nothing else that is below one", () => {
    for (const name of ["system_cpu_usage", "process_cpu_usage", "pool_utilization", "heap_occupancy"]) {
      expect(isNoticeable(judged(0.95, 0.03), { __name__: name }, metric("gauge", ""))).toBe(true);
      expect(isNoticeable(judged(0.04, 0.001), { __name__: name }, metric("gauge", ""))).toBe(false);
    }
    expect(isNoticeable(judged(0.95, 0.03), { __name__: "node_load1" }, metric("gauge", ""))).toBe(false);
    expect(isNoticeable(judged(0.9, 0.03), { __name__: "memory_usage" }, metric("gauge", "bytes"))).toBe(false);
  });

  it("is not what exporters say of their scrapes, but what the Collector's exporters queue", () => {
    const told = (name: string) => isNoticeable(judged(900, 20), { __name__: name }, metric("gauge", ""));
    expect(["otelcol_exporter_queue_size", "invoice_exporter_backlog", "otelcol_exporter_send_failed_spans"].filter(told)).toHaveLength(3);
    const own = [
      "mysql_exporter_collector_duration_seconds",
      "redis_exporter_last_scrape_duration_seconds",
      "pg_exporter_scrapes_total",
      "haproxy_exporter_total_scrapes",
      "node_exporter_build_info",
      "blackbox_exporter_config_last_reload_successful",
      "node_scrape_collector_duration_seconds",
    ];
    expect(own.filter(told)).toEqual([]);
  });

  it("is few in a thousand of what people suffer from", () => {
    expect(isNoticeable(judged(0.045, 0.0012), { __name__: "checkout_error_ratio" }, metric("gauge", "ratio"))).toBe(true);
    expect(isNoticeable(judged(95.7, 99.7), { __name__: "login_success_percent" }, metric("gauge", "percent"))).toBe(true);
    expect(isNoticeable(judged(0.0045, 0.0005), { __name__: "cache_latency_seconds" }, metric("gauge", "seconds"))).toBe(true);
  });

  it("is half as much again where there is something, below what is otherwise little", () => {
    expect(isNoticeable(judged(32e6, 20e6), { __name__: "heap_used_bytes" }, metric("gauge", "bytes"))).toBe(true);
    expect(isNoticeable(judged(25e6, 20e6), { __name__: "heap_used_bytes" }, metric("gauge", "bytes"))).toBe(false);
    expect(isNoticeable(judged(0.0045, 0.0012), { __name__: "lock_wait_seconds" }, metric("gauge", "seconds"))).toBe(true);
  });

  it("is not the time at which a job ran or will run, whatever its name", () => {
    const at = 1_780_000_000_000;
    const run = { ...judged(at / 1000 + 3600, at / 1000), t: at };
    expect(isNoticeable(run, { __name__: "kube_cronjob_next_schedule" }, metric("gauge", ""))).toBe(false);
    expect(isNoticeable(run, { __name__: "backup_finished_seconds" }, metric("gauge", ""))).toBe(false);
    expect(isNoticeable({ ...judged(at + 60_000, at), t: at }, { __name__: "last_sync" }, metric("gauge", ""))).toBe(false);
    // Bytes may be as many.
    expect(isNoticeable({ ...run, expected: 1e9 }, { __name__: "node_memory_used_bytes" }, metric("gauge", ""))).toBe(true);
  });

  it("is measured by the rate where the metric is a counter", () => {
    expect(isNoticeable(judged(30_000, 10), cpu, metric("counter", "bytes"))).toBe(false);
    expect(isNoticeable(judged(3_000_000, 10), cpu, metric("counter", "bytes"))).toBe(true);
  });

  it("is not what the agent says of itself", () => {
    expect(isNoticeable(judged(9, 1), { __name__: "sightline_agent_sent_frames_total" }, metric("counter", ""))).toBe(false);
  });

  it.each([
    "node_scrape_collector_duration_seconds",
    "scrape_duration_seconds",
    "promhttp_metric_handler_requests_in_flight",
    "pg_exporter_last_scrape_duration_seconds",
  ])("is not what an exporter says of its own measuring: %s", (__name__) => {
    expect(isNoticeable(judged(0.9, 0.1), { __name__ }, metric("gauge", ""))).toBe(false);
  });

  it("is not a hundredth less of a rate or a number, which a scrape that is late makes", () => {
    expect(isNoticeable(judged(0.1985, 0.2), cpu, metric("counter", ""))).toBe(false);
    expect(isNoticeable(judged(5.02, 5.01), cpu, metric("gauge", "seconds"))).toBe(false);
    expect(isNoticeable(judged(16_101_000, 16_100_000), cpu, metric("gauge", ""))).toBe(false);
    expect(isNoticeable(judged(0.985, 0.992), { __name__: "login_success_ratio" }, metric("gauge", "ratio"))).toBe(true);
  });

  it("is no time that nobody waits, whatever it is called", () => {
    expect(isNoticeable(judged(0.000_133, 0.000_284), { __name__: "lookup_duration_seconds" }, metric("gauge", "seconds"))).toBe(false);
    expect(isNoticeable(judged(0.000_009, 0.000_002), { __name__: "lookup_duration_seconds" }, metric("gauge", ""))).toBe(false);
  });

  it.each([
    "process_uptime_seconds",
    "system_uptime_seconds",
    "mysql_global_status_uptime",
    "process_start_time_seconds",
    "node_boot_time_seconds",
    "kube_pod_start_time",
    "prometheus_config_last_reload_success_timestamp_seconds",
    "go_memstats_last_gc_time_seconds",
  ])("is not that the clock %s began anew with a restart", (__name__) => {
    expect(isNoticeable(judged(0.4, 790), { __name__ }, metric("gauge", "seconds"))).toBe(false);
  });

  it.each(["process_cpu_time_seconds_total", "http_response_time_seconds", "job_run_time_seconds", "disk_io_time_seconds_total"])(
    "is what takes longer: %s is no clock",
    (__name__) => {
      expect(isNoticeable(judged(9, 1), { __name__ }, metric("gauge", "seconds"))).toBe(true);
    },
  );

  it("is any change the detector found where the unit says nothing about size", () => {
    expect(isNoticeable(judged(3, 2), cpu, metric("gauge", ""))).toBe(true);
    expect(isNoticeable(judged(0, 1), cpu, metric("gauge", ""))).toBe(true);
    expect(isNoticeable(judged(7, 0), cpu, metric("gauge", ""))).toBe(true);
  });

  it("is not one of something where there was none, nor one event in ten seconds", () => {
    expect(isNoticeable(judged(1, 0.001), cpu, metric("gauge", ""))).toBe(false);
    expect(isNoticeable(judged(0.01, 0), cpu, metric("unknown", ""))).toBe(false);
    expect(isNoticeable(judged(0.066, 0), cpu, metric("counter", ""))).toBe(false);
    expect(isNoticeable(judged(2, 0), cpu, metric("counter", ""))).toBe(true);
  });

  it("is measured by the unit in its name where the metadata say none, as remote write leaves it", () => {
    expect(isNoticeable(judged(5_000_000, 4_000_000), { __name__: "process_resident_memory_bytes" }, metric("unknown", ""))).toBe(false);
    expect(isNoticeable(judged(400_000, 1000), { __name__: "node_network_receive_bytes_total" }, metric("counter", ""))).toBe(true);
  });
});

import type { MetricMetadata } from "@sightline/shared/model/metric";

/**
 * What collectd's types mean (types.db, collectd 5.12): GAUGE is a gauge, DERIVE and COUNTER count up. Line protocol says
 * neither type nor unit; collectd's `write_influxdb_udp` gives the name of its own type as a tag.
 */
const GAUGES: Readonly<Record<string, readonly string[]>> = {
  "": [
    "count",
    "delay",
    "entropy",
    "gauge",
    "latency",
    "response_time",
    "time_offset",
    "load",
    "ps_count",
    "ps_state",
    "users",
    "vcpu",
    "signal_quality",
    "files",
    "file_handles",
    "conntrack",
    "df_inodes",
  ],
  bytes: [
    "bytes",
    "cache_size",
    "df",
    "df_complex",
    "disk_allocation",
    "disk_capacity",
    "disk_physical",
    "file_size",
    "memory",
    "memory_lua",
    "ps_data",
    "ps_code",
    "ps_rss",
    "ps_stacksize",
    "ps_vm",
    "swap",
    "vs_memory",
  ],
  percent: ["percent", "percent_bytes", "percent_inodes", "humidity"],
  seconds: ["uptime", "duration"],
  milliseconds: ["ping", "ping_stddev"],
  ratio: ["ping_droprate"],
  celsius: ["temperature"],
  volts: ["voltage"],
  amperes: ["current"],
  watts: ["power"],
  hertz: ["cpufreq", "frequency"],
  rpm: ["fanspeed"],
};
const COUNTERS: Readonly<Record<string, readonly string[]>> = {
  "": [
    "counter",
    "derive",
    "contextswitch",
    "disk_merged",
    "disk_ops",
    "disk_ops_complex",
    "fork_rate",
    "irq",
    "operations",
    "ps_disk_ops",
    "ps_pagefaults",
    "swap_io",
    "total_requests",
    "vmpage_faults",
    "if_collisions",
    "if_dropped",
    "if_errors",
    "if_multicast",
    "if_rx_dropped",
    "if_rx_errors",
    "if_tx_dropped",
    "if_tx_errors",
  ],
  packets: ["if_packets", "if_rx_packets", "if_tx_packets"],
  bytes: ["disk_octets", "if_octets", "if_rx_octets", "if_tx_octets", "io_octets", "ps_disk_octets", "total_bytes"],
  jiffies: ["cpu"],
  microseconds: ["ps_cputime"],
  milliseconds: ["disk_io_time", "disk_time"],
};

const TYPES: ReadonlyMap<string, MetricMetadata> = new Map(
  [["gauge", GAUGES] as const, ["counter", COUNTERS] as const].flatMap(([type, byUnit]) =>
    Object.entries(byUnit).flatMap(([unit, names]) => names.map((name) => [name, { type, unit, help: "" }] as const)),
  ),
);
const TAGS: ReadonlySet<string> = new Set(["host", "instance", "type", "type_instance"]);

/** Type and unit of a line that has collectd's tags and no others; undefined for all that is not known to be collectd's. */
export function collectdMetadata(tags: readonly (readonly [key: string, value: string])[]): MetricMetadata | undefined {
  let type: string | undefined;
  let host = false;
  for (const [key, value] of tags) {
    if (!TAGS.has(key)) return undefined;
    if (key === "type") type = value;
    if (key === "host") host = true;
  }
  return host && type !== undefined ? TYPES.get(type) : undefined;
}

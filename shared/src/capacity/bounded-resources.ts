import type { Labels } from "../model/labels.ts";
import { METRIC_NAME } from "../model/labels.ts";
import type { ResourceKind } from "../model/capacity.ts";

/**
 * A rule by which a resource is recognised: PromQL of what is used and of its limit, which have the same labels but for `dropped`. `$step`
 * stands for the time between two points, `$range` for no less than four samples, `$stretch` for no less than five minutes, and in `peak` `$burst` for
 * five minutes, or four samples, or what so many series take.
 */
export interface ResourceRule {
  readonly kind: ResourceKind;
  readonly used: string;
  /**
   * The highest within `$step`, where that is another than of `used` as often as it is sampled. Of a size less what is free the smallest
   * size counts: it is one size, but in the step in which somebody changed it, where the largest and the least free are of different times.
   */
  readonly peak?: string;
  /** How many series `peak` is made of, where that is many more than it gives. */
  readonly inputs?: string;
  readonly limit: string | number;
  readonly unit: string;
  /** Labels of `used` that `limit` has not. */
  readonly dropped?: readonly string[];
  readonly name?: string;
  /** Known by its names alone. */
  readonly byName?: true;
  /** Of the machine itself, which an agent and an exporter may both see. */
  readonly ofMachine?: true;
}

/** Kernels and their exporters say "none" by a number of 63 or 64 bits: what is beyond an exbibyte, or as many of anything, bounds nothing. */
export const UNLIMITED = 2 ** 60;

/** A CPU that is busier than this makes everything wait, long before 1. */
const BUSY = 0.9;
const REAL_DISKS = 'fstype!~"tmpfs|ramfs|squashfs|iso9660|udf|erofs|cramfs|overlay|nsfs|devtmpfs"';
/** What nobody can write to does not fill. */
const WRITABLE = "unless node_filesystem_readonly == 1";

/** What Windows keeps for itself without a letter or a folder is as full as it was made. */
const WINDOWS_DISKS = 'volume!~"HarddiskVolume.*"';

/** By what cAdvisor and kube-state-metrics both know a container. */
const CONTAINER = "cluster, namespace, pod, container";

/** What is used or free without the label that says so: used alone is no limit. */
const fileSystem = (state: string): string =>
  `sum without (system_filesystem_state) (system_filesystem_usage_bytes{system_filesystem_state="${state}"})`;

/** Counters of the seconds that each CPU spent in each mode. */
interface CpuSeconds {
  readonly metric: string;
  /** The label that tells CPUs apart. */
  readonly cpu: string;
  /** Modes that are all of a second but what is idle, for a matcher. */
  readonly busy: string;
}

const OF_NODE: CpuSeconds = { metric: "node_cpu_seconds_total", cpu: "cpu", busy: 'mode!="idle"' };
/** Privileged time is that of interrupts and of procedure calls that they deferred, too. */
const OF_WINDOWS: CpuSeconds = { metric: "windows_cpu_time_total", cpu: "core", busy: 'mode=~"privileged|user"' };

/** How busy the CPUs of a machine are. A window that samples fill in part, of a host that began or was down, has too little of all modes alike: their share is right. */
function cpuRule({ metric, cpu, busy }: CpuSeconds): ResourceRule {
  const idle = `${metric}{mode="idle"}`;
  /** The seconds of every second that samples tell of, in all modes: as the first CPU, or all together, has them, as there may be hundreds. */
  const covered = (modes: string, range: string): string =>
    `sum without (${cpu}, mode) (rate(${metric}{${modes},${cpu}!~".*[1-9].*"}[${range}]))`;
  /** Where there is no other mode or no CPU 0: of windows that were covered when they began, and are still. */
  const isUp = (ago: string): string => `max without (${cpu}, mode) (${metric}{mode="idle",${cpu}!~".*[2-9].*|.*1.+"}${ago})`;
  const idleOver = (range: string): string =>
    `avg without (${cpu}, mode) (rate(${idle}[${range}])) / (${covered(busy, range)} + ${covered('mode="idle"', range)} or 0 * (${isUp(` offset ${range}`)} and ${isUp("")}) + 1)`;
  return {
    kind: "cpu",
    used: `1 - ${idleOver("$range")}`,
    peak: `1 - min_over_time((${idleOver("$burst")})[$stretch:$burst])`,
    inputs: `count(${idle})`,
    limit: BUSY,
    unit: "ratio",
    ofMachine: true,
  };
}

/** The agent's metrics, node_exporter's, and those of common exporters and Kubernetes. */
export const RESOURCE_RULES: readonly ResourceRule[] = [
  {
    kind: "disk",
    used: 'system_filesystem_usage_bytes{system_filesystem_state="used"}',
    limit: `system_filesystem_limit_bytes or ${fileSystem("used")} + ${fileSystem("free")}`,
    unit: "bytes",
    dropped: ["system_filesystem_state"],
    ofMachine: true,
  },
  {
    kind: "disk",
    // As df has it: what is kept for root is neither used nor to be had; where only what is available is sent, it is used.
    used: `node_filesystem_size_bytes{${REAL_DISKS}} - (node_filesystem_free_bytes or node_filesystem_avail_bytes)`,
    peak: `min_over_time(node_filesystem_size_bytes{${REAL_DISKS}}[$step]) - (min_over_time(node_filesystem_free_bytes[$step]) or min_over_time(node_filesystem_avail_bytes[$step]))`,
    limit: `node_filesystem_size_bytes{${REAL_DISKS}} - (node_filesystem_free_bytes or node_filesystem_avail_bytes) + node_filesystem_avail_bytes ${WRITABLE}`,
    unit: "bytes",
    ofMachine: true,
  },
  { kind: "inodes", used: "system_filesystem_inodes_utilization_ratio", limit: 1, unit: "ratio", ofMachine: true },
  {
    kind: "inodes",
    used: `node_filesystem_files{${REAL_DISKS}} - node_filesystem_files_free`,
    peak: `min_over_time(node_filesystem_files{${REAL_DISKS}}[$step]) - min_over_time(node_filesystem_files_free[$step])`,
    limit: `node_filesystem_files{${REAL_DISKS}} ${WRITABLE}`,
    unit: "",
    ofMachine: true,
  },
  {
    kind: "memory",
    used: 'avg_over_time(system_memory_usage_bytes{system_memory_state="used"}[$step])',
    peak: 'max_over_time(system_memory_usage_bytes{system_memory_state="used"}[$step])',
    limit: "system_memory_limit_bytes",
    unit: "bytes",
    dropped: ["system_memory_state"],
    ofMachine: true,
  },
  {
    kind: "memory",
    used: "node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes",
    peak: "min_over_time(node_memory_MemTotal_bytes[$step]) - min_over_time(node_memory_MemAvailable_bytes[$step])",
    limit: "node_memory_MemTotal_bytes",
    unit: "bytes",
    ofMachine: true,
  },
  {
    kind: "disk",
    used: `windows_logical_disk_size_bytes{${WINDOWS_DISKS}} - windows_logical_disk_free_bytes`,
    peak: `min_over_time(windows_logical_disk_size_bytes{${WINDOWS_DISKS}}[$step]) - min_over_time(windows_logical_disk_free_bytes[$step])`,
    limit: `windows_logical_disk_size_bytes{${WINDOWS_DISKS}}`,
    unit: "bytes",
    ofMachine: true,
  },
  {
    kind: "memory",
    // Either is of other versions of the exporter.
    used: "(windows_memory_physical_total_bytes or windows_cs_physical_memory_bytes) - (windows_memory_physical_free_bytes or windows_os_physical_memory_free_bytes)",
    peak: "(min_over_time(windows_memory_physical_total_bytes[$step]) or min_over_time(windows_cs_physical_memory_bytes[$step])) - (min_over_time(windows_memory_physical_free_bytes[$step]) or min_over_time(windows_os_physical_memory_free_bytes[$step]))",
    limit: "windows_memory_physical_total_bytes or windows_cs_physical_memory_bytes",
    unit: "bytes",
    ofMachine: true,
  },
  {
    kind: "disk",
    used: "elasticsearch_filesystem_data_size_bytes - (elasticsearch_filesystem_data_available_bytes or elasticsearch_filesystem_data_free_bytes)",
    peak: "min_over_time(elasticsearch_filesystem_data_size_bytes[$step]) - (min_over_time(elasticsearch_filesystem_data_available_bytes[$step]) or min_over_time(elasticsearch_filesystem_data_free_bytes[$step]))",
    limit: "elasticsearch_filesystem_data_size_bytes",
    unit: "bytes",
  },
  {
    kind: "memory",
    used: "avg_over_time(container_memory_working_set_bytes[$step])",
    peak: "max_over_time(container_memory_working_set_bytes[$step])",
    limit: "container_spec_memory_limit_bytes > 0",
    unit: "bytes",
  },
  {
    kind: "memory",
    used: `max by (${CONTAINER}) (avg_over_time(container_memory_working_set_bytes{container!=""}[$step]))`,
    peak: `max by (${CONTAINER}) (max_over_time(container_memory_working_set_bytes{container!=""}[$step]))`,
    // What is told as `exported_pod` has the names of kube-state-metrics itself in these labels.
    limit: `max by (${CONTAINER}) (kube_pod_container_resource_limits{resource="memory",exported_pod=""}) unless max by (${CONTAINER}) (container_spec_memory_limit_bytes > 0)`,
    unit: "bytes",
  },
  {
    kind: "memory",
    used: "rabbitmq_process_resident_memory_bytes",
    limit: "rabbitmq_resident_memory_limit_bytes",
    unit: "bytes",
  },
  {
    kind: "cpu",
    used: '1 - avg_over_time(system_cpu_utilization_ratio{cpu_mode="idle"}[$step])',
    // Every second has its moments of full use: how busy it is is what requests find on average, in the busiest five minutes.
    peak: '1 - min_over_time(avg_over_time(system_cpu_utilization_ratio{cpu_mode="idle"}[5m])[$stretch:5m])',
    limit: BUSY,
    unit: "ratio",
    ofMachine: true,
  },
  cpuRule(OF_NODE),
  cpuRule(OF_WINDOWS),
  { kind: "file descriptors", used: "system_filehandle_count", limit: "system_filehandle_limit", unit: "", ofMachine: true },
  { kind: "file descriptors", used: "node_filefd_allocated", limit: "node_filefd_maximum", unit: "", ofMachine: true },
  { kind: "file descriptors", used: "process_open_fds", limit: "process_max_fds", unit: "" },
  {
    kind: "connections",
    used: "sum by (job, instance) (pg_stat_activity_count)",
    limit: "max by (job, instance) (pg_settings_max_connections)",
    unit: "",
  },
  { kind: "connections", used: "mysql_global_status_threads_connected", limit: "mysql_global_variables_max_connections", unit: "" },
  {
    kind: "connections",
    used: 'sum by (job, instance) ({__name__=~"pgbouncer_pools_client_(active|waiting)_connections"})',
    limit: "max by (job, instance) (pgbouncer_config_max_client_connections)",
    unit: "",
  },
  { kind: "connections", used: "go_sql_in_use_connections", limit: "go_sql_max_open_connections", unit: "" },
  { kind: "connections", used: "redis_connected_clients", limit: "redis_config_maxclients", unit: "" },
  {
    kind: "connections",
    used: "sum without (db_client_connection_state) (db_client_connection_count)",
    limit: "db_client_connection_max",
    unit: "",
  },
  { kind: "connections", used: "node_nf_conntrack_entries", limit: "node_nf_conntrack_entries_limit", unit: "" },
  { kind: "quota", used: "kubelet_volume_stats_used_bytes", limit: "kubelet_volume_stats_capacity_bytes", unit: "bytes" },
  // Java says by its largest number that there may be any number.
  { kind: "quota", used: "executor_active_threads", limit: "executor_pool_max_threads < 2147483647", unit: "" },
  { kind: "quota", used: "etcd_mvcc_db_total_size_in_bytes", limit: "etcd_server_quota_backend_bytes", unit: "bytes" },
  { kind: "quota", used: 'kube_resourcequota{type="used"}', limit: 'kube_resourcequota{type="hard"} > 0', unit: "", dropped: ["type"] },
];

/** CPUs by host, for how requests queue. */
export const CPU_COUNT =
  'count without (cpu_logical_number) (system_cpu_logical_utilization_ratio{cpu_mode="idle"}) or count without (cpu) (node_cpu_seconds_total{mode="idle"}) or count without (core) (windows_cpu_time_total{mode="idle"})';

/** A series of each machine, as the agent (`host_name`) and as an exporter (`instance`) see it. */
export const MACHINES =
  'count by (host_name, instance) (system_cpu_utilization_ratio{cpu_mode="idle"}) or count by (instance) ({__name__=~"node_cpu_seconds_total|windows_cpu_time_total",mode="idle"})';

/** By `instance` what the machine calls itself, `nodename`: the agent's `host_name`. */
export const MACHINE_NAMES = "node_uname_info";

/** What is asked for when nobody says what demand is. */
export const DEFAULT_DEMAND = "sum(rate(http_server_request_duration_seconds_count[5m]))";

const KNOWN = RESOURCE_RULES.map(({ used, limit }) => `${used} ${limit}`).join(" ");
/** Whether the rules above have a metric already. */
export const isKnownMetric = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(KNOWN);

/** Whether two may be of one thing: no label says otherwise. */
export const mayBelong = (one: Labels, two: Labels): boolean =>
  Object.entries(one).every(([name, value]) => name === METRIC_NAME || two[name] === undefined || two[name] === value);

/** Labels by which what is used finds its limit. */
export function joinKey(labels: Labels, dropped: readonly string[] = []): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== METRIC_NAME && !dropped.includes(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

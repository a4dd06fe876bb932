/** Collectors for every system `systeminformation` knows. It may start a child process per call, so all of them have long timeouts. */
import { loadavg, uptime } from "node:os";
import type { Labels } from "@sightline/shared/model/labels";
import systeminformation from "systeminformation";
import type { Collector } from "./collector.ts";
import { MetricFamily, type Reading } from "./metric-family.ts";

export function portableCollectors(resource: Labels, top: number): Collector[] {
  const gauge = (name: string, unit: string, help: string, labels?: string[]): MetricFamily =>
    new MetricFamily(resource, name, "gauge", unit, help, labels);
  const counter = (name: string, unit: string, help: string, labels?: string[]): MetricFamily =>
    new MetricFamily(resource, name, "counter", unit, help, labels);
  const collector = (name: string, intervalMs: number, collect: () => Promise<Reading[]>): Collector => ({
    name,
    intervalMs,
    timeoutMs: Math.max(3000, intervalMs - 1000),
    collect,
  });
  const cpu = gauge("system_cpu_utilization_ratio", "ratio", "Share of time of all cores in each mode", ["cpu_mode"]);
  const core = gauge("system_cpu_logical_utilization_ratio", "ratio", "Share of time of one core in each mode", [
    "cpu_logical_number",
    "cpu_mode",
  ]);
  const memory = gauge("system_memory_usage_bytes", "bytes", "Memory in each state", ["system_memory_state"]);
  const memoryShare = gauge("system_memory_utilization_ratio", "ratio", "Share of memory in each state", ["system_memory_state"]);
  const paging = gauge("system_paging_usage_bytes", "bytes", "Swap in each state", ["system_paging_state"]);
  const network = counter("system_network_io_bytes_total", "bytes", "Bytes received and sent", [
    "network_interface_name",
    "network_io_direction",
  ]);
  const networkErrors = counter("system_network_errors_total", "errors", "Packets with errors", [
    "network_interface_name",
    "network_io_direction",
  ]);
  const place = ["system_device", "system_filesystem_mountpoint", "system_filesystem_type", "system_filesystem_state"];
  const space = gauge("system_filesystem_usage_bytes", "bytes", "File system space in each state", place);
  const spaceShare = gauge("system_filesystem_utilization_ratio", "ratio", "Share of file system space in each state", place);
  const diskBytes = counter("system_disk_io_bytes_total", "bytes", "Bytes read and written", ["system_device", "disk_io_direction"]);
  const processes = gauge("system_process_count", "", "Processes in each state", ["process_state"]);
  const topCpu = gauge("process_top_cpu_utilization_ratio", "ratio", "CPU time of the busiest programs, in cores", [
    "process_executable_name",
  ]);
  const topMemory = gauge("process_top_memory_usage_bytes", "bytes", "Resident memory of the largest programs", [
    "process_executable_name",
  ]);
  const loads = [1, 5, 15].map((minutes) => gauge(`system_cpu_load_average_${minutes}m`, "", `Load averaged over ${minutes} min`));
  const up = gauge("system_uptime_seconds", "seconds", "Time since the host started");
  return [
    collector("cpu", 1000, async () => {
      const load = await systeminformation.currentLoad();
      const modes = (one: { load: number; loadUser: number; loadNice: number; loadSystem: number; loadIdle: number; loadIrq: number }) =>
        [
          ["user", one.loadUser],
          ["nice", one.loadNice],
          ["system", one.loadSystem],
          ["idle", one.loadIdle],
          ["interrupt", one.loadIrq],
        ] as const;
      const total = {
        load: load.currentLoad,
        loadUser: load.currentLoadUser,
        loadNice: load.currentLoadNice,
        loadSystem: load.currentLoadSystem,
        loadIdle: load.currentLoadIdle,
        loadIrq: load.currentLoadIrq,
      };
      return [
        ...modes(total).map(([mode, percent]) => cpu.read(percent / 100, mode)),
        ...load.cpus.flatMap((one, i) => modes(one).map(([mode, percent]) => core.read(percent / 100, String(i), mode))),
      ];
    }),
    collector("memory", 1000, async () => {
      const { total, free, available, buffers, swapused, swapfree } = await systeminformation.mem();
      const used = total - available;
      const states = { used, free, buffers, cached: Math.max(0, total - used - free - buffers) };
      return [
        ...Object.entries(states).flatMap(([state, bytes]) => [memory.read(bytes, state), memoryShare.read(bytes / total, state)]),
        paging.read(swapused, "used"),
        paging.read(swapfree, "free"),
      ];
    }),
    collector("network", 1000, async () =>
      (await systeminformation.networkStats("*")).flatMap((one) => [
        network.read(one.rx_bytes, one.iface, "receive"),
        network.read(one.tx_bytes, one.iface, "transmit"),
        networkErrors.read(one.rx_errors, one.iface, "receive"),
        networkErrors.read(one.tx_errors, one.iface, "transmit"),
      ]),
    ),
    collector("filesystem", 10_000, async () =>
      (await systeminformation.fsSize()).flatMap((one) =>
        one.size === 0
          ? []
          : [
              space.read(one.used, one.fs, one.mount, one.type, "used"),
              space.read(one.available, one.fs, one.mount, one.type, "free"),
              spaceShare.read(one.used / (one.used + one.available), one.fs, one.mount, one.type, "used"),
              spaceShare.read(one.available / (one.used + one.available), one.fs, one.mount, one.type, "free"),
            ],
      ),
    ),
    collector("disk_io", 10_000, async () => {
      const { rx, wx } = await systeminformation.fsStats();
      return [diskBytes.read(rx, "all", "read"), diskBytes.read(wx, "all", "write")];
    }),
    collector("host_state", 10_000, async () => {
      const averages = loadavg();
      return [...loads.map((family, i) => family.read(averages[i] ?? 0)), up.read(uptime())];
    }),
    collector("processes", 10_000, async () => {
      const { running, sleeping, blocked, list } = await systeminformation.processes();
      const busy = [...list].sort((a, b) => b.cpu - a.cpu).slice(0, top);
      const large = [...list].sort((a, b) => b.memRss - a.memRss).slice(0, top);
      return [
        processes.read(running, "running"),
        processes.read(sleeping, "sleeping"),
        processes.read(blocked, "blocked"),
        ...busy.map((one) => topCpu.read(one.cpu / 100, one.name)),
        ...large.map((one) => topMemory.read(one.memRss * 1024, one.name)),
      ];
    }),
  ];
}

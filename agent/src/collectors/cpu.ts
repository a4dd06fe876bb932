import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily, type Reading } from "./metric-family.ts";

/** Columns of a `cpu` line of /proc/stat, in order (proc(5)); guest time is already inside user and nice. */
const MODES = ["user", "nice", "system", "idle", "iowait", "interrupt", "softirq", "steal"] as const;

/** Ticks by line (`cpu`, `cpu0`, …), a row of MODES each. */
function parseCpuTicks(stat: string): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const line of stat.split("\n")) {
    if (!line.startsWith("cpu")) break;
    const fields = line.trim().split(/\s+/);
    lines.set(
      fields[0] ?? "",
      MODES.map((_, i) => Number(fields[i + 1] ?? 0)),
    );
  }
  return lines;
}

/** Share of each mode between two readings, in [0, 1], summing to 1; null when no tick passed. Idle and iowait may step back (proc(5)): that counts as none. */
export function cpuShares(before: readonly number[], after: readonly number[]): number[] | null {
  const ticks = after.map((value, i) => Math.max(0, value - (before[i] ?? 0)));
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return total === 0 ? null : ticks.map((value) => value / total);
}

/** `system_cpu_utilization_ratio{cpu_mode}` over all cores and `system_cpu_logical_utilization_ratio` per core, since the previous round. */
export function cpuCollector(files: HostFiles, resource: Labels): Collector {
  const total = new MetricFamily(resource, "system_cpu_utilization_ratio", "gauge", "ratio", "Share of time of all cores in each mode", [
    "cpu_mode",
  ]);
  const perCore = new MetricFamily(
    resource,
    "system_cpu_logical_utilization_ratio",
    "gauge",
    "ratio",
    "Share of time of one core in each mode",
    ["cpu_logical_number", "cpu_mode"],
  );
  let previous = parseCpuTicks(files.read("/proc/stat"));
  return {
    name: "cpu",
    intervalMs: 1000,
    timeoutMs: 900,
    collect() {
      const current = parseCpuTicks(files.read("/proc/stat"));
      const readings: Reading[] = [];
      for (const [line, ticks] of current) {
        const before = previous.get(line);
        const shares = before === undefined ? null : cpuShares(before, ticks);
        if (shares === null) continue;
        for (const [i, mode] of MODES.entries()) {
          const share = shares[i] ?? 0;
          readings.push(line === "cpu" ? total.read(share, mode) : perCore.read(share, line.slice(3), mode));
        }
      }
      previous = current;
      return readings;
    },
  };
}

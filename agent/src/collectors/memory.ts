import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily } from "./metric-family.ts";

/** Bytes by field of /proc/meminfo. */
function parseMeminfo(text: string): Map<string, number> {
  const fields = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^([^:]+):\s+(\d+)( kB)?/.exec(line);
    if (match !== null) fields.set(match[1] ?? "", Number(match[2]) * (match[3] === undefined ? 1 : 1024));
  }
  return fields;
}

/** States that add up to MemTotal. `used` is what a new program could not have: total - available (kernel ≥ 3.14), or total - free - buffers - cached. */
function memoryStates(meminfo: Map<string, number>): { readonly total: number; readonly states: Readonly<Record<string, number>> } {
  const at = (field: string): number => meminfo.get(field) ?? 0;
  const total = at("MemTotal");
  const free = at("MemFree");
  const buffers = at("Buffers");
  const reclaimable = at("Cached") + at("SReclaimable") - at("Shmem");
  const used = Math.max(0, total - (meminfo.get("MemAvailable") ?? free + buffers + reclaimable));
  const rest = Math.max(0, total - used - free);
  const shownBuffers = Math.min(buffers, rest);
  return { total, states: { used, free: Math.min(free, total - used), buffers: shownBuffers, cached: Math.max(0, rest - shownBuffers) } };
}

/** Memory and swap by state. `1 - free - cached - buffers` and `used` are the same share: states sum to 1. */
export function memoryCollector(files: HostFiles, resource: Labels): Collector {
  const usage = new MetricFamily(resource, "system_memory_usage_bytes", "gauge", "bytes", "Memory in each state", ["system_memory_state"]);
  const utilization = new MetricFamily(resource, "system_memory_utilization_ratio", "gauge", "ratio", "Share of memory in each state", [
    "system_memory_state",
  ]);
  const limit = new MetricFamily(resource, "system_memory_limit_bytes", "gauge", "bytes", "Memory of the host");
  const paging = new MetricFamily(resource, "system_paging_usage_bytes", "gauge", "bytes", "Swap in each state", ["system_paging_state"]);
  const pagingShare = new MetricFamily(resource, "system_paging_utilization_ratio", "gauge", "ratio", "Share of swap in each state", [
    "system_paging_state",
  ]);
  return {
    name: "memory",
    intervalMs: 1000,
    timeoutMs: 900,
    collect() {
      const meminfo = parseMeminfo(files.read("/proc/meminfo"));
      const { total, states } = memoryStates(meminfo);
      if (total === 0) throw new Error("/proc/meminfo names no MemTotal");
      const readings = [limit.read(total)];
      for (const [state, bytes] of Object.entries(states)) readings.push(usage.read(bytes, state), utilization.read(bytes / total, state));
      const swap = meminfo.get("SwapTotal") ?? 0;
      const swapFree = meminfo.get("SwapFree") ?? 0;
      readings.push(paging.read(swap - swapFree, "used"), paging.read(swapFree, "free"));
      if (swap > 0) readings.push(pagingShare.read((swap - swapFree) / swap, "used"), pagingShare.read(swapFree / swap, "free"));
      return readings;
    },
  };
}

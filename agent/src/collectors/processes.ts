import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily, type Reading } from "./metric-family.ts";

export interface ProcessStat {
  readonly pid: string;
  readonly name: string;
  readonly state: string;
  /** User and system clock ticks. */
  readonly ticks: number;
  readonly rssPages: number;
  /** Ticks after boot: with the pid, what tells a process from a later one of the same pid. */
  readonly startedAt: string;
}

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "blocked",
  Z: "zombie",
  T: "stopped",
  t: "stopped",
  I: "idle",
};

/** /proc/PID/stat; the name is between the first "(" and the last ")", for it may hold both. */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  const at = (i: number): number => Number(fields[i] ?? 0);
  return {
    pid: text.slice(0, open).trim(),
    name: text.slice(open + 1, close),
    state: STATES[fields[0] ?? ""] ?? "other",
    ticks: at(11) + at(12),
    rssPages: at(21),
    startedAt: fields[19] ?? "",
  };
}

/** Clock ticks a second and bytes a page, as on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/**
 * Counts by state, and the `top` programs by CPU and by memory, summed over processes of one name: a name is a series that
 * lasts, a pid is not.
 */
export function processesCollector(files: HostFiles, resource: Labels, top: number): Collector {
  const count = new MetricFamily(resource, "system_process_count", "gauge", "", "Processes in each state", ["process_state"]);
  const cpu = new MetricFamily(
    resource,
    "process_top_cpu_utilization_ratio",
    "gauge",
    "ratio",
    "CPU time of the busiest programs, in cores",
    ["process_executable_name"],
  );
  const memory = new MetricFamily(resource, "process_top_memory_usage_bytes", "gauge", "bytes", "Resident memory of the largest programs", [
    "process_executable_name",
  ]);
  let previous = new Map<string, number>();
  let names = new Map<string, string>();
  let previousAt = Number.NaN;
  return {
    name: "processes",
    intervalMs: 10_000,
    timeoutMs: 5000,
    collect(monotonicMs) {
      const states = new Map<string, number>([
        ["running", 0],
        ["sleeping", 0],
        ["blocked", 0],
        ["zombie", 0],
        ["stopped", 0],
        ["idle", 0],
      ]);
      const busy = new Map<string, number>();
      const large = new Map<string, number>();
      const current = new Map<string, number>();
      const named = new Map<string, string>();
      for (const pid of files.list("/proc")) {
        const digit = pid.charCodeAt(0);
        if (digit < 48 || digit > 57) continue;
        let stat: ProcessStat | null;
        try {
          stat = parseProcessStat(files.read(`/proc/${pid}/stat`));
        } catch {
          // It ended between the listing and now.
          continue;
        }
        if (stat === null) continue;
        states.set(stat.state, (states.get(stat.state) ?? 0) + 1);
        const identity = `${stat.pid}/${stat.startedAt}`;
        const name = names.get(identity) ?? executableName(files, stat);
        named.set(identity, name);
        large.set(name, (large.get(name) ?? 0) + stat.rssPages * PAGE_BYTES);
        current.set(identity, stat.ticks);
        // One born since the last round spent all its ticks since then.
        busy.set(name, (busy.get(name) ?? 0) + Math.max(0, stat.ticks - (previous.get(identity) ?? 0)));
      }
      const readings: Reading[] = [];
      for (const [state, processes] of states) readings.push(count.read(processes, state));
      for (const [name, bytes] of largest(large, top)) if (bytes > 0) readings.push(memory.read(bytes, name));
      const seconds = (monotonicMs - previousAt) / 1000;
      if (seconds > 0) for (const [name, ticks] of largest(busy, top)) readings.push(cpu.read(ticks / TICKS_PER_SECOND / seconds, name));
      previous = current;
      names = named;
      previousAt = monotonicMs;
      return readings;
    },
  };
}

/** What was started, read once per process: runtimes rename their main thread ("MainThread"), and that name says nothing. */
function executableName(files: HostFiles, stat: ProcessStat): string {
  try {
    const command = files.read(`/proc/${stat.pid}/cmdline`).split("\0", 1)[0] ?? "";
    const name = command.slice(command.lastIndexOf("/") + 1);
    // A title that a program wrote over its arguments is no file name; kernel threads have none.
    if (/^[\w.+-]+$/.test(name)) return name;
  } catch {
    // It has ended; what the kernel called it will do.
  }
  return stat.name;
}

const largest = (by: Map<string, number>, most: number): [string, number][] => [...by].sort((a, b) => b[1] - a[1]).slice(0, most);

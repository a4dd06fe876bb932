import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily, type Reading } from "./metric-family.ts";

function readIfThere(files: HostFiles, path: string): string | null {
  try {
    return files.read(path);
  } catch {
    return null;
  }
}

/** Load, uptime, file handles, paging operations and temperatures: one line files, every 10 s. */
export function hostStateCollector(files: HostFiles, resource: Labels): Collector {
  const load = (minutes: number): MetricFamily =>
    new MetricFamily(
      resource,
      `system_cpu_load_average_${minutes}m`,
      "gauge",
      "",
      `Runnable and waiting threads, averaged over ${minutes} min`,
    );
  const loads = [load(1), load(5), load(15)];
  const uptime = new MetricFamily(resource, "system_uptime_seconds", "gauge", "seconds", "Time since the host started");
  const handles = new MetricFamily(resource, "system_filehandle_count", "gauge", "", "File handles in use");
  const handleLimit = new MetricFamily(resource, "system_filehandle_limit", "gauge", "", "File handles the kernel allows");
  const paging = new MetricFamily(resource, "system_paging_operations_total", "counter", "operations", "Pages swapped in and out", [
    "system_paging_direction",
  ]);
  const faults = new MetricFamily(resource, "system_paging_faults_total", "counter", "faults", "Page faults", ["system_paging_fault_type"]);
  const temperature = new MetricFamily(resource, "hw_temperature_celsius", "gauge", "celsius", "Temperature of a thermal zone", [
    "hw_id",
    "hw_name",
  ]);
  return {
    name: "host_state",
    intervalMs: 10_000,
    timeoutMs: 5000,
    collect() {
      const readings: Reading[] = [];
      const averages = files.read("/proc/loadavg").split(" ");
      for (const [i, family] of loads.entries()) readings.push(family.read(Number(averages[i])));
      readings.push(uptime.read(Number(files.read("/proc/uptime").split(" ")[0])));
      const [used, , limit] = (readIfThere(files, "/proc/sys/fs/file-nr") ?? "").split(/\s+/);
      if (used !== undefined && used !== "") readings.push(handles.read(Number(used)));
      // 2^63 - 1 is the kernel's way to say "no limit".
      if (limit !== undefined && Number(limit) < 2 ** 53) readings.push(handleLimit.read(Number(limit)));
      for (const line of (readIfThere(files, "/proc/vmstat") ?? "").split("\n")) {
        const [name, value] = line.split(" ");
        if (name === "pswpin") readings.push(paging.read(Number(value), "in"));
        else if (name === "pswpout") readings.push(paging.read(Number(value), "out"));
        else if (name === "pgfault") readings.push(faults.read(Number(value), "minor"));
        else if (name === "pgmajfault") readings.push(faults.read(Number(value), "major"));
      }
      for (const zone of files.list("/sys/class/thermal")) {
        if (!zone.startsWith("thermal_zone")) continue;
        const milli = readIfThere(files, `/sys/class/thermal/${zone}/temp`);
        const kind = readIfThere(files, `/sys/class/thermal/${zone}/type`);
        if (milli !== null) readings.push(temperature.read(Number(milli) / 1000, zone, kind?.trim() ?? zone));
      }
      return readings;
    },
  };
}

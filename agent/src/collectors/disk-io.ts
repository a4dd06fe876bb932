import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily } from "./metric-family.ts";

interface DiskCounters {
  readonly device: string;
  /** Read, then write. */
  readonly operations: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly seconds: readonly [number, number];
  readonly busySeconds: number;
}

/** /proc/diskstats (Documentation/admin-guide/iostats.rst); a sector is 512 bytes there whatever the disk's own. */
function parseDiskstats(text: string): DiskCounters[] {
  const disks: DiskCounters[] = [];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    const device = fields[2];
    if (device === undefined || /^(loop|ram|zram|dm-|sr|fd)\d/.test(device)) continue;
    const at = (i: number): number => Number(fields[i] ?? 0);
    disks.push({
      device,
      operations: [at(3), at(7)],
      bytes: [at(5) * 512, at(9) * 512],
      seconds: [at(6) / 1000, at(10) / 1000],
      busySeconds: at(12) / 1000,
    });
  }
  return disks;
}

export function diskIoCollector(files: HostFiles, resource: Labels): Collector {
  const labels = ["system_device", "disk_io_direction"];
  const bytes = new MetricFamily(resource, "system_disk_io_bytes_total", "counter", "bytes", "Bytes read and written", labels);
  const operations = new MetricFamily(
    resource,
    "system_disk_operations_total",
    "counter",
    "operations",
    "Reads and writes completed",
    labels,
  );
  const seconds = new MetricFamily(
    resource,
    "system_disk_operation_time_seconds_total",
    "counter",
    "seconds",
    "Time spent in reads and writes, overlaps counted twice",
    labels,
  );
  const busy = new MetricFamily(
    resource,
    "system_disk_io_time_seconds_total",
    "counter",
    "seconds",
    "Time with at least one operation under way",
    ["system_device"],
  );
  return {
    name: "disk_io",
    intervalMs: 10_000,
    timeoutMs: 5000,
    collect: () =>
      parseDiskstats(files.read("/proc/diskstats"))
        // Partitions repeat what their disk says; only whole disks have a directory of their own.
        .filter((disk) => files.list(`/sys/block/${disk.device}`).length > 0)
        .flatMap((disk) => [
          ...(["read", "write"] as const).flatMap((direction, i) => [
            bytes.read(disk.bytes[i] ?? 0, disk.device, direction),
            operations.read(disk.operations[i] ?? 0, disk.device, direction),
            seconds.read(disk.seconds[i] ?? 0, disk.device, direction),
          ]),
          busy.read(disk.busySeconds, disk.device),
        ]),
  };
}

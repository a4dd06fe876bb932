import { statfs } from "node:fs/promises";
import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily, type Reading } from "./metric-family.ts";

/** Disk file systems only: network ones may hang, and the kernel's own have no size. */
const DISK_TYPES = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "btrfs",
  "zfs",
  "f2fs",
  "vfat",
  "exfat",
  "ntfs3",
  "bcachefs",
  "overlay",
  "reiserfs",
  "jfs",
]);

export interface Mount {
  readonly device: string;
  readonly point: string;
  readonly type: string;
}

/** /proc/mounts with its octal escapes undone; the first mount of each device, which bind mounts repeat. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    const [device, point, type] = line
      .split(" ")
      .map((field) => field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
    if (device === undefined || point === undefined || type === undefined || !DISK_TYPES.has(type)) continue;
    const key = type === "overlay" ? point : device;
    if (seen.has(key)) continue;
    seen.add(key);
    mounts.push({ device, point, type });
  }
  return mounts;
}

export interface FilesystemSize {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** `used`, `free` (to anybody) and `reserved` (to root) bytes; utilisation as df counts it, used / (used + free). */
export function filesystemCollector(
  files: HostFiles,
  resource: Labels,
  sizeOf: (path: string) => Promise<FilesystemSize> = statfs,
): Collector {
  const place = ["system_device", "system_filesystem_mountpoint", "system_filesystem_type"];
  const labels = [...place, "system_filesystem_state"];
  const usage = new MetricFamily(resource, "system_filesystem_usage_bytes", "gauge", "bytes", "File system space in each state", labels);
  const utilization = new MetricFamily(
    resource,
    "system_filesystem_utilization_ratio",
    "gauge",
    "ratio",
    "Share of file system space in each state",
    labels,
  );
  const inodes = new MetricFamily(resource, "system_filesystem_inodes_utilization_ratio", "gauge", "ratio", "Share of inodes used", place);
  return {
    name: "filesystem",
    intervalMs: 10_000,
    timeoutMs: 5000,
    async collect() {
      const readings: Reading[] = [];
      for (const { device, point, type } of parseMounts(files.read("/proc/mounts"))) {
        let size: FilesystemSize;
        try {
          size = await sizeOf(point);
        } catch {
          // Unmounted since, or not ours to look at: the others still count.
          continue;
        }
        if (size.blocks === 0) continue;
        const used = (size.blocks - size.bfree) * size.bsize;
        const free = size.bavail * size.bsize;
        const reserved = (size.bfree - size.bavail) * size.bsize;
        readings.push(usage.read(used, device, point, type, "used"), usage.read(free, device, point, type, "free"));
        readings.push(usage.read(reserved, device, point, type, "reserved"));
        if (used + free > 0) {
          readings.push(utilization.read(used / (used + free), device, point, type, "used"));
          readings.push(utilization.read(free / (used + free), device, point, type, "free"));
        }
        if (size.files > 0) readings.push(inodes.read((size.files - size.ffree) / size.files, device, point, type));
      }
      return readings;
    },
  };
}

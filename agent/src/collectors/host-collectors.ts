import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import { cpuCollector } from "./cpu.ts";
import { diskIoCollector } from "./disk-io.ts";
import { filesystemCollector } from "./filesystem.ts";
import { hostFiles } from "./host-files.ts";
import { hostStateCollector } from "./host-state.ts";
import { memoryCollector } from "./memory.ts";
import { networkCollector } from "./network.ts";
import { processesCollector } from "./processes.ts";

/**
 * What this host can tell. On Linux the kernel's text files, read in microseconds and without a child process; elsewhere
 * `systeminformation`, loaded only there.
 */
export async function hostCollectors(resource: Labels, platform: NodeJS.Platform, topProcesses: number): Promise<Collector[]> {
  if (platform !== "linux") {
    const { portableCollectors } = await import("./portable.ts");
    return portableCollectors(resource, topProcesses);
  }
  return [
    cpuCollector(hostFiles, resource),
    memoryCollector(hostFiles, resource),
    networkCollector(hostFiles, resource),
    hostStateCollector(hostFiles, resource),
    filesystemCollector(hostFiles, resource),
    diskIoCollector(hostFiles, resource),
    processesCollector(hostFiles, resource, topProcesses),
  ];
}

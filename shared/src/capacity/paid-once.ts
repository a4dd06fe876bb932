import type { JudgedResource } from "../model/capacity.ts";
import { isLoopback } from "../alerting/topology.ts";
import { METRIC_NAME, type Labels } from "../model/labels.ts";
import { seenByBoth } from "./seen-twice.ts";
import { HOST_LABELS, machineName } from "./shared-by-hosts.ts";

/** By what lies within another the whole that is paid for: memory within its machine's, mount points of one device. */
export function wholesOf(resources: readonly JudgedResource[]): ReadonlyMap<JudgedResource, JudgedResource> {
  return new Map([...machinesOfMemory(resources), ...machinesOfDisks(resources), ...devicesOfMounts(resources)]);
}

/** Of its machine's disk a file system's size and what may be had of it differ by what is kept for root. */
const SAME_SIZE = 0.1;

/** What a database tells of the disk that it lies on is the disk that its machine has of that size. */
function* machinesOfDisks(resources: readonly JudgedResource[]): Generator<readonly [JudgedResource, JudgedResource]> {
  const disks = resources.filter(({ kind }) => kind === "disk");
  const ofMachines = disks.filter(({ ofMachine }) => ofMachine === true);
  for (const one of disks) {
    if (one.ofMachine === true) continue;
    const names = new Set(namesOf(one));
    const differs = ({ limit }: JudgedResource): number => Math.abs(limit / one.limit - 1);
    const onIt = ofMachines.filter((disk) => differs(disk) < SAME_SIZE && namesOf(disk).some((name) => names.has(name)));
    const [whole] = onIt.toSorted((a, b) => differs(a) - differs(b));
    if (whole !== undefined) yield [one, whole];
  }
}

/** A container's limit and a process's heap lie in the memory of the machine that they name, or of one that nobody named. */
function* machinesOfMemory(resources: readonly JudgedResource[]): Generator<readonly [JudgedResource, JudgedResource]> {
  const memory = resources.filter(({ kind }) => kind === "memory");
  const machines = memory.filter(({ ofMachine }) => ofMachine === true);
  const byName = new Map(machines.flatMap((one) => namesOf(one).map((name) => [name, one] as const)));
  for (const one of memory) {
    if (one.ofMachine === true) continue;
    const names = namesOf(one);
    const [named] = names.flatMap((name) => byName.get(name) ?? []);
    const whole = named ?? (names.length === 0 && isOnMachine(one.labels) ? machines[0] : undefined);
    if (whole !== undefined) yield [one, whole];
  }
}

/** What somebody declared without a machine or a container is on none that is known. */
const isOnMachine = (labels: Labels): boolean => HOST_LABELS.some((name) => name in labels) || "container" in labels || "pod" in labels;

const namesOf = ({ labels, host = "" }: JudgedResource): readonly string[] =>
  [...HOST_LABELS.map((name) => labels[name] ?? ""), host].map(machineName).filter((name) => name !== "" && !isLoopback(name));

/** Of the mounts of a device the largest is the whole, of as large ones the nearest to the root: a bind mount, a subvolume and a quota lie in it. */
function* devicesOfMounts(resources: readonly JudgedResource[]): Generator<readonly [JudgedResource, JudgedResource]> {
  const both = seenByBoth(resources);
  const disks = resources.filter((one) => one.kind === "disk" && one.ofMachine === true);
  for (const [device, mounts] of Map.groupBy(disks, (one) => deviceOf(one, both))) {
    if (device === null) continue;
    const [whole, ...parts] = mounts.toSorted((a, b) => b.limit - a.limit || depthOf(a) - depthOf(b));
    if (whole !== undefined) for (const one of parts) yield [one, whole];
  }
}

const depthOf = ({ labels }: JudgedResource): number => (labels["system_filesystem_mountpoint"] ?? labels["mountpoint"] ?? "").length;

const OF_A_MOUNT: ReadonlySet<string> = new Set([METRIC_NAME, "device", "mountpoint", "fstype"]);

/** An export of a file server is the same whichever host mounts it; names without a path (`none`) are of many things. */
function deviceOf({ labels, host }: JudgedResource, both: ReadonlySet<string>): string | null {
  const device = labels["system_device"] ?? labels["device"] ?? "";
  if (!device.includes("/")) return null;
  if (/^[^/]+:|^\/\//.test(device)) return device;
  const type = labels["system_filesystem_type"] ?? labels["fstype"] ?? "";
  // Volumes of one container share all of it.
  const shared = type.toLowerCase() === "apfs" ? device.replace(/(?<=disk\d+)s.*$/, "") : device;
  const { instance = "" } = labels;
  const machine = labels["host_name"] ?? (both.has(instance) ? host : undefined);
  // Exporters of two machines may call themselves alike: what else they say tells them apart.
  return JSON.stringify([machine ?? Object.entries(labels).filter(([name]) => !OF_A_MOUNT.has(name)), shared]);
}

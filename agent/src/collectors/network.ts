import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import type { HostFiles } from "./host-files.ts";
import { MetricFamily } from "./metric-family.ts";

interface InterfaceCounters {
  readonly name: string;
  /** Receive, then transmit. */
  readonly bytes: readonly [number, number];
  readonly packets: readonly [number, number];
  readonly errors: readonly [number, number];
  readonly dropped: readonly [number, number];
}

/** Lines of /proc/net/dev: name, eight receive counters, eight transmit counters. */
function parseNetDev(text: string): InterfaceCounters[] {
  const interfaces: InterfaceCounters[] = [];
  for (const line of text.split("\n").slice(2)) {
    const colon = line.lastIndexOf(":");
    if (colon < 0) continue;
    const counters = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const pair = (i: number): [number, number] => [counters[i] ?? 0, counters[i + 8] ?? 0];
    interfaces.push({ name: line.slice(0, colon).trim(), bytes: pair(0), packets: pair(1), errors: pair(2), dropped: pair(3) });
  }
  return interfaces;
}

const LABELS = ["network_interface_name", "network_io_direction"];
const DIRECTIONS = ["receive", "transmit"] as const;

/** Worth a series: not loopback, not the container end of a veth pair, and something once went through it. */
const isInUse = (one: InterfaceCounters): boolean =>
  one.name !== "lo" && !one.name.startsWith("veth") && one.packets[0] + one.packets[1] + one.errors[0] + one.errors[1] > 0;

/** Counters since boot, by interface and direction. */
export function networkCollector(files: HostFiles, resource: Labels): Collector {
  const family = (name: string, unit: string, help: string): MetricFamily =>
    new MetricFamily(resource, name, "counter", unit, help, LABELS);
  const bytes = family("system_network_io_bytes_total", "bytes", "Bytes received and sent");
  const packets = family("system_network_packets_total", "packets", "Packets received and sent");
  const errors = family("system_network_errors_total", "errors", "Packets with errors");
  const dropped = family("system_network_dropped_total", "packets", "Packets dropped");
  return {
    name: "network",
    intervalMs: 1000,
    timeoutMs: 900,
    collect: () =>
      parseNetDev(files.read("/proc/net/dev"))
        .filter(isInUse)
        .flatMap((one) =>
          DIRECTIONS.flatMap((direction, i) => [
            bytes.read(one.bytes[i] ?? 0, one.name, direction),
            packets.read(one.packets[i] ?? 0, one.name, direction),
            errors.read(one.errors[i] ?? 0, one.name, direction),
            dropped.read(one.dropped[i] ?? 0, one.name, direction),
          ]),
        ),
  };
}

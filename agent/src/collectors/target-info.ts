import { arch, platform, release } from "node:os";
import type { Labels } from "@sightline/shared/model/labels";
import type { Collector } from "./collector.ts";
import { MetricFamily } from "./metric-family.ts";

/** `target_info`: the attributes of the resource that are not on every series (OpenTelemetry–Prometheus specification, "Resource Attributes"). */
export function targetInfoCollector(resource: Labels, version: string): Collector {
  const family = new MetricFamily(resource, "target_info", "gauge", "", "What is known about this host", [
    "host_arch",
    "os_type",
    "os_version",
    "service_version",
  ]);
  return {
    name: "target_info",
    intervalMs: 10_000,
    timeoutMs: 1000,
    collect: () => [family.read(1, arch(), platform(), release(), version)],
  };
}

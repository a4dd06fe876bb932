/** Hosts with CPU, memory and disk now; services with p95, rate and errors. */
import type { FleetHost, Snapshot } from "@sightline/shared/api/responses";
import { formatAge } from "@sightline/shared/format/age";
import { formatBrief } from "@sightline/shared/format/units";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

type ServiceRow = Snapshot["services"][number];

export function fleetNodes(snapshot: Snapshot): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  if (snapshot.hosts.length > 0) {
    nodes.push({
      id: "hosts",
      label: "Hosts",
      description: String(snapshot.hosts.length),
      expanded: true,
      children: snapshot.hosts.map((host) => hostNode(host, snapshot.at)),
    });
  }
  if (snapshot.services.length > 0) {
    nodes.push({
      id: "services",
      label: "Services",
      description: String(snapshot.services.length),
      expanded: true,
      children: snapshot.services.map(serviceNode),
    });
  }
  return nodes;
}

function hostNode(host: FleetHost, nowMs: number): TreeNode {
  const measures: readonly (readonly [string, string])[] = [
    ["CPU", formatBrief(host.cpuBusy, "ratio")],
    ["mem", formatBrief(host.memoryUsed, "ratio")],
    ["disk", formatBrief(host.diskUsed, "ratio")],
  ];
  const seen = formatAge(host.lastSeenAt, nowMs);
  const description = host.silent ? `silent, last seen ${seen}` : measures.map(([name, value]) => `${name} ${value}`).join(" · ");
  const load = formatBrief(host.load1, "none");
  return {
    id: `host:${host.sender}:${host.name}`,
    label: host.name,
    description,
    tooltip: [
      `**${escapeMarkdown(host.name)}**`,
      ...measures.map(([name, value]) => `${name} ${value}`),
      `load ${load}`,
      `${host.firing} firing`,
      `last seen ${seen}`,
    ].join("  \n"),
    icon: host.silent ? "debug-disconnect" : "server",
    ...(host.silent ? { color: "list.warningForeground" } : host.firing > 0 ? { color: "list.errorForeground" } : {}),
    contextValue: "host",
  };
}

function serviceNode(service: ServiceRow): TreeNode {
  const p95 = formatBrief(service.p95Seconds, "seconds");
  const rate = formatBrief(service.requestsPerSecond, "per_second");
  const errors = formatBrief(service.errorRatio, "ratio");
  const failing = service.errorRatio !== null && service.errorRatio > 0.05;
  return {
    id: `service:${service.name}`,
    label: service.name,
    description: `p95 ${p95} · ${rate} · errors ${errors}`,
    tooltip: `**${escapeMarkdown(service.name)}**  \np95 ${p95}  \n${rate} requests  \n${errors} errors`,
    icon: "server-process",
    ...(failing ? { color: "list.errorForeground" } : {}),
    contextValue: "service",
  };
}

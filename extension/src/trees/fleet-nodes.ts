/** Hosts with CPU, memory and disk now; services with p95, rate and errors. */
import type { FleetHost, Snapshot } from "@sightline/shared/api/responses";
import { formatAgo, formatCount, formatRate, formatRatio, formatSeconds } from "../format.ts";
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
    ["CPU", ratio(host.cpuBusy)],
    ["mem", ratio(host.memoryUsed)],
    ["disk", ratio(host.diskUsed)],
  ];
  const seen = formatAgo(host.lastSeenAt, nowMs);
  const description = host.silent ? `silent, last seen ${seen}` : measures.map(([name, value]) => `${name} ${value}`).join(" · ");
  const load = host.load1 === null ? "–" : formatCount(host.load1);
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
  const p95 = service.p95Seconds === null ? "–" : formatSeconds(service.p95Seconds);
  const rate = service.requestsPerSecond === null ? "–" : formatRate(service.requestsPerSecond);
  const errors = service.errorRatio === null ? "–" : formatRatio(service.errorRatio);
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

const ratio = (value: number | null): string => (value === null ? "–" : formatRatio(value));

import { isLoopback } from "../alerting/topology.ts";
import type { Labels } from "../model/labels.ts";

/** Labels that may say which machine something lies on. */
export const HOST_LABELS = ["host_name", "instance", "host", "hostname", "nodename", "node", "k8s_node_name"] as const;

/**
 * Whether labels name a machine, and none of those that hosts are counted by (names or addresses, as their labels have them): a database that is
 * scraped beside a fleet is no part of each host. Where no machine is known, what names one is taken to lie on a host; what is scraped at
 * localhost lies on one, whichever it is.
 */
export function isSharedByHosts(labels: Labels, machines: ReadonlySet<string>): boolean {
  const named = HOST_LABELS.flatMap((name) => labels[name] ?? []).filter((value) => value !== "" && !isLoopback(machineName(value)));
  if (named.length === 0 || machines.size === 0) return false;
  const known = new Set([...machines].map(machineName));
  return !named.some((value) => known.has(machineName(value)));
}

/** Without port and domain. */
export function machineName(name: string): string {
  const host = name.replace(/(?<=^[^:]*|\]):\d+$/, "");
  return /^[\d.]+$|:/.test(host) ? host : host.replace(/\..*$/s, "").toLowerCase();
}

import type { JudgedResource } from "../model/capacity.ts";

/** Who has seen it for so many times as long knows more of it. */
const LONGER = 2;

/** Machines as exporters call them that an agent on the machine sees as well. Not those of a name that several have: clones are named alike. */
export function seenByAgent(agents: ReadonlySet<string>, exporters: ReadonlyMap<string, string>): ReadonlySet<string> {
  const byName = Map.groupBy(exporters, ([, name]) => name);
  return new Set([...byName].flatMap(([name, [first, ...others]]) => (agents.has(name) && others.length === 0 ? (first?.[0] ?? []) : [])));
}

/** The instances of machines that an agent sees as well. */
export function seenByBoth(resources: readonly JudgedResource[]): ReadonlySet<string> {
  const machines = resources.filter(({ host }) => host !== undefined);
  const agents = new Set(machines.filter(isAgents).flatMap(({ host }) => host ?? []));
  const exporters = machines.filter((one) => !isAgents(one));
  return seenByAgent(agents, new Map(exporters.map(({ labels, host }) => [labels["instance"] ?? "", host ?? ""] as const)));
}

/**
 * Without what an agent and an exporter both see of one machine: of the two the agent's, unless the other has been seen for far longer, so that
 * nothing is counted, paid for and told twice.
 */
export function seenOnce(resources: readonly JudgedResource[]): readonly JudgedResource[] {
  const machines = resources.filter(({ host }) => host !== undefined);
  const both = seenByBoth(resources);
  const left = new Set<JudgedResource>();
  const kept = new Map(machines.filter(isAgents).map((one) => [thingOf(one), one]));
  for (const one of machines) {
    const twin = isAgents(one) || !both.has(one.labels["instance"] ?? "") ? undefined : kept.get(thingOf(one));
    if (twin !== undefined) left.add(one.seenMs > LONGER * twin.seenMs ? twin : one);
  }
  return resources.filter((one) => !left.has(one));
}

const isAgents = ({ labels }: JudgedResource): boolean => labels["host_name"] !== undefined;

const thingOf = ({ kind, host, labels }: JudgedResource): string =>
  JSON.stringify([kind, host, labels["system_filesystem_mountpoint"] ?? labels["mountpoint"] ?? ""]);

import { type Dependency, Topology, isLoopback } from "@sightline/shared/alerting/topology";
import type { Deploy } from "@sightline/shared/model/deploy";
import type { KnownDependency, TopologyResponse } from "@sightline/shared/api/incident-responses";
import { type ProjectPorts, newId } from "../project-ports.ts";

/** What labels said is forgotten when they have not said it for a day; what a deploy said, with the deploy; people take back themselves what they said. */
const FORGET_MS = { labels: 86_400_000, deploy: 90 * 86_400_000, declared: Number.POSITIVE_INFINITY } as const;
type Origin = keyof typeof FORGET_MS;
const MAX_DEPENDENCIES = 5000;

/** What the project knows of its own knowledge. */
export interface TopologyState {
  /** Another after every change of a dependency, and never one of before: a change that is rolled back leaves no trace. */
  readonly version: string;
  /** Of the last look at all shards, ms; null before the first. */
  readonly learnedAt: number | null;
  /** When the shards are to be asked, ms; null while nobody wants to know. */
  readonly askAt: number | null;
  readonly suppression: boolean;
}

const UNKNOWN: TopologyState = { version: "", learnedAt: null, askAt: null, suppression: true };

export function topologyState(ports: Pick<ProjectPorts, "database">): TopologyState {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'topology'");
  // Written by the function below.
  return row === undefined ? UNKNOWN : { ...UNKNOWN, ...(JSON.parse(row.value) as TopologyState) };
}

export function putTopologyState(ports: Pick<ProjectPorts, "database">, change: Partial<TopologyState>): void {
  const state = { ...topologyState(ports), ...change };
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('topology', ?)", JSON.stringify(state));
}

/** What was learned is good for this long. */
const FRESH_MS = 300_000;

/** Inside the transaction in which an alert fires: the shards are asked soon, when what is known is old. The alert does not wait for it. */
export function wantTopology(ports: ProjectPorts): void {
  const { learnedAt, askAt } = topologyState(ports);
  if (askAt !== null || (learnedAt !== null && ports.now() - learnedAt < FRESH_MS)) return;
  putTopologyState(ports, { askAt: ports.now() });
}

type DependencyRow = { source: string; target: string; origin: string; seen_at: number };

/** What people said first, then the newest knowledge, at most 5,000. */
function listDependencies(ports: Pick<ProjectPorts, "database" | "now">): readonly KnownDependency[] {
  const now = ports.now();
  return ports.database
    .all<DependencyRow>(
      `SELECT source, target, origin, seen_at FROM dependencies
       WHERE origin LIKE 'declared/%' OR (origin LIKE 'labels/%' AND seen_at >= ?) OR (origin LIKE 'deploy/%' AND seen_at >= ?)
       ORDER BY origin LIKE 'declared/%' DESC, seen_at DESC, source, target LIMIT ?`,
      now - FORGET_MS.labels,
      now - FORGET_MS.deploy,
      MAX_DEPENDENCIES,
    )
    .map(({ source, target, origin, seen_at }): KnownDependency => {
      // Written by see() as origin/kind.
      const [from, kind] = origin.split("/") as [Origin, Dependency["kind"]];
      return { from: source, to: target, kind, origin: from, seenAt: seen_at };
    });
}

const built = new WeakMap<object, { readonly version: string; readonly until: number; readonly topology: Topology }>();
const REBUILD_MS = 3_600_000;

/** The topology as it is known now; built once for each change of it. */
export function readTopology(ports: Pick<ProjectPorts, "database" | "now">): Topology {
  const { version } = topologyState(ports);
  const known = built.get(ports.database);
  if (known !== undefined && known.version === version && ports.now() < known.until) return known.topology;
  const topology = new Topology(listDependencies(ports));
  built.set(ports.database, { version, until: ports.now() + REBUILD_MS, topology });
  return topology;
}

/** Inside a transaction: what is known is another now. */
export function topologyChanged(ports: ProjectPorts): void {
  putTopologyState(ports, { version: newId(ports) });
}

export function see(ports: ProjectPorts, { from, to, kind }: Dependency, origin: Origin, seenAt: number): void {
  ports.database.run(
    "INSERT OR REPLACE INTO dependencies (source, target, origin, seen_at) VALUES (?, ?, ?, ?)",
    from,
    to,
    `${origin}/${kind}`,
    seenAt,
  );
}

const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);

/** `db.prod.internal` is the host or service `db` where there is one. */
function withKnownNames(learned: readonly Dependency[]): readonly Dependency[] {
  const names = new Set(learned.flatMap(({ from, to, kind }) => (kind === "runs_on" ? [from, to] : [from])));
  const others = learned.flatMap(({ from, to, kind }): Dependency[] => {
    const [first = ""] = to.split(".");
    return kind === "calls" && !isAddress(to) && first !== to && first !== from && names.has(first) ? [{ from, to: first, kind }] : [];
  });
  return [...learned, ...others];
}

/** Inside a transaction: what the labels of all shards say now; true when anything of it is new or gone. */
export function learnDependencies(ports: ProjectPorts, learned: readonly Dependency[]): boolean {
  const { database } = ports;
  const now = ports.now();
  const before = new Set(listDependencies(ports).map(({ from, to, kind }) => JSON.stringify([from, to, kind])));
  for (const dependency of withKnownNames(learned).slice(0, MAX_DEPENDENCIES)) see(ports, dependency, "labels", now);
  database.run("DELETE FROM dependencies WHERE origin LIKE 'labels/%' AND seen_at < ?", now - FORGET_MS.labels);
  database.run("DELETE FROM dependencies WHERE origin LIKE 'deploy/%' AND seen_at < ?", now - FORGET_MS.deploy);
  const after = new Set(listDependencies(ports).map(({ from, to, kind }) => JSON.stringify([from, to, kind])));
  const changed = after.size !== before.size || [...after].some((one) => !before.has(one));
  putTopologyState(ports, { learnedAt: now, askAt: null });
  if (changed) topologyChanged(ports);
  return changed;
}

/** Inside the transaction of the deploy: what it says it needs stands until the service's next deploy says otherwise. */
export function learnFromDeploy(ports: ProjectPorts, { service, host, dependsOn, at }: Deploy): void {
  if (host === undefined && dependsOn === undefined) return;
  if (dependsOn !== undefined) ports.database.run("DELETE FROM dependencies WHERE source = ? AND origin = 'deploy/calls'", service);
  for (const to of dependsOn ?? []) if (!isLoopback(to)) see(ports, { from: service, to, kind: "calls" }, "deploy", at);
  if (host !== undefined) see(ports, { from: service, to: host, kind: "runs_on" }, "deploy", at);
  topologyChanged(ports);
}

export function readTopologyResponse(ports: Pick<ProjectPorts, "database" | "now">): TopologyResponse {
  const { suppression, learnedAt } = topologyState(ports);
  return { suppression, learnedAt, dependencies: listDependencies(ports) };
}

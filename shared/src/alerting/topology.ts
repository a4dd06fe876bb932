/**
 * What runs on what and calls what, as far as labels and deploys tell: a host carries processes and services, a service
 * calls others and databases. An alert that only says what another alert explains is known by this.
 */
import type { Labels } from "../model/labels.ts";

/** `from` runs on the host `to`, or else calls the service, host, address or database `to`. */
export interface Dependency {
  readonly from: string;
  readonly to: string;
  readonly kind: "calls" | "runs_on";
}

/** What of an alert the topology looks at. */
export interface Located {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** PromQL of the rule. */
  readonly condition: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Ms. */
  readonly firedAt: number | null;
}

/** What an alert is about. */
export interface Subject {
  /** Where it is, or what it is when `isHost`. */
  readonly host: string | undefined;
  /** A host as such, not what runs on it. */
  readonly isHost: boolean;
  readonly service: string | undefined;
  /** Names besides the host's under which others call it. */
  readonly names: readonly string[];
}

/** How far a failure is followed from service to service, and over how many names. */
const MAX_HOPS = 5;
const MAX_REACH = 200;
/** Exporters whose instance is the host. */
const HOST_JOBS = /^(?:node|windows)(?:[-_]?exporter)?$/;
/** Jobs that name what measures, not what is measured. */
const METER_JOBS = /(?:^|[-_])exporter$|^(?:blackbox|snmp|cadvisor|kube-state-metrics|pushgateway)(?:[-_]|$)/;

const portless = (instance: string | undefined): string | undefined => instance?.replace(/:\d+$/, "");

/** Names that mean another machine on every machine. */
export const isLoopback = (address: string): boolean => /^(?:localhost|127\.[\d.]+|::1|\[::1\]|0\.0\.0\.0)$/.test(address);

export function subjectOf(labels: Labels): Subject {
  const { host_name: hostName, instance, job, sender, server_address: address, db_namespace: database } = labels;
  // An agent names its host as its own instance, and is not what its series are about; a service's instance is a process.
  const byAgent = hostName !== undefined && instance === hostName;
  // A service that measures itself sends as service@instance.
  const sending = sender?.includes("@") === true ? sender.slice(0, sender.indexOf("@")) : undefined;
  const ofMeter = byAgent || (job !== undefined && (HOST_JOBS.test(job) || METER_JOBS.test(job)));
  const service = (byAgent ? undefined : labels["service_name"]) ?? sending ?? (ofMeter ? undefined : job);
  const onHost = labels["process_executable_name"] ?? service ?? address ?? database;
  const isHost = onHost === undefined && (hostName !== undefined || (instance !== undefined && (job === undefined || HOST_JOBS.test(job))));
  const names = [service, address, database];
  return {
    host: hostName ?? portless(instance),
    isHost,
    service,
    names: names.filter((name) => name !== undefined && !isLoopback(name)) as string[],
  };
}

/** `up == 0`, `absent(…)`, or the annotation `means: down`: the thing itself is gone, and what stands on it cannot be well. */
export function meansDown({ condition, annotations }: Pick<Located, "condition" | "annotations">): boolean {
  if (annotations["means"] !== undefined) return annotations["means"] === "down";
  return /^\s*(?:up\s*(?:\{[^}]*\})?\s*(?:==\s*0|<\s*1|!=\s*1)|absent(?:_over_time)?\s*\()/.test(condition);
}

export class Topology {
  readonly dependencies: readonly Dependency[];
  readonly #needs = new Map<string, Dependency[]>();
  readonly #neededBy = new Map<string, Dependency[]>();
  readonly #hosts = new Map<string, Set<string>>();
  readonly #reached = new Map<string, ReadonlyMap<string, readonly Dependency[]>>();

  constructor(dependencies: readonly Dependency[]) {
    this.dependencies = dependencies;
    for (const dependency of dependencies) {
      const { from, to, kind } = dependency;
      if (from === to) continue;
      addTo(this.#needs, from, dependency);
      addTo(this.#neededBy, to, dependency);
      if (kind === "runs_on") this.#hosts.set(from, (this.#hosts.get(from) ?? new Set()).add(to));
    }
  }

  /** Everything a service needs, each with the way there; at most five steps. A host counts where it carries the whole service. */
  reach(from: string): ReadonlyMap<string, readonly Dependency[]> {
    const known = this.#reached.get(from);
    if (known !== undefined) return known;
    const found = walk(from, (name) => this.#needs.get(name)?.filter(({ kind }) => kind === "calls" || this.#isWhole(name)), "to");
    this.#reached.set(from, found);
    return found;
  }

  /** Names that need this one, near or far. */
  dependents(name: string): Iterable<string> {
    return walk(name, (next) => this.#neededBy.get(next), "from").keys();
  }

  /** A sentence saying how `effect` follows from `cause`, both alerts; null when the topology knows no way. */
  explains(cause: Located, effect: Located): string | null {
    if (cause.id === effect.id) return null;
    const [from, to] = [subjectOf(cause.labels), subjectOf(effect.labels)];
    // What is told of the host itself is not a consequence of the host.
    if (to.isHost) return null;
    if (from.isHost && from.host !== undefined && from.host === to.host) return `it runs on host ${from.host}`;
    if (to.service === undefined) return null;
    const reached = this.reach(to.service);
    for (const name of this.standsFor(from)) {
      const path = name === to.service ? undefined : reached.get(name);
      if (path !== undefined)
        return `it ${path.map(({ kind, to: next }) => `${kind === "calls" ? "depends on" : "runs on host"} ${next}`).join(", which ")}`;
    }
    return null;
  }

  /** Names that are gone when the subject is; one of several instances of a service stands for nothing but itself. */
  standsFor({ host, isHost, service, names }: Subject): readonly string[] {
    if (isHost) return host === undefined ? names : [host, ...names];
    const oneOfMany = host !== undefined && service !== undefined && !this.#isWhole(service);
    return oneOfMany ? names.filter((name) => name !== service) : names;
  }

  /** Whether what happens on one host of the service happens to all of it. */
  #isWhole(service: string): boolean {
    return (this.#hosts.get(service)?.size ?? 0) <= 1;
  }
}

function addTo<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Breadth first, so that the shortest way is found; circles end. */
function walk(
  from: string,
  next: (name: string) => readonly Dependency[] | undefined,
  end: "from" | "to",
): ReadonlyMap<string, readonly Dependency[]> {
  const found = new Map<string, readonly Dependency[]>();
  let edge: readonly (readonly [string, readonly Dependency[]])[] = [[from, []]];
  for (let hop = 0; hop < MAX_HOPS && edge.length > 0; hop++) {
    const beyond: (readonly [string, readonly Dependency[]])[] = [];
    for (const [name, path] of edge) {
      for (const dependency of next(name) ?? []) {
        const other = dependency[end];
        if (other === from || found.has(other)) continue;
        if (found.size >= MAX_REACH) return found;
        const longer = [...path, dependency];
        found.set(other, longer);
        beyond.push([other, longer]);
      }
    }
    edge = beyond;
  }
  return found;
}

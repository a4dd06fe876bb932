/**
 * What runs on what and calls what, as far as labels and deploys tell: a host carries processes and services, a service
 * calls others and databases. An alert that only says what another alert explains is known by this.
 */
import type { Labels } from "../model/labels.ts";

/** `from` depends on `to`; both are names of services, hosts or addresses. */
export interface Dependency {
  readonly from: string;
  readonly to: string;
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

/** How far a failure is followed from service to service. */
const MAX_HOPS = 5;

const hostOf = (labels: Labels): string | undefined => labels["host_name"] ?? labels["instance"]?.replace(/:\d+$/, "");
const serviceOf = (labels: Labels): string | undefined => labels["service_name"] ?? labels["job"];
const addressOf = (labels: Labels): string | undefined => labels["server_address"] ?? labels["net_peer_name"];

/** `up == 0`, `absent(…)`, or the annotation `means: down`: the thing itself is gone, and what stands on it cannot be well. */
export function meansDown({ condition, annotations }: Pick<Located, "condition" | "annotations">): boolean {
  if (annotations["means"] !== undefined) return annotations["means"] === "down";
  return /^\s*(?:up\s*(?:\{[^}]*\})?\s*(?:==\s*0|<\s*1|!=\s*1)|absent(?:_over_time)?\s*\()/.test(condition);
}

export class Topology {
  readonly #calls = new Map<string, Set<string>>();

  constructor(dependencies: readonly Dependency[]) {
    for (const { from, to } of dependencies) {
      if (from === to) continue;
      const called = this.#calls.get(from);
      if (called === undefined) this.#calls.set(from, new Set([to]));
      else called.add(to);
    }
  }

  /** The way from a service to what it depends on, at most five steps; null when there is none. */
  path(from: string, to: string): readonly string[] | null {
    const seen = new Set([from]);
    let paths: readonly (readonly string[])[] = [[from]];
    for (let hop = 0; hop < MAX_HOPS && paths.length > 0; hop++) {
      const next: (readonly string[])[] = [];
      for (const path of paths) {
        for (const called of this.#calls.get(path.at(-1) ?? "") ?? []) {
          if (called === to) return [...path, called];
          if (seen.has(called)) continue;
          seen.add(called);
          next.push([...path, called]);
        }
      }
      paths = next;
    }
    return null;
  }

  /** A sentence saying how `effect` follows from `cause`, both alerts; null when the topology knows no way. */
  explains(cause: Located, effect: Located): string | null {
    if (cause.id === effect.id) return null;
    const [host, service] = [hostOf(cause.labels), serviceOf(cause.labels)];
    const [onHost, ofService] = [hostOf(effect.labels), serviceOf(effect.labels)];
    const isHostAlert = host !== undefined && cause.labels["service_name"] === undefined;
    // What is told of the host itself is not a consequence of the host.
    if (isHostAlert && host === onHost && effect.labels["service_name"] !== undefined) return `it runs on host ${host}`;
    for (const needed of new Set([service, host, addressOf(cause.labels)])) {
      if (needed === undefined || ofService === undefined || needed === ofService) continue;
      const path = this.path(ofService, needed);
      if (path !== null) return `it depends on ${path.slice(1).join(", which depends on ")}`;
    }
    return null;
  }

  /** Why people need not be told of `alert` while one of `firing` says that what it stands on is down; null otherwise. */
  suppressor(alert: Located, firing: readonly Located[]): { readonly cause: Located; readonly reason: string } | null {
    for (const cause of firing) {
      if (!meansDown(cause)) continue;
      const how = this.explains(cause, alert);
      // Two that are down because of each other: the one that was first is told.
      if (how === null || (this.explains(alert, cause) !== null && meansDown(alert) && (alert.firedAt ?? 0) <= (cause.firedAt ?? 0)))
        continue;
      return { cause, reason: `${how}, and ${cause.name} says that this is down` };
    }
    return null;
  }
}

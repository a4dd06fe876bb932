/** Alerts that start together on related things are one incident: which belong together, and which is the probable cause. */
import type { Deploy } from "../model/deploy.ts";
import type { Labels } from "../model/labels.ts";
import type { Located, Topology } from "./topology.ts";
import { isLoopback, meansDown, subjectOf } from "./topology.ts";

/** How long after an incident's last new alert another one still belongs to it. */
export const ONSET_MS = 300_000;
/** How long an incident takes alerts in at all: what trickles in all day is no single event. */
export const GROWING_MS = 3_600_000;
/** A deploy so long before the first alert is a suspect. */
export const DEPLOY_SUSPECT_MS = 1_800_000;

/**
 * What the alert is about, the most telling first; equal ones relate two alerts. Not what many things share that have
 * nothing to do with each other: a namespace, an environment, the job of an exporter, the rule itself.
 */
export function relatingThings(labels: Labels): readonly (readonly [kind: string, name: string])[] {
  const { service, host } = subjectOf(labels);
  const things: readonly (readonly [string, string | undefined])[] = [
    ["service", service],
    ["host", host],
    ["address", labels["server_address"]],
    // "postgres" is a database of every server.
    ["database", labels["server_address"] === undefined ? labels["db_namespace"] : undefined],
    ["pod", labels["k8s_pod_name"]],
  ];
  return things.flatMap(([kind, name]) => (name === undefined || isLoopback(name) ? [] : [[kind, name] as const]));
}

/** A sentence's part saying how two alerts are related; null when they are not. */
export function relation(left: Located, right: Located, topology: Topology): string | null {
  const own = new Map(relatingThings(right.labels));
  const shared = relatingThings(left.labels).find(([kind, name]) => own.get(kind) === name);
  if (shared !== undefined) return `both are about ${shared[0]} ${shared[1]}`;
  return topology.explains(left, right) ?? topology.explains(right, left);
}

export interface OpenIncident {
  readonly id: string;
  /** Ms of its first alert's firing. */
  readonly startedAt: number;
  /** Ms of its newest alert's firing. */
  readonly newestAt: number;
  readonly alerts: readonly Located[];
}

/** The incident that a newly firing alert joins: the one it is related to whose last alert is not long ago. */
export function incidentFor(
  alert: Located,
  open: readonly OpenIncident[],
  topology: Topology,
): { readonly id: string; readonly relation: string } | null {
  const at = alert.firedAt ?? 0;
  for (const incident of open) {
    if (Math.abs(at - incident.newestAt) > ONSET_MS || at - incident.startedAt > GROWING_MS) continue;
    for (const other of incident.alerts) {
      const how = relation(other, alert, topology);
      if (how !== null) return { id: incident.id, relation: how };
    }
  }
  return null;
}

export interface ProbableCause {
  readonly alertId: string;
  readonly deployId: string | null;
  /** A sentence. */
  readonly reason: string;
}

/** Seconds, minutes or hours, whichever reads best. */
const ago = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;

/**
 * The alert that most others follow from by the topology; among equals one that says a thing is down, then the earliest.
 * A deploy of a concerned service shortly before the first alert is named as the suspect.
 */
export function probableCause(alerts: readonly Located[], topology: Topology, deploys: readonly Deploy[]): ProbableCause | null {
  let best: { readonly alert: Located; readonly explained: number } | null = null;
  for (const alert of alerts) {
    const explained = alerts.filter((other) => topology.explains(alert, other) !== null && topology.explains(other, alert) === null).length;
    if (best === null || explained > best.explained || (explained === best.explained && before(alert, best.alert)))
      best = { alert, explained };
  }
  if (best === null) return null;
  const first = Math.min(...alerts.map(({ firedAt }) => firedAt ?? Number.POSITIVE_INFINITY));
  const services = servicesOf(alerts);
  const deploy = deploys
    .filter(({ service, at }) => services.has(service) && at <= first && first - at <= DEPLOY_SUSPECT_MS)
    .reduce<Deploy | null>((latest, one) => (latest === null || one.at > latest.at ? one : latest), null);
  const { alert, explained } = best;
  const topologically =
    explained > 0
      ? `${explained} of the other ${alerts.length - 1} alerts follow from ${alert.name} by what runs on what`
      : alerts.length > 1
        ? `${alert.name} was the first of ${alerts.length} related alerts`
        : `${alert.name} is its only alert`;
  const suspect =
    deploy === null ? "" : `; ${deploy.service} ${deploy.version} was deployed ${ago(first - deploy.at)} before the first alert`;
  return { alertId: alert.id, deployId: deploy?.id ?? null, reason: `${topologically}${suspect}.` };
}

function before(left: Located, right: Located): boolean {
  if (meansDown(left) !== meansDown(right)) return meansDown(left);
  return (left.firedAt ?? Number.POSITIVE_INFINITY) < (right.firedAt ?? Number.POSITIVE_INFINITY);
}

/** Which one of a rule's alerts it is: "HighLatency of checkout on web-1". */
export function alertWithPlace({ name, labels }: Pick<Located, "name" | "labels">): string {
  const { service, host, names } = subjectOf(labels);
  const what = service ?? names[0];
  return `${name}${what === undefined ? "" : ` of ${what}`}${host === undefined ? "" : ` on ${host}`}`;
}

/** Services that alerts are about, to find the deploys that concern them. */
export const servicesOf = (alerts: readonly Pick<Located, "labels">[]): ReadonlySet<string> =>
  new Set(alerts.flatMap(({ labels }) => subjectOf(labels).service ?? []));

import { relatingThings, relation } from "../alerting/incidents.ts";
import { type Located, type Topology, subjectOf } from "../alerting/topology.ts";
import type { RecentAnomaly } from "../model/insight.ts";
import { type Labels, METRIC_NAME } from "../model/labels.ts";

/** An anomaly as what incidents are made of: relations are those of alerts. */
export function located({ id, labels, t }: Pick<RecentAnomaly, "id" | "labels" | "t">): Located {
  return { id, name: labels[METRIC_NAME] ?? "", labels, condition: "", annotations: {}, firedAt: t };
}

const TARGET = ["instance", "job", "host_name", "sender"] as const;

/** Of one target of a scraper's, at whatever address: this machine's is no place that others share. */
const ofOneTarget = (left: Labels, right: Labels): boolean =>
  left["instance"] !== undefined && TARGET.every((name) => left[name] === right[name]);

/** On the same service, host, address, database, pod or target, or one needing what the other is about; of what tells nothing of that, the same metric. */
export function related(left: RecentAnomaly, right: RecentAnomaly, topology: Topology): boolean {
  if (ofOneTarget(left.labels, right.labels) || relation(located(left), located(right), topology) !== null) return true;
  const placeless = relatingThings(left.labels).length === 0 && relatingThings(right.labels).length === 0;
  return placeless && left.labels[METRIC_NAME] === right.labels[METRIC_NAME];
}

/** Of two related anomalies, one is found by at least one key that the other seeks. */
export interface PlaceKeys {
  readonly foundBy: readonly string[];
  readonly seeks: readonly string[];
}

export function placeKeys({ labels }: Pick<RecentAnomaly, "labels">, topology: Topology): PlaceKeys {
  const subject = subjectOf(labels);
  const things = relatingThings(labels);
  const alike = [
    ...(labels["instance"] === undefined ? [] : [JSON.stringify(["target", ...TARGET.map((name) => labels[name] ?? null)])]),
    ...(subject.host === undefined ? [] : [`on ${subject.host}`]),
    ...(things.length > 0 ? things.map(([kind, name]) => `${kind} ${name}`) : [`metric ${labels[METRIC_NAME] ?? ""}`]),
  ];
  const gives = topology.standsFor(subject);
  const needs = subject.service === undefined ? [] : [...topology.reach(subject.service).keys()];
  return {
    foundBy: [...alike, ...gives.map((name) => `gives ${name}`), ...needs.map((name) => `needs ${name}`)],
    seeks: [...alike, ...gives.map((name) => `needs ${name}`), ...needs.map((name) => `gives ${name}`)],
  };
}

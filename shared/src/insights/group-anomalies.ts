import { relatingThings, relation } from "../alerting/incidents.ts";
import type { Located, Topology } from "../alerting/topology.ts";
import type { AnomalyKind } from "../model/anomaly.ts";
import type { RecentAnomaly } from "../model/insight.ts";
import { type Labels, METRIC_NAME, seriesKey } from "../model/labels.ts";

/** How long after the newest anomaly of a group another one still begins together with it. */
const TOGETHER_MS = 120_000;
/** The same of a spike or dip, after the group's first: what is sampled once a minute shows so much later. Values that come and go one after another are many things. */
const PASSING_TOGETHER_MS = 60_000;
/** How long a group takes anomalies in at all. */
const GROWING_MS = 600_000;
/** What begins within this of the first is as early as the first: samples of one round are not of one moment. */
const AS_EARLY_MS = 10_000;
/** The same between things that are not sampled together. */
const AT_ONCE_MS = 30_000;
/** Members that a newcomer is held against. */
const MOST_COMPARED = 40;
/** Things of which the same metric begins to differ at once are a coincidence no more. */
const NO_COINCIDENCE = 3;

/** An anomaly as what incidents are made of: relations are those of alerts. */
export function located({ id, labels, t }: Pick<RecentAnomaly, "id" | "labels" | "t">): Located {
  return { id, name: labels[METRIC_NAME] ?? "", labels, condition: "", annotations: {}, firedAt: t };
}

/** Of one target of a scraper's, at whatever address: this machine's is no place that others share. */
const ofOneTarget = (left: Labels, right: Labels): boolean =>
  left["instance"] !== undefined && TARGET.every((name) => left[name] === right[name]);
const TARGET = ["instance", "job", "host_name", "sender"] as const;

/** On the same service, host, address, database, pod or target, or one needing what the other is about; of what tells nothing of that, the same metric. */
function related(left: RecentAnomaly, right: RecentAnomaly, topology: Topology): boolean {
  if (ofOneTarget(left.labels, right.labels) || relation(located(left), located(right), topology) !== null) return true;
  const placeless = relatingThings(left.labels).length === 0 && relatingThings(right.labels).length === 0;
  return placeless && left.labels[METRIC_NAME] === right.labels[METRIC_NAME];
}

/** What is over by itself. */
export const PASSING: ReadonlySet<AnomalyKind> = new Set(["spike", "dip"]);

interface Group {
  readonly startedAt: number;
  newestAt: number;
  /** One of each series, the strongest, as early as its first. */
  readonly members: Map<string, RecentAnomaly>;
}

/**
 * Anomalies that begin together on related things, each group one thing to tell: the earliest and strongest first in each, the groups by
 * when they began.
 */
export function groupAnomalies(anomalies: readonly RecentAnomaly[], topology: Topology): readonly (readonly RecentAnomaly[])[] {
  let groups: Group[] = [];
  for (const anomaly of anomalies.toSorted((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1))) {
    const near = groups.filter(
      ({ startedAt, newestAt, members }) =>
        anomaly.t - newestAt <= TOGETHER_MS &&
        anomaly.t - startedAt <= (PASSING.has(anomaly.kind) ? PASSING_TOGETHER_MS : GROWING_MS) &&
        [...members.values()].slice(0, MOST_COMPARED).some((member) => related(member, anomaly, topology)),
    );
    const [first, ...others] = near;
    if (first === undefined) {
      groups.push({ startedAt: anomaly.t, newestAt: anomaly.t, members: new Map([[seriesKey(anomaly.labels), anomaly]]) });
      continue;
    }
    // Two groups that the same thing belongs to are one.
    for (const other of others) for (const [key, member] of other.members) first.members.set(key, member);
    groups = groups.filter((group) => !others.includes(group));
    first.newestAt = anomaly.t;
    const key = seriesKey(anomaly.labels);
    const known = first.members.get(key);
    if (known === undefined) first.members.set(key, anomaly);
    else if (anomaly.score > known.score) first.members.set(key, { ...anomaly, id: known.id, t: known.t });
  }
  return joinedAcross(groups).map(({ startedAt, members }) => {
    const lateness = ({ t }: RecentAnomaly): number => Math.floor((t - startedAt) / AS_EARLY_MS);
    return [...members.values()].toSorted(
      (a, b) => lateness(a) - lateness(b) || b.score - a.score || departure(b) - departure(a) || a.t - b.t,
    );
  });
}

/** One metric on three things or more that have nothing else in common: whatever it is, it is one thing. */
function joinedAcross(groups: readonly Group[]): readonly Group[] {
  const joined: Group[] = [];
  const led = Map.groupBy(groups, ({ members }) => [...members.values()][0]?.labels[METRIC_NAME] ?? "");
  for (const alike of led.values()) {
    const left = [...alike];
    for (let first = left.shift(); first !== undefined; first = left.shift()) {
      const { startedAt } = first;
      const atOnce = left.filter((group) => group.startedAt - startedAt < AT_ONCE_MS);
      if (atOnce.length + 1 >= NO_COINCIDENCE) {
        for (const { members } of atOnce) for (const [key, member] of members) first.members.set(key, member);
        left.splice(0, left.length, ...left.filter((group) => !atOnce.includes(group)));
      }
      joined.push(first);
    }
  }
  return joined.toSorted((a, b) => a.startedAt - b.startedAt);
}

/** How far from what was expected, in half widths of the usual range. */
export function departure({ value, expected, lower, upper }: Pick<RecentAnomaly, "value" | "expected" | "lower" | "upper">): number {
  const half = Math.max((upper - lower) / 2, Math.abs(expected) * 1e-3, Number.MIN_VALUE);
  return Math.min(1e6, Math.abs(value - expected) / half);
}

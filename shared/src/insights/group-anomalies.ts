import type { Topology } from "../alerting/topology.ts";
import type { RecentAnomaly } from "../model/insight.ts";
import { METRIC_NAME, seriesKey } from "../model/labels.ts";
import { PASSING } from "./event-end.ts";
import { placeKeys, related } from "./places.ts";

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

interface Group {
  /** How many began before it. */
  readonly rank: number;
  readonly startedAt: number;
  newestAt: number;
  /** One of each series, the strongest, as early as its first. */
  readonly members: Map<string, RecentAnomaly>;
  /** The first of them, that a newcomer is held against. */
  readonly compared: RecentAnomaly[];
  readonly foundBy: Set<string>;
}

/** Groups by the places of their members: thousands of things that have nothing to do with each other may change at once. */
class PlacedGroups {
  readonly #groups = new Set<Group>();
  readonly #byKey = new Map<string, Set<Group>>();
  #begun = 0;

  begin(startedAt: number): Group {
    const group: Group = { rank: this.#begun++, startedAt, newestAt: startedAt, members: new Map(), compared: [], foundBy: new Set() };
    this.#groups.add(group);
    return group;
  }

  /** Compares with these, too, which are found by these keys. */
  place(group: Group, members: readonly RecentAnomaly[], keys: Iterable<string>): void {
    const free = MOST_COMPARED - group.compared.length;
    if (free <= 0) return;
    group.compared.push(...members.slice(0, free));
    for (const key of keys) {
      group.foundBy.add(key);
      const known = this.#byKey.get(key);
      if (known === undefined) this.#byKey.set(key, new Set([group]));
      else known.add(group);
    }
  }

  /** Two groups that the same thing belongs to are one. */
  join(group: Group, other: Group): void {
    for (const [key, member] of other.members) group.members.set(key, member);
    this.#groups.delete(other);
    this.place(group, other.compared, other.foundBy);
    for (const key of other.foundBy) this.#byKey.get(key)?.delete(other);
  }

  /** Those with a member that is found by one of the keys, in the order in which they began. */
  seek(keys: readonly string[]): readonly Group[] {
    const found = new Set(keys.flatMap((key) => [...(this.#byKey.get(key) ?? [])]));
    return [...found].toSorted((a, b) => a.rank - b.rank);
  }

  /** In the order in which they began. */
  all(): readonly Group[] {
    return [...this.#groups];
  }
}

/**
 * Anomalies that begin together on related things, each group one thing to tell: the earliest and strongest first in each, the groups by
 * when they began.
 */
export function groupAnomalies(anomalies: readonly RecentAnomaly[], topology: Topology): readonly (readonly RecentAnomaly[])[] {
  const groups = new PlacedGroups();
  for (const anomaly of anomalies.toSorted((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1))) {
    const { foundBy, seeks } = placeKeys(anomaly, topology);
    const [near, ...others] = groups
      .seek(seeks)
      .filter(
        ({ startedAt, newestAt, compared }) =>
          anomaly.t - newestAt <= TOGETHER_MS &&
          anomaly.t - startedAt <= (PASSING.has(anomaly.kind) ? PASSING_TOGETHER_MS : GROWING_MS) &&
          compared.some((member) => related(member, anomaly, topology)),
      );
    const group = near ?? groups.begin(anomaly.t);
    for (const other of others) groups.join(group, other);
    group.newestAt = anomaly.t;
    const key = seriesKey(anomaly.labels);
    const known = group.members.get(key);
    if (known === undefined) {
      group.members.set(key, anomaly);
      groups.place(group, [anomaly], foundBy);
    } else if (anomaly.score > known.score) group.members.set(key, { ...anomaly, id: known.id, t: known.t });
  }
  return joinedAcross(groups.all()).map(({ startedAt, members }) => {
    const lateness = ({ t }: RecentAnomaly): number => Math.floor((t - startedAt) / AS_EARLY_MS);
    return [...members.values()].toSorted(
      (a, b) => lateness(a) - lateness(b) || b.score - a.score || departure(b) - departure(a) || a.t - b.t,
    );
  });
}

/** One metric on three things or more that have nothing else in common: whatever it is, it is one thing. What else those show with it is part of it. */
function joinedAcross(groups: readonly Group[]): readonly Group[] {
  const partOf = new Map<Group, Group>();
  const whole = (group: Group): Group => {
    const larger = partOf.get(group);
    return larger === undefined ? group : whole(larger);
  };
  const begunBy = Map.groupBy(
    groups.flatMap((group) => [...firstMetrics(group)].map((metric) => ({ group, metric }))),
    ({ metric }) => metric,
  );
  for (const alike of begunBy.values()) {
    let left = alike.map(({ group }) => group);
    for (let first = left.shift(); first !== undefined; first = left.shift()) {
      const { startedAt } = first;
      const atOnce = left.filter((group) => group.startedAt - startedAt < AT_ONCE_MS);
      if (atOnce.length + 1 < NO_COINCIDENCE) continue;
      left = left.slice(atOnce.length);
      for (const group of atOnce) {
        const [one, other] = [whole(first), whole(group)].toSorted((x, y) => x.rank - y.rank) as [Group, Group];
        if (one !== other) partOf.set(other, one);
      }
    }
  }
  for (const [part] of partOf) for (const [key, member] of part.members) whole(part).members.set(key, member);
  return groups.filter((group) => !partOf.has(group));
}

/** What a group began with. */
function firstMetrics({ startedAt, members }: Group): ReadonlySet<string> {
  const first = [...members.values()].filter(({ t }) => t - startedAt < AS_EARLY_MS);
  return new Set(first.map(({ labels }) => labels[METRIC_NAME] ?? ""));
}

/** How far from what was expected, in half widths of the usual range. */
export function departure({ value, expected, lower, upper }: Pick<RecentAnomaly, "value" | "expected" | "lower" | "upper">): number {
  const half = Math.max((upper - lower) / 2, Math.abs(expected) * 1e-3, Number.MIN_VALUE);
  return Math.min(1e6, Math.abs(value - expected) / half);
}

import { formatAmount } from "../format/units.ts";
import {
  type Bounded95,
  type BoundedResource,
  areWhole,
  COUNTED_KINDS,
  type DemandRelation,
  type ResourceKind,
  type SaturationTime,
  type Scenario,
  type ScenarioOutcome,
} from "../model/capacity.ts";
import type { Refusal } from "../model/trend.ts";
import { refuse } from "../trend/finite-points.ts";
import { responseFactor } from "./erlang-c.ts";
import { retained } from "./retention.ts";
import type { MovingLimit } from "./saturation.ts";
import { HOST_LABELS } from "./shared-by-hosts.ts";

/** What is used stays used until somebody deletes it: demand makes it grow, not be. */
export const STOCKS: readonly ResourceKind[] = ["disk", "inodes", "quota", "budget"];
/** A line drawn so far beyond the highest demand seen is said to be a guess. */
const FAR_BEYOND = 1.5;

const nothing = (): number => 0;

export interface WhatIf {
  readonly resource: Pick<BoundedResource, "kind" | "labels" | "isShared" | "used" | "peak" | "limit" | "unit" | "servers">;
  readonly scenario: Scenario;
  /** Hosts that there are. */
  readonly hosts: number;
  readonly relation?: DemandRelation | Refusal;
  readonly growthPerDay: Bounded95;
  /** The most that was used within the last so many ms. */
  readonly mostWithin: (lastMs: number) => number;
  /** What comes in a day before anything is deleted. */
  readonly inflowPerDay: number;
  /** What is deleted a day. */
  readonly outflowPerDay: number;
  /** By how much a day more comes in each day than the day before. */
  readonly inflowRises: number;
  readonly seenMs: number;
  /** When another limit is reached, by the same possible futures. */
  readonly reach: (limit: MovingLimit) => SaturationTime;
}

/**
 * A resource as it would be. With demand times f, what depends on demand is f times as much, which is as if the limit were nearer: used' ≥
 * limit exactly when used ≥ fixed + (limit − fixed) / f. Refuses what cannot be told, with what to give.
 */
export function whatIf(question: WhatIf): ScenarioOutcome | Refusal {
  const { resource, scenario, hosts, reach } = question;
  const added = scenario.hosts ?? 0;
  if (hosts + added < 1)
    return refuse("no_host_left", `There ${hosts === 1 ? "is 1 host" : `are ${hosts} hosts`}; taking away ${-added} leaves none.`);
  const assumptions: string[] = [];
  const work = workOf(question, assumptions);
  const stock = STOCKS.includes(resource.kind);
  const changed =
    work === 1
      ? { peak: resource.peak, limit: resource.limit }
      : stock
        ? grown(question, work, assumptions)
        : loaded(question, work, assumptions);
  if ("refused" in changed) return changed;
  const keeps = stock && resource.kind !== "budget" && (scenario.retention !== undefined || work !== 1);
  const kept = keeps ? retained({ ...question, ...scenario, work }) : undefined;
  if (kept !== undefined && "refused" in kept) return kept;
  assumptions.push(...(kept?.assumptions ?? []));
  const peak = Math.max(0, changed.peak + (kept?.most ?? 0));
  const reachBeside = (besides: MovingLimit): SaturationTime => reach((aheadMs) => changed.limit - besides(aheadMs) / work);
  const soon = reachBeside(kept?.besides ?? nothing);
  const saturation = kept?.or === undefined ? soon : either(soon, reachBeside(kept.or));
  const factor = resource.kind === "cpu" ? queueing(resource, peak, assumptions) : undefined;
  return {
    peak,
    peakShare: peak / resource.limit,
    saturation,
    // What does not depend on demand does not grow with it either.
    growthPerDay: times(question.growthPerDay, (kept?.growth ?? 1) * (changed.limit === resource.limit ? 1 : work), stock),
    ...(factor === undefined ? {} : { responseFactor: factor }),
    assumptions,
    text: textOf(resource, peak, factor),
  };
}

/**
 * How many times as much this resource has to do. Hosts share what lies on each of them; what all of them share is as large with more of
 * them, and a budget pays for them.
 */
function workOf({ resource, scenario, hosts }: WhatIf, assumptions: string[]): number {
  const { traffic = 1, hosts: added = 0 } = scenario;
  if (added === 0) return traffic;
  const then = `${hosts + added} host${hosts + added === 1 ? "" : "s"} instead of ${hosts}`;
  const more = (hosts + added) / hosts;
  if (resource.kind === "budget") {
    const withWork = scenario.traffic === undefined ? "" : " or to the work, whichever is more";
    assumptions.push(`what is spent is in proportion to the hosts${withWork}: ${then}`);
    return scenario.traffic === undefined ? more : Math.max(more, traffic);
  }
  // A mean of CPUs is that of a host.
  if (!liesOnHost(resource)) {
    const whose = resource.isShared === true ? "is on none of the hosts that are counted" : "belongs to no single host";
    assumptions.push(`it ${whose}, so that it is no larger and no less in demand with ${then}`);
    return traffic;
  }
  assumptions.push(`the work is spread evenly over ${then}`);
  return traffic / more;
}

/** Of what adds up the work makes what comes in, and not what goes. */
function times({ value, lower, upper }: Bounded95, factor: number, addsUp: boolean): Bounded95 {
  const scaled = (perDay: number): number => (addsUp && perDay < 0 ? perDay : perDay * factor);
  return { value: scaled(value), lower: scaled(lower), upper: scaled(upper) };
}

/** Whether it is one of those that there are more of with more hosts. */
export const liesOnHost = ({ kind, labels, isShared }: Pick<BoundedResource, "kind" | "labels" | "isShared">): boolean =>
  kind === "cpu" || (isShared !== true && HOST_LABELS.some((name) => (labels[name] ?? "") !== ""));

const show = (value: number, unit: string): string => formatAmount(value, unit);

/** Of what is in use while work is done: CPU, memory, connections. */
function loaded(
  { resource: { kind, peak, limit }, relation }: WhatIf,
  factor: number,
  assumptions: string[],
): { peak: number; limit: number } | Refusal {
  let fixed = 0;
  if (relation !== undefined && !("refused" in relation)) {
    fixed = Math.max(0, relation.fixed);
    if (factor > FAR_BEYOND) assumptions.push("the line from demand to use goes on straight far beyond the demand that was seen");
  } else if (kind === "cpu") assumptions.push(`CPU is in proportion to the work, as no relation to demand was found`);
  else {
    const reason = relation === undefined ? "No demand was given." : relation.refused.reason;
    return refuse(
      "no_relation",
      `${reason} Without it nobody can tell how ${kind} ${COUNTED_KINDS.includes(kind) ? "follow" : "follows"} the work; name a demand that does: PromQL of one series, in the settings or with demand=.`,
    );
  }
  if (factor > 1 && kind === "connections")
    assumptions.push(
      "each is in use for as long as now: where requests then wait for each other (CPU says how long) as many times more are",
    );
  if (peak <= fixed) return { peak, limit };
  return { peak: fixed + factor * (peak - fixed), limit: fixed + (limit - fixed) / factor };
}

/** Of what adds up: growth is so many times as fast, what is there stays. */
function grown(
  { resource: { used, peak, limit }, growthPerDay }: WhatIf,
  factor: number,
  assumptions: string[],
): { peak: number; limit: number } {
  assumptions.push(
    growthPerDay.value < 0
      ? "it empties as it does, for what comes in meanwhile, which follows the work, is not known"
      : growthPerDay.lower > 0
        ? "growth is in proportion to the work"
        : "it stands still, which is no less with other work if nothing comes in, and as many times as much if it is deleted as it comes: retentionNow= and retention= tell which",
  );
  return { peak, limit: used + (limit - used) / factor };
}

/** Whose earliest and latest are those of either. */
function either(one: SaturationTime, other: SaturationTime): SaturationTime {
  const earliest = Math.min(one.earliest ?? Infinity, other.earliest ?? Infinity);
  const latest = one.latest === null || other.latest === null ? null : Math.max(one.latest, other.latest);
  return { ...one, earliest: earliest === Infinity ? null : earliest, latest };
}

function queueing({ servers, peak: before }: WhatIf["resource"], after: number, assumptions: string[]): number | null | undefined {
  const c = servers ?? 1;
  assumptions.push(`requests come and take time at random, at ${c} CPU${c === 1 ? "" : "s"} (M/M/${c})`);
  const now = responseFactor(c, before);
  const then = responseFactor(c, after);
  // What queues without end now is so much shorter then that no factor says it.
  if (then !== null && now === null) return undefined;
  return then === null || now === null ? null : then / now;
}

function textOf({ kind, limit, peak: before, unit }: WhatIf["resource"], peak: number, factor: number | null | undefined): string {
  const share = (value: number): string => `${Math.round((100 * value) / limit)}%`;
  const counted = COUNTED_KINDS.includes(kind);
  const parts = [
    `At ${counted ? "their" : "its"} peak ${kind} would be ${show(areWhole({ kind, unit, limit }) ? Math.round(peak) : peak, unit)}, ${share(peak)} of the limit, instead of ${share(before)}.`,
  ];
  if (factor === null) parts.push("Requests would queue without end at the peak.");
  else if (kind === "cpu" && factor === undefined) parts.push("Requests would no longer queue without end at the peak.");
  else if (factor !== undefined && Math.abs(factor - 1) >= 0.05)
    parts.push(`Requests would take ${Number(factor.toPrecision(2))} times as long at the peak.`);
  return parts.join(" ");
}

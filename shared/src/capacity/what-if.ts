import { formatBrief } from "../format/units.ts";
import type { BoundedResource, DemandRelation, ResourceKind, SaturationTime, Scenario, ScenarioOutcome } from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Refusal } from "../model/trend.ts";
import { refuse } from "../trend/finite-points.ts";
import { responseFactor } from "./erlang-c.ts";

const DAY = 86_400_000;
/** What is used stays used until somebody deletes it: demand makes it grow, not be. */
const STOCKS: readonly ResourceKind[] = ["disk", "inodes", "quota", "budget"];
/** A line drawn so far beyond the highest demand seen is said to be a guess. */
const FAR_BEYOND = 1.5;

export interface WhatIf {
  readonly resource: Pick<BoundedResource, "kind" | "used" | "peak" | "limit" | "unit" | "servers">;
  readonly scenario: Scenario;
  /** Hosts that there are. */
  readonly hosts: number;
  readonly relation?: DemandRelation | Refusal;
  /** What comes in a day before anything is deleted. */
  readonly inflowPerDay: number;
  /** When another limit is reached, by the same possible futures. */
  readonly reach: (limit: number) => SaturationTime;
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
  const perHost = ((scenario.traffic ?? 1) * hosts) / (hosts + added);
  const assumptions: string[] = [];
  if (added !== 0)
    assumptions.push(`the work is spread evenly over ${hosts + added} host${hosts + added === 1 ? "" : "s"} instead of ${hosts}`);
  const stock = STOCKS.includes(resource.kind);
  const changed =
    perHost === 1
      ? { peak: resource.peak, limit: resource.limit }
      : stock
        ? grown(question, perHost, assumptions)
        : loaded(question, perHost, assumptions);
  if ("refused" in changed) return changed;
  let { peak, limit } = changed;
  let { used } = resource;
  if (scenario.retention !== undefined && stock && resource.kind !== "budget") {
    const { nowMs, thenMs } = scenario.retention;
    const more = (question.inflowPerDay * perHost * (thenMs - nowMs)) / DAY;
    assumptions.push(
      `what comes in (${show(question.inflowPerDay * perHost, resource.unit)} a day) is deleted after ${spokenDuration(thenMs)} instead of ${spokenDuration(nowMs)}`,
    );
    peak = Math.max(0, peak + more);
    used = Math.max(0, used + more);
    limit -= more;
  }
  // What is deleted later fills a while longer; what is in use for as long as work is done is at its limit at once.
  const saturation = stock && limit <= resource.used ? filling(question, perHost) : reach(limit);
  const factor = resource.kind === "cpu" ? queueing(resource, peak, assumptions) : undefined;
  return {
    peak,
    peakShare: peak / resource.limit,
    saturation,
    ...(factor === undefined ? {} : { responseFactor: factor }),
    assumptions,
    text: textOf(resource, peak, factor),
  };
}

const show = (value: number, unit: string): string =>
  formatBrief(value, unit === "bytes" || unit === "ratio" || unit === "seconds" ? unit : "count");

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
      `${reason} Without it nobody can tell how ${kind} follows the work; name a demand that does: PromQL of one series, in the settings or with demand=.`,
    );
  }
  if (peak <= fixed) return { peak, limit };
  return { peak: fixed + factor * (peak - fixed), limit: fixed + (limit - fixed) / factor };
}

/** Of what adds up: growth is so many times as fast, what is there stays. */
function grown({ resource: { used, peak, limit } }: WhatIf, factor: number, assumptions: string[]): { peak: number; limit: number } {
  assumptions.push("growth is in proportion to the work");
  return { peak, limit: used + (limit - used) / factor };
}

/** Longer retention: nothing is deleted for a while, and in that time the limit is reached. */
function filling({ resource: { used, limit }, inflowPerDay, reach }: WhatIf, factor: number): SaturationTime {
  const base = reach(limit);
  if (used >= limit || !(inflowPerDay > 0)) return base;
  const now = reach(used).at ?? 0;
  const at = now + ((limit - used) / (inflowPerDay * factor)) * DAY;
  return { ...base, at, earliest: Math.min(base.earliest ?? at, at), latest: Math.max(base.latest ?? at, at), chance: 1 };
}

function queueing({ servers, peak: before }: WhatIf["resource"], after: number, assumptions: string[]): number | null {
  const c = servers ?? 1;
  assumptions.push(`requests come and take time at random, at ${c} CPU${c === 1 ? "" : "s"} (M/M/${c})`);
  const now = responseFactor(c, before);
  const then = responseFactor(c, after);
  return then === null ? null : now === null ? 1 : then / now;
}

function textOf({ kind, limit, peak: before, unit }: WhatIf["resource"], peak: number, factor: number | null | undefined): string {
  const share = (value: number): string => `${Math.round((100 * value) / limit)}%`;
  const parts = [`At its peak ${kind} would be ${show(peak, unit)}, ${share(peak)} of the limit, instead of ${share(before)}.`];
  if (factor === null) parts.push("Requests would queue without end at the peak.");
  else if (factor !== undefined && Math.abs(factor - 1) >= 0.05)
    parts.push(`Requests would take ${Number(factor.toPrecision(2))} times as long at the peak.`);
  return parts.join(" ");
}

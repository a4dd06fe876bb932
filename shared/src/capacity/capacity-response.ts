import type { CapacityAnswer, CapacityResponse } from "../api/analyses.ts";
import type { CapacityResource, CapacitySettings, Cost, ResourceKind, Scenario } from "../model/capacity.ts";
import { timeAhead } from "../format/capacity-text.ts";
import { unfitPrices } from "./cost.ts";
import { describeResource } from "./describe-resource.ts";
import { wholesOf } from "./paid-once.ts";
import { seenOnce } from "./seen-twice.ts";
import { liesOnHost } from "./what-if.ts";

export interface CapacityRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly hosts: number;
  readonly demand?: string;
  /** Asked of this kind alone. */
  readonly kind?: ResourceKind;
  readonly scenario?: Scenario;
  readonly settings: CapacitySettings;
  readonly warnings: readonly string[];
}

/** What all shards found, with recommendations, costs and the gist in a sentence or two. */
export function capacityResponse(parts: readonly CapacityAnswer[], request: CapacityRequest): CapacityResponse {
  const { startMs, endMs, hosts, demand, scenario, settings } = request;
  const judged = seenOnce(parts.flatMap((part) => part.resources));
  const wholes = wholesOf(judged);
  const resources = judged
    .map((one): CapacityResource => {
      const whole = wholes.get(one);
      if (whole === undefined) return describeResource(one, settings, endMs);
      return { ...describeResource(one, { ...settings, prices: {} }, endMs), within: whole.name };
    })
    .toSorted((a, b) => soonest(a) - soonest(b) || a.headroomAtPeak - b.headroomAtPeak);
  const sum = (of: (resource: CapacityResource) => number): number => resources.reduce((total, resource) => total + of(resource), 0);
  const left = parts.reduce((total, part) => total + part.left.length, 0);
  // Of one kind alone, hosts are not what was asked for.
  const perHost = request.kind === undefined ? (settings.prices.host?.perMonth ?? 0) : 0;
  const costPerMonth = sum(({ cost }) => cost?.perMonth ?? 0) + hosts * perHost;
  const savingPerMonth = sum(({ cost }) => cost?.savingPerMonth ?? 0);
  const scenarioCost = (tried: Scenario): Cost => {
    const then = hosts + (tried.hosts ?? 0);
    const recommendedPerMonth = then * perHost + sum((one) => costThen(one) * (liesOnHost(one) ? then / hosts : 1));
    return { currency: settings.currency, perMonth: costPerMonth, recommendedPerMonth, savingPerMonth: costPerMonth - recommendedPerMonth };
  };
  return {
    start: startMs,
    end: endMs,
    hosts,
    ...(demand === undefined ? {} : { demand }),
    ...(scenario === undefined ? {} : { scenario }),
    resources,
    left,
    currency: settings.currency,
    costPerMonth,
    savingPerMonth,
    // Of what leaves no host nothing can be told.
    ...(scenario === undefined || hosts + (scenario.hosts ?? 0) < 1 ? {} : { scenarioCost: scenarioCost(scenario) }),
    warnings: [...request.warnings, ...parts.flatMap(({ warnings }) => warnings), ...unfitPrices(resources, settings)],
    text: `${gist(resources, endMs, request.kind)}${leftText(left, request.kind)}`,
  };
}

/** Of one kind, nothing narrower can be asked for. */
function leftText(left: number, kind: ResourceKind | undefined): string {
  if (left === 0) return "";
  return kind === undefined
    ? ` ${left} more with more room were not judged: ask for one kind.`
    : ` ${left} more of the kind ${kind} were not judged: those nearer to their limits were.`;
}

/** Of one host's. Where nobody can tell what it would be like, it stays. */
function costThen(resource: CapacityResource): number {
  const outcome = "scenario" in resource ? resource.scenario : undefined;
  const then = outcome === undefined || "refused" in outcome ? undefined : outcome.cost;
  return then?.recommendedPerMonth ?? resource.cost?.perMonth ?? 0;
}

const soonest = (resource: CapacityResource): number =>
  "saturation" in resource ? (resource.saturation.at ?? Number.MAX_SAFE_INTEGER) : Infinity;

function gist(resources: readonly CapacityResource[], nowMs: number, kind: ResourceKind | undefined): string {
  if (resources.length === 0 && kind !== undefined)
    return `No bounded resource of the kind ${kind} was found: ask without kind for those of others, or declare one with PUT /v1/capacity/settings.`;
  if (resources.length === 0)
    return "No bounded resource was found: send host metrics with the agent or node_exporter, or declare resources with PUT /v1/capacity/settings.";
  const grow = resources.filter(({ recommendation }) => recommendation.type === "grow");
  const shrink = resources.filter(({ recommendation }) => recommendation.type === "shrink").length;
  // What may as well never be full is not the first to be.
  const [first] = grow;
  const at = first !== undefined && "saturation" in first ? first.saturation.at : null;
  const next =
    first === undefined || at === null
      ? "None surely reaches its limit within the time that can be told."
      : `First to reach its limit: ${first.name}, ${at <= nowMs ? "now" : `in ${timeAhead(at - nowMs)}`}.`;
  const noun = resources.length === 1 ? "resource" : "resources";
  return `${resources.length} bounded ${noun}: ${grow.length} to grow, ${shrink} larger than needed. ${next}`;
}

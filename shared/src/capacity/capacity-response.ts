import type { CapacityAnswer, CapacityResponse } from "../api/analyses.ts";
import type { CapacityResource, CapacitySettings, ResourceKind, Scenario } from "../model/capacity.ts";
import { timeAhead } from "../format/capacity-text.ts";
import { describeResource } from "./describe-resource.ts";

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
  const resources = parts
    .flatMap((part) => part.resources)
    .map((judged) => describeResource(judged, settings, endMs))
    .toSorted((a, b) => soonest(a) - soonest(b) || a.headroomAtPeak - b.headroomAtPeak);
  const sum = (of: (resource: CapacityResource) => number): number => resources.reduce((total, resource) => total + of(resource), 0);
  // Whole hosts: with what a scenario adds or takes away.
  const perHost = request.kind === undefined ? (settings.prices.host?.perMonth ?? 0) : 0;
  const costPerMonth = sum(({ cost }) => cost?.perMonth ?? 0) + hosts * perHost;
  const savingPerMonth = sum(({ cost }) => cost?.savingPerMonth ?? 0) - (scenario?.hosts ?? 0) * perHost;
  return {
    start: startMs,
    end: endMs,
    hosts,
    ...(demand === undefined ? {} : { demand }),
    ...(scenario === undefined ? {} : { scenario }),
    resources,
    left: parts.reduce((total, { left }) => total + left, 0),
    currency: settings.currency,
    costPerMonth,
    savingPerMonth,
    warnings: [...request.warnings, ...parts.flatMap(({ warnings }) => warnings)],
    text: gist(resources, endMs, request.kind),
  };
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

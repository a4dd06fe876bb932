import type { CapacityResponse } from "../api/analyses.ts";
import type { CapacityResource } from "../model/capacity.ts";
import { growthText, saturationText, scenarioCostText, timeAhead, useText } from "./capacity-text.ts";

/** A capacity answer for a terminal: a line a resource, what to do beneath where something is to be done. */
export function capacityText(response: CapacityResponse): string {
  const { resources, end, text, currency, costPerMonth, savingPerMonth, scenarioCost, left, warnings } = response;
  const width = Math.max(0, ...resources.map(({ name }) => name.length));
  const lines = resources.flatMap((resource) => linesOf(resource, width, end));
  if (left > 0) lines.push(`… and ${left} with more room`);
  if (costPerMonth > 0) {
    const saving = Math.round(Math.abs(savingPerMonth));
    const change = saving === 0 ? "" : savingPerMonth > 0 ? `, ${saving} could be saved` : `, ${saving} more are needed`;
    lines.push(`${Math.round(costPerMonth)} ${currency} a month${change}`);
    if (scenarioCost !== undefined) lines.push(scenarioCostText(scenarioCost));
  }
  return [...lines, ...warnings.map((warning) => `warning: ${warning}`), text, ""].join("\n");
}

function linesOf(resource: CapacityResource, width: number, nowMs: number): string[] {
  const { name, recommendation } = resource;
  const facts = [useText(resource).padEnd(20), saturationText(resource, nowMs).padEnd(32), growthText(resource)].join("  ");
  const lines = [`${name.padEnd(width)}  ${facts}`.trimEnd()];
  if ("refused" in resource) lines.push(`    ${resource.refused.reason}`);
  else if (recommendation.type !== "keep") lines.push(`    ${recommendation.text}`);
  const outcome = "scenario" in resource ? resource.scenario : undefined;
  if (outcome === undefined) return lines;
  if ("refused" in outcome) return [...lines, `    what if: ${outcome.refused.reason}`];
  const { at } = outcome.saturation;
  lines.push(`    what if: ${outcome.text}${at === null ? "" : at <= nowMs ? " Full now." : ` Full in ${timeAhead(at - nowMs)}.`}`);
  if (outcome.assumptions.length > 0) lines.push(`    assumed: ${outcome.assumptions.join("; ")}`);
  return lines;
}

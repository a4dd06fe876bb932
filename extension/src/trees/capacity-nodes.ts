/** Every bounded resource, below the insights: what is used up soonest first, with reasons, costs and what to do. */
import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { growthText, saturationText, useText } from "@sightline/shared/format/capacity-text";
import { chartUnit } from "@sightline/shared/format/insight-text";
import { resourceQuery } from "@sightline/shared/insights/capacity-insight";
import type { CapacityResource } from "@sightline/shared/model/capacity";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

export function capacityNodes({ resources, end, text }: CapacityResponse): readonly TreeNode[] {
  if (resources.length === 0) return [];
  return [
    {
      id: "capacity",
      label: "Capacity",
      description: text,
      tooltip: escapeMarkdown(text),
      icon: "database",
      contextValue: "capacity",
      children: resources.map((resource) => resourceNode(resource, end)),
    },
  ];
}

function resourceNode(resource: CapacityResource, nowMs: number): TreeNode {
  const { name, kind, labels, recommendation } = resource;
  const query = resourceQuery(resource);
  const color =
    recommendation.type !== "grow" ? null : recommendation.priority === "high" ? "list.errorForeground" : "list.warningForeground";
  return {
    id: `capacity:${kind}:${name}:${JSON.stringify(labels)}`,
    label: name,
    description: [useText(resource), saturationText(resource, nowMs), growthText(resource)].filter((part) => part !== "").join(" · "),
    tooltip: [escapeMarkdown(resource.text), ...recommendation.reasons.map((reason) => `· ${escapeMarkdown(reason)}`)].join("  \n"),
    icon: recommendation.type === "grow" ? "warning" : recommendation.type === "shrink" ? "arrow-down" : "check",
    ...(color === null ? {} : { color }),
    contextValue: "resource",
    chart: { title: name, query, unit: chartUnit(query, resource.unit) },
  };
}

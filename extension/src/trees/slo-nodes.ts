/** Objectives with what is left of their error budget and how fast it burns. */
import type { SloStatus } from "@sightline/shared/model/slo";
import { formatCount, formatRatio, formatSeconds } from "../format.ts";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

export function sloNodes(statuses: readonly SloStatus[]): readonly TreeNode[] {
  return statuses.map((status) => {
    const burning = status.burnRates.filter((rate) => rate.firing);
    const left = status.budgetRemaining;
    const spent = left !== null && left <= 0;
    const color = spent ? "list.errorForeground" : burning.length > 0 ? "list.warningForeground" : undefined;
    return {
      id: `slo:${status.slo.id}`,
      label: status.slo.name,
      description: left === null ? "no events yet" : `${formatRatio(left)} of the budget left`,
      tooltip: `**${escapeMarkdown(status.slo.name)}**  \n${escapeMarkdown(status.summary)}`,
      icon: left === null ? "circle-outline" : spent ? "error" : burning.length > 0 ? "flame" : "pass",
      ...(color === undefined ? {} : { color }),
      contextValue: "slo",
      children: detailNodes(status),
    };
  });
}

function detailNodes(status: SloStatus): readonly TreeNode[] {
  const { slo } = status;
  const objective = slo.thresholdSeconds === undefined ? "good" : `within ${formatSeconds(slo.thresholdSeconds)}`;
  const row = (key: string, label: string, description: string, icon?: string): TreeNode => ({
    id: `slo:${slo.id}:${key}`,
    label,
    description,
    ...(icon === undefined ? {} : { icon }),
  });
  return [
    row("summary", status.summary, ""),
    row("objective", "objective", `${precisePercent(slo.objective)} ${objective} over ${formatSeconds(slo.windowMs / 1000)}`),
    row("now", "now", status.sli === null ? "no events" : `${precisePercent(status.sli)} of ${formatCount(status.total)} events`),
    ...status.burnRates.map((rate) =>
      row(
        `burn:${rate.longMs}`,
        `burn over ${formatSeconds(rate.longMs / 1000)}`,
        `${formatCount(rate.long)}× (alerts at ${formatCount(rate.factor)}×)`,
        rate.firing ? "flame" : undefined,
      ),
    ),
  ];
}

/** Objectives live in their last digits: 99.95% must not become 100%. */
const precisePercent = (ratio: number): string => `${Number((ratio * 100).toFixed(3))}%`;

/** Objectives with what is left of their error budget and how fast it burns. */
import type { SloStatus } from "@sightline/shared/model/slo";
import { formatBrief, formatObjective } from "@sightline/shared/format/units";
import { spokenDuration } from "@sightline/shared/model/duration";
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
      description: left === null ? "no events yet" : `${formatBrief(left, "ratio")} of the budget left`,
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
  const objective = slo.thresholdSeconds === undefined ? "good" : `within ${formatBrief(slo.thresholdSeconds, "seconds")}`;
  const row = (key: string, label: string, description: string, icon?: string): TreeNode => ({
    id: `slo:${slo.id}:${key}`,
    label,
    description,
    ...(icon === undefined ? {} : { icon }),
  });
  return [
    row("summary", status.summary, ""),
    row("objective", "objective", `${formatObjective(slo.objective)} ${objective} over ${spokenDuration(slo.windowMs)}`),
    row("now", "now", status.sli === null ? "no events" : `${formatObjective(status.sli)} of ${formatBrief(status.total, "count")} events`),
    ...status.burnRates.map((rate) =>
      row(
        `burn:${rate.longMs}`,
        `burn over ${spokenDuration(rate.longMs)}`,
        `${formatBrief(rate.long, "none")}× (alerts at ${formatBrief(rate.factor, "none")}×)`,
        rate.firing ? "flame" : undefined,
      ),
    ),
  ];
}

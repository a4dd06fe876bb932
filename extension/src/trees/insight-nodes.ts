/** Anomalies with their reasons, the strongest first. */
import { formatAge } from "@sightline/shared/format/age";
import { formatMetricValue } from "@sightline/shared/format/metric-value";
import { formatBrief } from "@sightline/shared/format/units";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { METRIC_NAME, formatLabels, seriesKey } from "@sightline/shared/model/labels";
import { distinguishingLabels } from "../alerts/alert-text.ts";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

const ICONS: Record<Anomaly["kind"], string> = {
  spike: "arrow-up",
  dip: "arrow-down",
  level_shift: "split-horizontal",
  trend_change: "graph-line",
  variance_change: "pulse",
  seasonal_break: "calendar",
  flatline: "dash",
  gap: "circle-slash",
};

export function insightNodes(anomalies: readonly Anomaly[], nowMs: number): readonly TreeNode[] {
  return anomalies
    .toSorted((left, right) => right.score - left.score || right.t - left.t)
    .map((anomaly) => {
      const metric = anomaly.labels[METRIC_NAME] ?? anomaly.labels["metric"] ?? "series";
      const value = (of: number): string => formatMetricValue(metric, "", of);
      const which = distinguishingLabels(anomaly.labels, 2);
      return {
        id: `anomaly:${seriesKey(anomaly.labels)}@${anomaly.t}`,
        label: metric,
        description: [anomaly.reason, which, formatAge(anomaly.t, nowMs)].filter((part) => part !== "").join(" · "),
        tooltip: [
          `**${escapeMarkdown(metric)}** ${escapeMarkdown(anomaly.kind.replace("_", " "))}`,
          escapeMarkdown(anomaly.reason),
          `value ${escapeMarkdown(value(anomaly.value))}, expected ${escapeMarkdown(value(anomaly.expected))} (${escapeMarkdown(`${value(anomaly.lower)} – ${value(anomaly.upper)}`)})`,
          `score ${escapeMarkdown(formatBrief(anomaly.score, "ratio"))}`,
        ].join("  \n"),
        icon: ICONS[anomaly.kind],
        ...(anomaly.score >= 0.8 ? { color: "list.warningForeground" } : {}),
        ...(anomaly.id === undefined ? {} : { contextValue: "anomaly", anomalyId: anomaly.id, selector: formatLabels(anomaly.labels) }),
      };
    });
}

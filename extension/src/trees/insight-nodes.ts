/** What people should know, what weighs most first; the series of each below it. */
import { formatAge } from "@sightline/shared/format/age";
import { insightChart, endedText, sureText, whyText } from "@sightline/shared/format/insight-text";
import type { InsightsResponse } from "@sightline/shared/api/responses";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import type { Insight, InsightSeries } from "@sightline/shared/model/insight";
import { METRIC_NAME, formatLabels } from "@sightline/shared/model/labels";
import { distinguishingLabels } from "../alerts/alert-text.ts";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

const ICONS: Record<AnomalyKind, string> = {
  spike: "arrow-up",
  dip: "arrow-down",
  level_shift: "split-horizontal",
  trend_change: "graph-line",
  variance_change: "pulse",
  seasonal_break: "calendar",
  flatline: "dash",
  gap: "circle-slash",
};

const COLORS: Partial<Record<Insight["severity"], string>> = {
  warning: "list.warningForeground",
  error: "list.errorForeground",
  critical: "list.errorForeground",
  emergency: "list.errorForeground",
};

export function insightNodes({ insights, at }: Pick<InsightsResponse, "insights" | "at">): readonly TreeNode[] {
  return insights.map((insight) => insightNode(insight, at));
}

function insightNode(insight: Insight, nowMs: number): TreeNode {
  const { id, kind, state, severity, title, text, series, startedAt, recommendation } = insight;
  const ended = endedText(insight, nowMs);
  const color = state === "open" ? COLORS[severity] : undefined;
  const chart = insightChart(insight);
  const [first] = series;
  return {
    id: `insight:${id}`,
    label: title,
    description: [ended === "" ? withoutTitle(insight) : ended, formatAge(startedAt, nowMs)].join(" · "),
    tooltip: [
      escapeMarkdown(text),
      ...(ended === "" ? [] : [`**${escapeMarkdown(ended)}**`]),
      escapeMarkdown(whyText(insight)),
      ...(recommendation?.reasons ?? []).map((reason) => `· ${escapeMarkdown(reason)}`),
    ].join("  \n"),
    icon: iconOf(insight),
    ...(color === undefined ? {} : { color }),
    ...(chart === null
      ? {}
      : {
          chart: {
            title: chartTitle(insight),
            query: chart.query,
            unit: chart.unit,
            ...(chart.selector === null ? {} : { selector: chart.selector }),
          },
        }),
    // Of one series, what is said of the insight is said of its anomaly.
    ...(kind === "anomaly" && first !== undefined
      ? series.length === 1
        ? { contextValue: "anomaly", anomalyId: first.anomalyId, selector: formatLabels(first.labels) }
        : { contextValue: "insight", insightId: id }
      : {}),
    ...(series.length > 1 || (kind === "capacity" && series.length > 0) ? { children: series.map((one) => seriesNode(one, nowMs)) } : {}),
  };
}

/** What is drawn is the first of its series. */
const chartTitle = ({ title, series }: Insight): string =>
  series.length > 1 ? `${series[0]?.labels[METRIC_NAME] ?? "first"}, first of ${title}` : title;

/** The sentence without the words that the label has said. */
function withoutTitle(insight: Insight): string {
  const { kind, series, text } = insight;
  const [first] = series;
  if (kind === "anomaly" && series.length === 1 && first !== undefined) return `${first.text} · ${sureText(insight)}`;
  const rest = kind === "capacity" ? text.replace(/^[^:]*: /, "") : text.replace(/^.*? changed together/, "changed together");
  return rest;
}

const iconOf = ({ kind, state, series }: Insight): string => {
  if (state === "retracted") return "discard";
  if (state === "over") return "pass";
  if (kind === "capacity") return "database";
  return series.length > 1 ? "group-by-ref-type" : ICONS[series[0]?.kind ?? "spike"];
};

function seriesNode({ labels, anomalyId, kind, t, text, over, verdict }: InsightSeries, nowMs: number): TreeNode {
  const which = distinguishingLabels(labels, 2);
  const said = verdict === undefined ? "" : verdict === "real" ? "said to be real" : "said to be a false alarm";
  return {
    id: `anomaly:${anomalyId}`,
    label: labels[METRIC_NAME] ?? "series",
    description: [text, which, over ? "back in its usual range" : "", said, formatAge(t, nowMs)].filter((part) => part !== "").join(" · "),
    tooltip: `${escapeMarkdown(formatLabels(labels))}  \n${escapeMarkdown(text)}`,
    icon: ICONS[kind],
    contextValue: "anomaly",
    anomalyId,
    selector: formatLabels(labels),
  };
}

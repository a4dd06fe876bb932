/** Incidents with their alerts, then alerts that stand alone under their severities, the worst first, the newest first within. */
import type { IncidentSummary } from "@sightline/shared/api/incident-responses";
import { formatBrief } from "@sightline/shared/format/units";
import { type Alert, SEVERITIES, type Severity } from "@sightline/shared/model/alert";
import { spokenDuration } from "@sightline/shared/model/duration";
import { alertDescription, alertSummary, capitalise } from "../alerts/alert-text.ts";
import { escapeMarkdown, type TreeNode } from "./tree-node.ts";

const ICONS: Record<Severity, string> = { info: "info", warning: "warning", error: "error", critical: "flame", emergency: "flame" };
const COLORS: Record<Severity, string> = {
  info: "notificationsInfoIcon.foreground",
  warning: "notificationsWarningIcon.foreground",
  error: "notificationsErrorIcon.foreground",
  critical: "notificationsErrorIcon.foreground",
  emergency: "notificationsErrorIcon.foreground",
};

export function alertNodes(alerts: readonly Alert[], nowMs: number, incidents: readonly IncidentSummary[] = []): readonly TreeNode[] {
  const open = alerts.filter(({ state }) => state !== "resolved");
  const together = incidents
    .map((incident) =>
      incidentNode(
        incident,
        open.filter(({ incidentId }) => incidentId === incident.id),
        nowMs,
      ),
    )
    .filter((node) => node !== null);
  const shown = new Set(incidents.map(({ id }) => id));
  const alone = open.filter(({ incidentId }) => incidentId === undefined || !shown.has(incidentId));
  const severities = SEVERITIES.toReversed()
    .map((severity) =>
      severityNode(
        severity,
        alone.filter((alert) => alert.severity === severity),
        nowMs,
      ),
    )
    .filter((node) => node !== null);
  return [...together, ...severities];
}

/** The alert that is probably the cause stands first. */
function incidentNode(incident: IncidentSummary, alerts: readonly Alert[], nowMs: number): TreeNode | null {
  const [worst] = alerts.toSorted((left, right) => SEVERITIES.indexOf(right.severity) - SEVERITIES.indexOf(left.severity));
  if (worst === undefined) return null;
  const causeId = incident.cause?.alert.id;
  const isCause = ({ id }: Alert): number => (id === causeId ? 0 : 1);
  const inOrder = alerts.toSorted((left, right) => isCause(left) - isCause(right) || (left.firedAt ?? 0) - (right.firedAt ?? 0));
  return {
    id: `incident:${incident.id}`,
    label: incident.title,
    description: `incident · ${incident.openCount} open · for ${spokenDuration(nowMs - incident.startedAt)}`,
    tooltip: [`**${escapeMarkdown(incident.title)}**`, escapeMarkdown(incident.cause?.reason ?? "")].join("  \n"),
    icon: "references",
    color: COLORS[worst.severity],
    contextValue: "incident",
    incidentId: incident.id,
    children: inOrder.map((alert) => alertNode(alert, nowMs)),
  };
}

function severityNode(severity: Severity, alerts: readonly Alert[], nowMs: number): TreeNode | null {
  if (alerts.length === 0) return null;
  const newestFirst = alerts.toSorted((left, right) => (right.firedAt ?? right.activeAt) - (left.firedAt ?? left.activeAt));
  return {
    id: `severity:${severity}`,
    label: capitalise(severity),
    description: String(alerts.length),
    icon: ICONS[severity],
    color: COLORS[severity],
    expanded: true,
    children: newestFirst.map((alert) => alertNode(alert, nowMs)),
  };
}

function alertNode(alert: Alert, nowMs: number): TreeNode {
  const silenced = alert.silencedUntil !== null && alert.silencedUntil > nowMs;
  const quiet = silenced || alert.held !== undefined;
  const icon = quiet ? "bell-slash" : alert.state === "acknowledged" ? "check" : alert.state === "pending" ? "clock" : "bell";
  return {
    id: `alert:${alert.id}`,
    label: alert.name,
    description: alertDescription(alert, nowMs),
    tooltip: alertTooltip(alert),
    icon,
    ...(alert.state === "firing" && !quiet ? { color: COLORS[alert.severity] } : {}),
    contextValue: `alert.${alert.state}${silenced ? ".silenced" : ""}`,
    alert,
  };
}

function alertTooltip(alert: Alert): string {
  const lines = [`**${escapeMarkdown(alert.name)}** (${alert.severity}, ${alert.state})`, escapeMarkdown(alertSummary(alert))];
  lines.push(
    `\`${alert.condition.replaceAll("`", "'")}\`, now ${formatBrief(alert.value, "count")}${alert.threshold === null ? "" : `, threshold ${formatBrief(alert.threshold, "count")}`}`,
  );
  for (const [name, value] of Object.entries(alert.labels)) lines.push(`${escapeMarkdown(name)} = ${escapeMarkdown(value)}`);
  if (alert.held !== undefined) lines.push(`Listed, not told: ${escapeMarkdown(alert.held.reason)}`);
  if (alert.acknowledgedNote !== null)
    lines.push(`${escapeMarkdown(alert.acknowledgedBy ?? "")}: ${escapeMarkdown(alert.acknowledgedNote)}`);
  if (alert.escalated !== null) lines.push(`Nobody took it up: raised from ${alert.escalated.from} to ${alert.severity}`);
  if (alert.triggerCount > 1) lines.push(`Fired ${alert.triggerCount} times while its history is kept`);
  if (alert.flapping !== undefined) lines.push(escapeMarkdown([alert.flapping.reason, alert.flapping.suggestion ?? ""].join(" ")));
  if (alert.gap !== undefined && alert.gap.since !== null && alert.resolvedAt === null)
    lines.push(`No data since ${new Date(alert.gap.since).toISOString()}: held with its last value, ${formatBrief(alert.value, "count")}`);
  if (alert.note !== null) lines.push(`Note: ${escapeMarkdown(alert.note)}`);
  for (const advice of alert.recommendations) lines.push(`→ ${escapeMarkdown(advice.text)}`);
  return lines.join("  \n");
}

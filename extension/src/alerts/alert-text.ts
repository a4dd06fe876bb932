/** Alerts in words: toasts, tree rows, tooltips. */
import { formatAge } from "@sightline/shared/format/age";
import { heldWords } from "@sightline/shared/format/held-text";
import { formatBrief } from "@sightline/shared/format/units";
import type { Alert } from "@sightline/shared/model/alert";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";

const HIDDEN_LABELS = new Set([METRIC_NAME, "alertname", "severity", "job", "instance", "code_file_path", "code_line_number"]);
/** The service name that host metrics carry. */
const AGENT = "sightline-agent";
/** What people look for first. */
const FIRST_LABELS = ["service_name", "host_name", "http_route", "code_function_name"];

/** "host_name=web-1, http_route=/cart": what tells this alert from its siblings, at most `limit` labels. */
export function distinguishingLabels(labels: Labels, limit = 3): string {
  const first = FIRST_LABELS.filter((name) => labels[name] !== undefined);
  const names = [...first, ...Object.keys(labels).filter((name) => !first.includes(name) && !HIDDEN_LABELS.has(name))];
  // That the host's agent sent it is known from the host's name.
  const told = (name: string): boolean => labels[name] !== "" && !(name === "service_name" && labels[name] === AGENT);
  const pairs = names.filter(told).map((name) => `${name}=${labels[name]}`);
  const shown = pairs.slice(0, limit);
  if (pairs.length > limit) shown.push(`+${pairs.length - limit}`);
  return shown.join(", ");
}

/** The first sentence a person reads: the rule's own summary, or its condition and value. */
export function alertSummary(alert: Alert): string {
  const written = alert.annotations["summary"] ?? alert.annotations["description"];
  if (written !== undefined && written !== "") return written;
  return `${alert.condition} (now ${formatBrief(alert.value, "count")})`;
}

/** "Critical: HighCpu (host_name=web-1). CPU busy 97% for 5 min." */
export function toastText(alert: Alert): string {
  const which = distinguishingLabels(alert.labels, 2);
  const where = which === "" ? "" : ` (${which})`;
  return `${capitalise(alert.severity)}: ${alert.name}${where}. ${alertSummary(alert)}`;
}

/** "6 alerts started firing: HighCpu ×4, DiskFull ×2". */
export function foldedText(alerts: readonly Alert[]): string {
  const counts = new Map<string, number>();
  for (const alert of alerts) counts.set(alert.name, (counts.get(alert.name) ?? 0) + 1);
  const byCount = [...counts].toSorted((left, right) => right[1] - left[1]);
  const names = byCount.slice(0, 3).map(([name, count]) => (count === 1 ? name : `${name} ×${count}`));
  if (byCount.length > 3) names.push(`${byCount.length - 3} more rules`);
  return `${alerts.length} ${alerts.length === 1 ? "alert" : "alerts"} started firing: ${names.join(", ")}`;
}

/** "host_name=web-1 · 3 min ago": which one first, for it is what tells rows of one rule apart. */
export function alertDescription(alert: Alert, nowMs: number): string {
  const parts = [distinguishingLabels(alert.labels, 2)];
  if (alert.state === "acknowledged") parts.push(`acknowledged by ${alert.acknowledgedBy ?? "someone"}`);
  else if (alert.state === "pending") parts.push(`pending since ${formatAge(alert.activeAt, nowMs)}`);
  else parts.push(formatAge(alert.firedAt ?? alert.activeAt, nowMs));
  parts.push(...heldWords(alert, nowMs));
  if (isOpen(alert) && alert.gap !== undefined && alert.gap.since !== null) parts.push("no data");
  return parts.filter((part) => part !== "").join(" · ");
}

const isOpen = ({ state }: Alert): boolean => state === "firing" || state === "acknowledged";

export const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

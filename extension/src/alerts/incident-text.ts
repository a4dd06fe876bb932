/** An incident as a page of Markdown: what is probably behind it, and what happened when. */
import type { Incident } from "@sightline/shared/api/incident-responses";
import { spokenDuration } from "@sightline/shared/model/duration";
import { escapeMarkdown } from "../trees/tree-node.ts";
import { alertSummary } from "./alert-text.ts";

const time = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 19);
const cell = (text: string): string => escapeMarkdown(text).replaceAll("\n", " ");

export function incidentDocument(incident: Incident): string {
  const { title, state, startedAt, resolvedAt, cause, alerts, alertCount, openCount, timeline, postMortem } = incident;
  const lasted =
    resolvedAt === null ? `Open since ${time(startedAt)}` : `Lasted ${spokenDuration(resolvedAt - startedAt)}, until ${time(resolvedAt)}`;
  const lines = [
    `# ${escapeMarkdown(title)}`,
    "",
    `${lasted} (UTC): ${alertCount} alerts, ${state === "open" ? `${openCount} of them open` : "all over"}.`,
  ];
  if (cause !== null) {
    lines.push("", "## Probable first cause", "", `**${escapeMarkdown(cause.alert.name)}**: ${escapeMarkdown(cause.reason)}`);
    const { deploy } = cause;
    if (deploy !== null && deploy.url !== undefined) lines.push("", `Deployed as <${encodeURI(deploy.url)}>`);
  }
  lines.push("", "## What happened", "", "| time (UTC) | | what |", "|---|---|---|");
  lines.push(...timeline.map(({ at, kind, text }) => `| ${time(at)} | ${kind === "deploy" ? "**deploy**" : kind} | ${cell(text)} |`));
  lines.push("", "## Its alerts", "", "| alert | state | |", "|---|---|---|");
  lines.push(...alerts.map((alert) => `| ${cell(alert.name)} | ${alert.severity}, ${alert.state} | ${cell(alertSummary(alert))} |`));
  if (alertCount > alerts.length) lines.push("", `${alertCount - alerts.length} more alerts are not shown.`);
  if (postMortem !== null) lines.push("", "## Post-mortem", "", escapeMarkdown(postMortem));
  return `${lines.join("\n")}\n`;
}

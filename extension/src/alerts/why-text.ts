/** "Why did this fire?" and "why was I not told?" as a page of Markdown. */
import type { AlertTraceResponse, TraceEntry, TracedTransition } from "@sightline/shared/alerting/trace";
import { formatBrief } from "@sightline/shared/format/units";
import { formatLabels } from "@sightline/shared/model/labels";
import { escapeMarkdown } from "../trees/tree-node.ts";
import { alertSummary } from "./alert-text.ts";

const time = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 19);
const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, "\\|").replaceAll("\n", " ")).join(" | ")} |`;

function transitionRow({ at, to, value, threshold, reason }: TracedTransition): string {
  const limit = threshold === null ? "" : formatBrief(threshold, "count");
  return row([time(at), to, formatBrief(value, "count"), limit, escapeMarkdown(reason)]);
}

function stageRow({ at, stage, decision, reason, count, lastAt }: TraceEntry): string {
  const often = count === 1 ? "" : ` (${count} times, last at ${time(lastAt)})`;
  return row([time(at), stage, decision, `${escapeMarkdown(reason)}${often}`]);
}

const HEAD = [row(["time (UTC)", "stage", "decision", "why"]), "|---|---|---|---|"];

/** A sentence on what one receiver knows, from the last thing that was decided for it. */
function verdictOf(entries: readonly TraceEntry[]): string {
  const last = entries.at(-1);
  if (last === undefined) return "";
  if (last.decision === "delivered") return `Told at ${time(last.lastAt)}.`;
  if (last.decision === "held") return `Not told: ${escapeMarkdown(last.reason)}.`;
  return `${escapeMarkdown(last.reason)}.`;
}

/** One section for the rule, one for each receiver, one for what people and time did. */
export function whyDocument({ alert, condition, transitions, stages, dropped }: AlertTraceResponse): string {
  const receivers = [...new Set(stages.flatMap(({ receiver }) => receiver ?? []))];
  const own = stages.filter(({ receiver }) => receiver === undefined);
  const lines = [
    `# Why ${escapeMarkdown(alert.name)} ${alert.state === "resolved" ? "fired" : `is ${alert.state}`}`,
    "",
    escapeMarkdown(alertSummary(alert)),
    "",
    `${code(condition)} on ${code(formatLabels(alert.labels))}`,
    "",
    "## What the rule saw",
    "",
    row(["time (UTC)", "state", "value", "threshold", "why"]),
    "|---|---|---|---|---|",
    ...transitions.map(transitionRow),
  ];
  if (alert.flapping !== undefined)
    lines.push("", `It flaps: ${escapeMarkdown(alert.flapping.reason)} ${escapeMarkdown(alert.flapping.suggestion ?? "")}`);
  if (receivers.length === 0) lines.push("", "No receiver was asked yet, and nothing held it: the editor was told at once.");
  for (const receiver of receivers) {
    const entries = stages.filter((entry) => entry.receiver === receiver);
    lines.push("", `## Who was told: ${escapeMarkdown(receiver)}`, "", verdictOf(entries), "", ...HEAD, ...entries.map(stageRow));
  }
  if (own.length > 0) lines.push("", "## What people and time did", "", ...HEAD, ...own.map(stageRow));
  if (dropped > 0) lines.push("", `${dropped} older decisions are not kept.`);
  return `${lines.join("\n")}\n`;
}

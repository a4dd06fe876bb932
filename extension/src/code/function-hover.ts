/** Over a timed function: its numbers, a small chart of its p95 and what it will be. */
import { formatBrief } from "@sightline/shared/format/units";
import * as vscode from "vscode";
import type { Session } from "../live/session.ts";
import { escapeMarkdown } from "../trees/tree-node.ts";
import { chartImage } from "./chart-image.ts";
import { timingsOfDocument } from "./editor-timings.ts";
import { type CodeTiming, placeKey, placeP95Query } from "./timing.ts";
import type { TimingFeed } from "./timing-feed.ts";

/** Charts of at most this many timings of one line. */
const CHARTED = 2;

export function functionHover(session: Session, feed: TimingFeed): vscode.Disposable {
  return vscode.languages.registerHoverProvider(
    { pattern: "**" },
    {
      async provideHover(document, position) {
        const { source } = session;
        const placed = timingsOfDocument(feed, document).find((at) => at.line === position.line);
        if (source === null || placed === undefined) return null;
        const now = Date.now();
        const parts = await Promise.all(
          placed.timings.map(async (timing, index) => {
            const chart = index < CHARTED ? await chartImage(source, placeP95Query(timing), seconds, now).catch(() => null) : null;
            return describe(timing, feed.metrics.get(placeKey(timing)) ?? [], chart);
          }),
        );
        const markdown = new vscode.MarkdownString(parts.join("\n\n---\n\n"), true);
        const target = encodeURIComponent(JSON.stringify([document.uri.toString(), placed.line]));
        markdown.appendMarkdown(
          `\n\n[$(graph-line) Open metric](command:sightline.openMetricForFunction?${target}) · [Dashboard](command:sightline.openDashboard)`,
        );
        markdown.isTrusted = { enabledCommands: ["sightline.openMetricForFunction", "sightline.openDashboard"] };
        return new vscode.Hover(markdown, document.lineAt(placed.line).range);
      },
    },
  );
}

const seconds = (value: number): string => formatBrief(value, "seconds");

function describe(timing: CodeTiming, metrics: readonly string[], chart: { markdown: string; forecast: string } | null): string {
  const numbers = [
    timing.p95Seconds === null ? null : `p95 **${escapeMarkdown(formatBrief(timing.p95Seconds, "seconds"))}**`,
    timing.perSecond === null ? null : `**${escapeMarkdown(formatBrief(timing.perSecond, "per_second"))}**`,
    timing.errorRatio === null ? null : `**${escapeMarkdown(formatBrief(timing.errorRatio, "ratio"))}** errors`,
  ].filter((part) => part !== null);
  const name = timing.functionName === "" ? `line ${timing.line}` : timing.functionName;
  const lines = [`$(pulse) **${escapeMarkdown(name)}** over the last minute: ${numbers.length === 0 ? "no calls" : numbers.join(" · ")}`];
  if (chart !== null && chart.markdown !== "") lines.push(chart.markdown);
  if (chart !== null && chart.forecast !== "") lines.push(escapeMarkdown(chart.forecast));
  if (metrics.length > 0) lines.push(metrics.map((metric) => `\`${metric}\``).join(", "));
  return lines.join("\n\n");
}

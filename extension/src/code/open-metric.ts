/** `Sightline: Open Metric for Function`: the timing at the cursor, as a chart in the dashboard. */
import * as vscode from "vscode";
import type { DashboardPanel } from "../dashboard/dashboard-panel.ts";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { timingsOfDocument } from "./editor-timings.ts";
import { placeP95Query } from "./timing.ts";
import type { TimingFeed } from "./timing-feed.ts";

export function openMetricCommand(session: Session, feed: TimingFeed, dashboard: DashboardPanel): vscode.Disposable {
  return vscode.commands.registerCommand("sightline.openMetricForFunction", async (givenUri?: unknown, givenLine?: unknown) => {
    if (requireSource(session) === null) return;
    const editor = vscode.window.activeTextEditor;
    const document = typeof givenUri === "string" ? await vscode.workspace.openTextDocument(vscode.Uri.parse(givenUri)) : editor?.document;
    if (document === undefined) {
      void vscode.window.showInformationMessage("Sightline: open the file of a timed function first.");
      return;
    }
    const line = typeof givenLine === "number" ? givenLine : (editor?.selection.active.line ?? 0);
    const placed = timingsOfDocument(feed, document);
    // Inside a function its declaration is above the cursor.
    const timing = placed.findLast((at) => at.line <= line)?.timings[0] ?? placed[0]?.timings[0];
    if (timing === undefined) {
      void vscode.window.showInformationMessage(
        "Sightline: nothing in this file has been measured in the last minute. Time a function with the Sightline SDK, or set sightline.pathMappings when the service runs under another path.",
      );
      return;
    }
    const name = timing.functionName === "" ? `line ${timing.line}` : timing.functionName;
    dashboard.show({ title: `p95 of ${name}`, query: placeP95Query(timing), unit: "seconds" });
  });
}

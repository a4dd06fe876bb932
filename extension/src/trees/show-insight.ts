/** A click on a row of the Insights view: what it is about as a chart in the dashboard. */
import * as vscode from "vscode";
import type { DashboardPanel } from "../dashboard/dashboard-panel.ts";
import { asFocus } from "../dashboard/panel-protocol.ts";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";

export function showInsightCommand(session: Session, dashboard: DashboardPanel): vscode.Disposable {
  return vscode.commands.registerCommand("sightline.showInsight", (row?: unknown) => {
    if (requireSource(session) === null) return;
    const focus = typeof row === "object" && row !== null && "chart" in row ? asFocus(row.chart) : null;
    if (focus !== null) dashboard.show(focus);
  });
}

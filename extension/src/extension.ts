/** The composition root: what Sightline does in the editor, one feature a line. */
import * as vscode from "vscode";
import { AlertActions } from "./alerts/alert-actions.ts";
import { alertCommands } from "./alerts/alert-commands.ts";
import { AlertFeed } from "./alerts/alert-feed.ts";
import { alertRemarks } from "./alerts/alert-remarks.ts";
import { alertToasts } from "./alerts/alert-toast.ts";
import { receiverCommands } from "./alerts/receiver-commands.ts";
import { incidentCommands } from "./alerts/incident-commands.ts";
import { incidentDocuments } from "./alerts/incident-documents.ts";
import { WhyDocuments } from "./alerts/why-documents.ts";
import { codeLenses } from "./code/code-lens.ts";
import { codeDecorations, watchWhileCodeIsVisible } from "./code/decorations.ts";
import { functionHover } from "./code/function-hover.ts";
import { metricHover } from "./code/metric-hover.ts";
import { openMetricCommand } from "./code/open-metric.ts";
import { TimingFeed } from "./code/timing-feed.ts";
import { DashboardPanel } from "./dashboard/dashboard-panel.ts";
import { contextKeys } from "./live/context-keys.ts";
import { Session } from "./live/session.ts";
import { SignIn } from "./live/sign-in.ts";
import { InsightFeed } from "./live/insight-feed.ts";
import { SnapshotFeed } from "./live/snapshot-feed.ts";
import { startServerCommand } from "./live/start-server.ts";
import { onCallStatus } from "./on-call/on-call-status.ts";
import type { Platform } from "./platform/platform.ts";
import { liveMetadata } from "./promql/live-metadata.ts";
import { promqlCompletion } from "./promql/promql-completion.ts";
import { promqlDiagnostics } from "./promql/promql-diagnostics.ts";
import { queryCommand } from "./query/query-command.ts";
import { backtests } from "./rules/backtests.ts";
import { statusBar } from "./status-bar.ts";
import { anomalyCommands } from "./trees/anomaly-commands.ts";
import { pinCommands } from "./trees/pin-commands.ts";
import { showInsightCommand } from "./trees/show-insight.ts";
import { trees } from "./trees/trees.ts";

export function activateOn(context: vscode.ExtensionContext, platform: Platform): void {
  const session = new Session(platform.openSource);
  const metadata = liveMetadata(session);
  const signIn = new SignIn(session, platform, context.secrets);
  const snapshots = new SnapshotFeed();
  const insights = new InsightFeed();
  const alerts = new AlertFeed();
  const timings = new TimingFeed();
  const actions = new AlertActions(session, alerts);
  const why = new WhyDocuments(session);
  const dashboard = new DashboardPanel(session, context.extensionUri);

  context.subscriptions.push(
    session,
    signIn,
    snapshots,
    insights,
    alerts,
    timings,
    dashboard,
    session.onSource((source) => {
      alerts.follow(source);
      snapshots.follow(source);
      insights.follow(source);
      timings.follow(source);
    }),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) session.retryNow();
    }),
    contextKeys(session, signIn),
    startServerCommand(platform, signIn),
    statusBar(session, signIn, snapshots, alerts),
    onCallStatus(snapshots),
    trees(session, snapshots, alerts, insights),
    alertToasts(alerts, actions),
    alertCommands(session, alerts, actions, why),
    alertRemarks(session),
    receiverCommands(session),
    why,
    incidentDocuments(session, snapshots),
    incidentCommands(session, snapshots),
    anomalyCommands(session, insights),
    showInsightCommand(session, dashboard),
    pinCommands(session),
    watchWhileCodeIsVisible(timings),
    codeDecorations(timings),
    codeLenses(timings),
    functionHover(session, timings),
    metricHover(session),
    openMetricCommand(session, timings, dashboard),
    queryCommand(session, metadata),
    backtests(session),
    promqlDiagnostics(session, metadata),
    promqlCompletion(metadata),
  );
}

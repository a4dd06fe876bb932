import type { Alert } from "@sightline/shared/model/alert";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import type { AlertActions } from "./alert-actions.ts";
import type { AlertFeed } from "./alert-feed.ts";
import { alertDescription, alertSummary } from "./alert-text.ts";
import { severityRank } from "./toast-policy.ts";
import type { WhyDocuments } from "./why-documents.ts";

const SNOOZES = [
  { label: "15 minutes", ms: 900_000 },
  { label: "1 hour", ms: 3_600_000 },
  { label: "4 hours", ms: 14_400_000 },
  { label: "1 day", ms: 86_400_000 },
];
const WAKE = { label: "End the snooze", ms: 0 };

const DURATIONS = [
  { label: "1 hour", ms: 3_600_000 },
  { label: "4 hours", ms: 14_400_000 },
  { label: "1 day", ms: 86_400_000 },
  { label: "1 week", ms: 604_800_000 },
];

/** Each takes a row of the Alerts view, or asks which alert is meant. */
export function alertCommands(session: Session, feed: AlertFeed, actions: AlertActions, why: WhyDocuments): vscode.Disposable {
  const chosen = async (row: unknown, title: string, wanted: (alert: Alert) => boolean): Promise<Alert | null> => {
    const ofRow = alertOfRow(row);
    if (ofRow !== null) return ofRow;
    if (requireSource(session) === null) return null;
    const alerts = feed.alerts.filter(wanted).toSorted((left, right) => severityRank(right.severity) - severityRank(left.severity));
    if (alerts.length === 0) {
      void vscode.window.showInformationMessage("Sightline: there is no such alert now.");
      return null;
    }
    const now = Date.now();
    const items = alerts.map((alert) => ({
      label: alert.name,
      description: `${alert.severity} · ${alertDescription(alert, now)}`,
      detail: alertSummary(alert),
      alert,
    }));
    return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true, matchOnDetail: true }))?.alert ?? null;
  };
  const open = [
    vscode.commands.registerCommand("sightline.showAlerts", () => vscode.commands.executeCommand("sightline.alerts.focus")),
    vscode.commands.registerCommand("sightline.acknowledgeAlert", async (row?: unknown) => {
      const alert = await chosen(row, "Acknowledge Alert", ({ state }) => state === "firing");
      if (alert !== null) await actions.acknowledge(alert);
    }),
    vscode.commands.registerCommand("sightline.acknowledgeAlertWithNote", async (row?: unknown) => {
      const alert = await chosen(row, "Acknowledge Alert With Note", ({ state }) => state === "firing");
      if (alert === null) return;
      const note = await vscode.window.showInputBox({
        title: `Acknowledge ${alert.name}`,
        prompt: "What others should know, such as what you are doing about it",
      });
      if (note !== undefined) await actions.acknowledge(alert, note);
    }),
    vscode.commands.registerCommand("sightline.snoozeAlert", async (row?: unknown) => {
      const alert = await chosen(row, "Snooze Alert", ({ state }) => state === "firing" || state === "acknowledged");
      if (alert === null) return;
      const choices = alert.snoozedUntil === null ? SNOOZES : [WAKE, ...SNOOZES];
      const duration = await vscode.window.showQuickPick(choices, { title: `Snooze ${alert.name} for` });
      if (duration !== undefined) await actions.snooze(alert, duration.ms);
    }),
    vscode.commands.registerCommand("sightline.whyAlert", async (row?: unknown) => {
      const alert = await chosen(row, "Why Did This Alert Fire?", () => true);
      if (alert !== null) await why.show(alert);
    }),
    vscode.commands.registerCommand("sightline.silenceAlert", async (row?: unknown) => {
      const alert = await chosen(row, "Silence Alert", () => true);
      if (alert === null) return;
      const duration = await vscode.window.showQuickPick(DURATIONS, { title: `Silence ${alert.name} for` });
      if (duration !== undefined) await actions.silence(alert, duration.ms);
    }),
    vscode.commands.registerCommand("sightline.openAlert", async (row?: unknown) => {
      const alert = await chosen(row, "Open Alert", () => true);
      if (alert !== null) await actions.open(alert);
    }),
  ];
  return { dispose: () => disposeAll(open) };
}

function alertOfRow(row: unknown): Alert | null {
  if (typeof row !== "object" || row === null || !("alert" in row)) return null;
  return (row as { alert?: Alert }).alert ?? null;
}

/** Shows newly firing alerts as toasts, as the policy decides, and does what the person answers. */
import { type Alert, SEVERITIES, type Severity } from "@sightline/shared/model/alert";
import * as vscode from "vscode";
import { disposeAll } from "../live/signal.ts";
import type { AlertActions } from "./alert-actions.ts";
import type { AlertFeed } from "./alert-feed.ts";
import { foldedText, toastText } from "./alert-text.ts";
import { severityRank, ToastPolicy } from "./toast-policy.ts";

const ACKNOWLEDGE = "Acknowledge";
const SILENCE = "Silence 1 h";
const OPEN = "Open";
const HOUR_MS = 3_600_000;

export function alertToasts(feed: AlertFeed, actions: AlertActions): vscode.Disposable {
  const policy = new ToastPolicy();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const showOne = async (alert: Alert): Promise<void> => {
    const answer = await toast(alert.severity, toastText(alert), ACKNOWLEDGE, SILENCE, OPEN);
    policy.closed(alert.id);
    if (answer === ACKNOWLEDGE) await actions.acknowledge(alert);
    if (answer === SILENCE) await actions.silence(alert, HOUR_MS);
    if (answer === OPEN) await actions.open(alert);
  };
  const showFolded = async (): Promise<void> => {
    timer = null;
    const firing = new Set(feed.alerts.filter((alert) => alert.state === "firing" && alert.held === undefined).map((alert) => alert.id));
    const [first, ...others] = policy.fold((id) => firing.has(id), Date.now());
    if (first === undefined) return;
    const worst = others.reduce(
      (severity, alert) => (severityRank(alert.severity) > severityRank(severity) ? alert.severity : severity),
      first.severity,
    );
    const answer = await toast(worst, foldedText([first, ...others]), "Show Alerts");
    policy.foldClosed();
    if (answer !== undefined) await vscode.commands.executeCommand("sightline.showAlerts");
  };

  const open = [
    feed.onFiring((alerts) => {
      const now = Date.now();
      const { single, foldAt } = policy.offer(alerts, toastSeverity(), now);
      for (const alert of single) void showOne(alert);
      if (foldAt !== null) timer ??= setTimeout(() => void showFolded(), Math.max(0, foldAt - now));
    }),
    { dispose: () => clearTimeout(timer ?? undefined) },
  ];
  return { dispose: () => disposeAll(open) };
}

function toastSeverity(): Severity | "off" {
  const set = vscode.workspace.getConfiguration("sightline").get<string>("toastSeverity", "warning");
  return set === "off" ? "off" : (SEVERITIES.find((severity) => severity === set) ?? "warning");
}

function toast(severity: Severity, text: string, ...answers: string[]): Thenable<string | undefined> {
  if (severity === "info") return vscode.window.showInformationMessage(text, ...answers);
  if (severity === "warning") return vscode.window.showWarningMessage(text, ...answers);
  return vscode.window.showErrorMessage(text, ...answers);
}

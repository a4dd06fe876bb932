import * as vscode from "vscode";
import type { AlertFeed } from "./alerts/alert-feed.ts";
import { healthText } from "./health-text.ts";
import type { Session } from "./live/session.ts";
import { disposeAll } from "./live/signal.ts";
import type { SignIn } from "./live/sign-in.ts";
import type { SnapshotFeed } from "./live/snapshot-feed.ts";

export function statusBar(session: Session, signIn: SignIn, snapshots: SnapshotFeed, alerts: AlertFeed): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("sightline.health", vscode.StatusBarAlignment.Left, 10);
  item.name = "Sightline health";
  const paint = (): void => {
    const shown = healthText({
      state: session.state,
      url: session.url,
      localServer: signIn.localServer !== null,
      snapshot: snapshots.latest,
      alerts: alerts.alerts,
    });
    item.text = shown.text;
    item.tooltip = shown.tooltip;
    item.accessibilityInformation = { label: `Sightline: ${shown.tooltip}` };
    item.command =
      shown.command === "sightline.signIn" && signIn.localServer !== null
        ? { command: "sightline.signIn", title: "Sign In", arguments: ["local"] }
        : shown.command;
    item.backgroundColor = shown.background === null ? undefined : new vscode.ThemeColor(`statusBarItem.${shown.background}Background`);
  };
  paint();
  item.show();
  const open = [item, session.onState(paint), signIn.onLocalServer(paint), snapshots.onChange(paint), alerts.onChange(paint)];
  return { dispose: () => disposeAll(open) };
}

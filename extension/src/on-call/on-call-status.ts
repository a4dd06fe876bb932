import * as vscode from "vscode";
import { disposeAll } from "../live/signal.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";
import { onCallText } from "./on-call-text.ts";

/** Who answers for alerts right now, beside the health; hidden in projects without schedules. */
export function onCallStatus(snapshots: SnapshotFeed): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("sightline.onCall", vscode.StatusBarAlignment.Left, 9);
  item.name = "Sightline on call";
  item.command = "sightline.alerts.focus";
  const paint = (): void => {
    const shown = onCallText(snapshots.latest?.onCall ?? []);
    if (shown === null) return item.hide();
    item.text = shown.text;
    item.tooltip = `On call\n${shown.tooltip}`;
    item.accessibilityInformation = { label: `Sightline on call. ${shown.tooltip}` };
    item.show();
  };
  paint();
  const open = [item, snapshots.onChange(paint)];
  return { dispose: () => disposeAll(open) };
}

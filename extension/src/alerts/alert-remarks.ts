/** What the server has to say besides the alerts themselves: that a silence ends soon, or what happened during it. */
import type { Disposable } from "@sightline/shared/api/data-source";
import * as vscode from "vscode";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";

export function alertRemarks(session: Session): vscode.Disposable {
  const following: Disposable[] = [];
  const replaced = session.onSource((source) => {
    disposeAll(following);
    if (source === null) return;
    following.push(
      source.onEvent((event) => {
        if (event.type !== "alert" || event.remark === undefined) return;
        void vscode.window.showInformationMessage(`Sightline: ${event.remark}`, "Show Alerts").then(async (answer) => {
          if (answer !== undefined) await vscode.commands.executeCommand("sightline.showAlerts");
        });
      }),
    );
  });
  return {
    dispose: () => {
      replaced.dispose();
      disposeAll(following);
    },
  };
}

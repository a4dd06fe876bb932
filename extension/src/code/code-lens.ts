/** The numbers of decorations as a lens above the function, for those who turn it on. */
import * as vscode from "vscode";
import { disposeAll } from "../live/signal.ts";
import { timingsOfDocument } from "./editor-timings.ts";
import type { TimingFeed } from "./timing-feed.ts";
import { lineText } from "./timing-text.ts";

export function codeLenses(feed: TimingFeed): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!vscode.workspace.getConfiguration("sightline", document.uri).get("codeLens", false)) return [];
      return timingsOfDocument(feed, document).map(
        ({ line, timings }) =>
          new vscode.CodeLens(document.lineAt(line).range, {
            title: lineText({ line, timings }),
            command: "sightline.openMetricForFunction",
            arguments: [document.uri.toString(), line],
          }),
      );
    },
  };
  const open = [
    changed,
    feed.onChange(() => changed.fire()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("sightline.codeLens")) changed.fire();
    }),
    vscode.languages.registerCodeLensProvider({ pattern: "**" }, provider),
  ];
  return { dispose: () => disposeAll(open) };
}

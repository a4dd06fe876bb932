/** `Sightline: Query`: asks for PromQL, shows the answer as a read-only document beside the code. */
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { queryText } from "./query-text.ts";

const SCHEME = "sightline";

export function queryCommand(session: Session): vscode.Disposable {
  const answers = new Map<string, string>();
  let last = "sum by (service_name) (rate(http_server_request_duration_seconds[1m]))";
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const open = [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => answers.get(uri.query) ?? "This answer is gone. Ask again with Sightline: Query.\n",
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document.uri.scheme === SCHEME) answers.delete(document.uri.query);
    }),
    vscode.commands.registerCommand("sightline.query", async (given?: unknown) => {
      const source = requireSource(session);
      if (source === null) return;
      const query =
        typeof given === "string"
          ? given
          : await vscode.window.showInputBox({
              title: "Sightline: Query",
              prompt: "PromQL, evaluated now",
              value: last,
              ignoreFocusOut: true,
            });
      if (query === undefined || query.trim() === "") return;
      last = query;
      try {
        const now = Date.now();
        answers.set(query, queryText(query, await source.query(query), now));
        const uri = vscode.Uri.from({ scheme: SCHEME, path: "Query result", query });
        changed.fire(uri);
        await vscode.window.showTextDocument(uri, { preview: true, viewColumn: vscode.ViewColumn.Beside });
      } catch (error) {
        void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  ];
  return { dispose: () => disposeAll(open) };
}

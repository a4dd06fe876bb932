/** `Sightline: Query`: asks for PromQL, shows the answer as a read-only document beside the code. */
import * as vscode from "vscode";
import { diagnoseQuery } from "@sightline/shared/promql/editor/diagnose";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { queryText } from "./query-text.ts";

const SCHEME = "sightline";

/** The first thing to say of what is typed so far; an error keeps it from being asked. */
async function inputMessage(query: string, metadata: PromqlMetadata | null): Promise<vscode.InputBoxValidationMessage | null> {
  if (query.trim() === "") return null;
  const found = await diagnoseQuery(query, metadata, { experimentalFunctions: true });
  const worst = found.find(({ severity }) => severity === "error") ?? found.find(({ severity }) => severity === "warning") ?? found[0];
  if (worst === undefined) return null;
  const { Error, Warning, Info } = vscode.InputBoxValidationSeverity;
  const severity = worst.severity === "error" ? Error : worst.severity === "warning" ? Warning : Info;
  return { message: `${worst.message} (column ${worst.from + 1})`, severity };
}

export function queryCommand(session: Session, metadata: () => PromqlMetadata | null): vscode.Disposable {
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
              validateInput: (typed) => inputMessage(typed, metadata()),
            });
      if (query === undefined || query.trim() === "") return;
      last = query;
      try {
        const now = Date.now();
        answers.set(query, queryText(query, await source.ask(query), now));
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

/** Underlines what is wrong in rule files and queries as they are written, and offers the fixes. */
import type { Diagnostic } from "@sightline/shared/promql/editor/diagnostic";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import * as vscode from "vscode";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { diagnoseText, editedKind } from "./edited-text.ts";

/** After the last key, ms. */
const PAUSE_MS = 300;

const SEVERITIES: Readonly<Record<Diagnostic["severity"], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

class Underlined extends vscode.Diagnostic {
  readonly fixes: Diagnostic["fixes"];

  constructor(document: vscode.TextDocument, { from, to, severity, code, message, fixes }: Diagnostic) {
    super(new vscode.Range(document.positionAt(from), document.positionAt(to)), message, SEVERITIES[severity]);
    this.source = "Sightline";
    this.code = code;
    this.fixes = fixes;
  }
}

export function promqlDiagnostics(session: Session, metadata: () => PromqlMetadata | null): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection("sightline");
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();

  const judge = async (document: vscode.TextDocument): Promise<void> => {
    const { version } = document;
    const text = document.getText();
    const kind = editedKind(document.languageId, document.uri.path, text);
    if (kind === null) {
      collection.delete(document.uri);
      return;
    }
    const found = await diagnoseText(kind, text, metadata());
    // What was written meanwhile is judged by its own turn.
    if (document.version === version && !document.isClosed) {
      collection.set(
        document.uri,
        found.map((one) => new Underlined(document, one)),
      );
    }
  };
  const soon = (document: vscode.TextDocument): void => {
    if (document.languageId !== "promql" && document.languageId !== "yaml") return;
    const key = document.uri.toString();
    clearTimeout(waiting.get(key));
    waiting.set(
      key,
      setTimeout(() => {
        waiting.delete(key);
        void judge(document);
      }, PAUSE_MS),
    );
  };
  const all = (): void => vscode.workspace.textDocuments.forEach(soon);
  const closed = (document: vscode.TextDocument): void => {
    clearTimeout(waiting.get(document.uri.toString()));
    waiting.delete(document.uri.toString());
    collection.delete(document.uri);
  };

  const fixes: vscode.CodeActionProvider = {
    provideCodeActions: (document, _range, { diagnostics }) =>
      diagnostics.flatMap((diagnostic) => (diagnostic instanceof Underlined ? quickFixes(document, diagnostic) : [])),
  };
  const open = [
    collection,
    vscode.workspace.onDidOpenTextDocument(soon),
    vscode.workspace.onDidChangeTextDocument(({ document }) => soon(document)),
    vscode.workspace.onDidCloseTextDocument(closed),
    session.onState(all),
    vscode.languages.registerCodeActionsProvider([{ language: "promql" }, { language: "yaml" }], fixes, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    { dispose: () => waiting.forEach((timer) => clearTimeout(timer)) },
  ];
  all();
  return { dispose: () => disposeAll(open) };
}

function quickFixes(document: vscode.TextDocument, diagnostic: Underlined): vscode.CodeAction[] {
  return diagnostic.fixes.map(({ title, edit }, i) => {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [diagnostic];
    action.isPreferred = i === 0 && diagnostic.fixes.length === 1;
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(document.uri, new vscode.Range(document.positionAt(edit.from), document.positionAt(edit.to)), edit.text);
    return action;
  });
}

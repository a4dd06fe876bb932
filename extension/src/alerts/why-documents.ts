/** Opens the trace of an alert as a read-only document beside the code. */
import type { Alert } from "@sightline/shared/model/alert";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { whyDocument } from "./why-text.ts";

const SCHEME = "sightline-why";

export class WhyDocuments implements vscode.TextDocumentContentProvider {
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.#changed.event;

  constructor(session: Session) {
    this.#session = session;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? "This page was closed with the editor; run Sightline: Why Did This Alert Fire? again.\n";
  }

  /** Asked again, the page that is open already shows the trace of now. */
  async show(alert: Alert): Promise<void> {
    const source = requireSource(this.#session);
    if (source === null) return;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/Why ${alert.name.replaceAll("/", "-")}.md`, query: alert.id });
    try {
      this.#texts.set(uri.toString(), whyDocument(await source.trace(alert.id)));
    } catch (error) {
      void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

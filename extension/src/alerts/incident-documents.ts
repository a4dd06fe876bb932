/** Opens an incident as a read-only document beside the code. */
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";
import { chooseIncident, incidentOfRow } from "./choose-incident.ts";
import { incidentDocument } from "./incident-text.ts";

const SCHEME = "sightline-incident";

export function incidentDocuments(session: Session, snapshots: SnapshotFeed): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const texts = new Map<string, string>();
  const closed = "This page was closed with the editor; run Sightline: Show Incident again.\n";
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? closed,
  };

  const show = async (row: unknown): Promise<void> => {
    const source = requireSource(session);
    if (source === null) return;
    const id = incidentOfRow(row) ?? (await chooseIncident(snapshots.latest?.incidents ?? [], "Show Incident"))?.id ?? null;
    if (id === null) return;
    try {
      const incident = await source.incident(id);
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${incident.title.replaceAll("/", "-")}.md`, query: id });
      texts.set(uri.toString(), incidentDocument(incident));
      changed.fire(uri);
      await vscode.commands.executeCommand("markdown.showPreview", uri);
    } catch (error) {
      void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    vscode.commands.registerCommand("sightline.showIncident", show),
  );
}

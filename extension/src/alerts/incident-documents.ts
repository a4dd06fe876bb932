/** Opens an incident as a read-only document beside the code. */
import type { IncidentSummary } from "@sightline/shared/api/incident-responses";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";
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

  const choose = async (incidents: readonly IncidentSummary[]): Promise<string | null> => {
    if (incidents.length === 0) {
      void vscode.window.showInformationMessage("Sightline: there is no open incident now.");
      return null;
    }
    const items = incidents.map(({ id, title, cause }) => ({ label: title, detail: cause?.reason ?? "", id }));
    return (await vscode.window.showQuickPick(items, { title: "Show Incident", matchOnDetail: true }))?.id ?? null;
  };

  const show = async (row: unknown): Promise<void> => {
    const source = requireSource(session);
    if (source === null) return;
    const id = incidentOfRow(row) ?? (await choose(snapshots.latest?.incidents ?? []));
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

function incidentOfRow(row: unknown): string | null {
  return typeof row === "object" && row !== null && "incidentId" in row && typeof row.incidentId === "string" ? row.incidentId : null;
}

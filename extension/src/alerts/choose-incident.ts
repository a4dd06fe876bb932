import type { IncidentSummary } from "@sightline/shared/api/incident-responses";
import * as vscode from "vscode";

/** Null when there is none, or the person chose none. */
export async function chooseIncident(
  incidents: readonly IncidentSummary[],
  title: string,
  none = "There is no open incident now.",
): Promise<IncidentSummary | null> {
  if (incidents.length === 0) {
    void vscode.window.showInformationMessage(`Sightline: ${none}`);
    return null;
  }
  const items = incidents.map((incident) => ({ label: incident.title, detail: incident.cause?.reason ?? "", incident }));
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.incident ?? null;
}

/** Of a row of the Alerts view; null for any other. */
export function incidentOfRow(row: unknown): string | null {
  return typeof row === "object" && row !== null && "incidentId" in row && typeof row.incidentId === "string" ? row.incidentId : null;
}

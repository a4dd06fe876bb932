/** What a person can do about an incident: from its row of the Alerts view, or the command palette. */
import type { DataSource } from "@sightline/shared/api/data-source";
import type { IncidentSummary } from "@sightline/shared/api/incident-responses";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";
import { chooseIncident, incidentOfRow } from "./choose-incident.ts";

/** What was done, in a sentence; null when the person thought better of it. */
type Deed = (source: DataSource, incident: IncidentSummary) => Promise<string | null>;

const RESOLVE = "Resolve";

const named = (count: number): string => (count === 1 ? "1 alert" : `${count} alerts`);

const acknowledge: Deed = async (source, { id, title }) => {
  const note = await vscode.window.showInputBox({
    title: `Acknowledge ${title}`,
    prompt: "What others should know, such as what you are doing about it; may be empty",
  });
  if (note === undefined) return null;
  const { acknowledged } = await source.acknowledgeIncident(id, note === "" ? undefined : note);
  return `${named(acknowledged)} of ${title} acknowledged`;
};

const resolve: Deed = async (source, { id, title, openCount }) => {
  const question = `Resolve ${named(openCount)} of ${title} by hand?`;
  const detail = "Whoever was told that they fire is told that they are over.";
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, RESOLVE)) !== RESOLVE) return null;
  return `${named((await source.resolveIncident(id)).resolved)} of ${title} resolved`;
};

const rename: Deed = async (source, { id, title }) => {
  const value = await vscode.window.showInputBox({
    title: "Rename Incident",
    value: title,
    prompt: "Empty: named after its probable cause",
  });
  return value === undefined ? null : `The incident is called ${(await source.nameIncident(id, value)).title}`;
};

const note: Deed = async (source, { id, title }) => {
  const text = await vscode.window.showInputBox({ title: `Note on ${title}`, prompt: "Becomes part of its timeline" });
  if (text === undefined || text.trim() === "") return null;
  await source.noteIncident(id, text);
  return `Noted in the timeline of ${title}`;
};

const merge =
  (incidents: () => readonly IncidentSummary[]): Deed =>
  async (source, { id, title }) => {
    const others = incidents().filter((incident) => incident.id !== id);
    const other = await chooseIncident(others, `Take Which Incident Into ${title}?`, "There is no other open incident now.");
    if (other === null) return null;
    await source.mergeIncidents(id, other.id);
    return `${other.title} is part of ${title} now`;
  };

export function incidentCommands(session: Session, snapshots: SnapshotFeed): vscode.Disposable {
  const incidents = (): readonly IncidentSummary[] => snapshots.latest?.incidents ?? [];
  const command = (name: string, title: string, deed: Deed): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (row?: unknown) => {
      const source = requireSource(session);
      if (source === null) return;
      const ofRow = incidentOfRow(row);
      const incident = incidents().find(({ id }) => id === ofRow) ?? (await chooseIncident(incidents(), title));
      if (incident === null) return;
      try {
        const done = await deed(source, incident);
        if (done === null) return;
        vscode.window.setStatusBarMessage(`Sightline: ${done}`, 5_000);
        snapshots.refresh();
      } catch (error) {
        void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  return vscode.Disposable.from(
    command("sightline.acknowledgeIncident", "Acknowledge Incident", acknowledge),
    command("sightline.resolveIncident", "Resolve Incident", resolve),
    command("sightline.renameIncident", "Rename Incident", rename),
    command("sightline.noteIncident", "Add a Note to Incident", note),
    command("sightline.mergeIncident", "Merge Incident", merge(incidents)),
  );
}

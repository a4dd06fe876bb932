/** Whether an anomaly was a false alarm or real, said from its row of the Insights view or the command palette, and taken back. */
import type { DataSource } from "@sightline/shared/api/data-source";
import { answerSentence, takenBackSentence } from "@sightline/shared/format/anomaly-text";
import { formatAge } from "@sightline/shared/format/age";
import type { AnomalyVerdict } from "@sightline/shared/model/anomaly";
import { formatLabels } from "@sightline/shared/model/labels";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import type { SnapshotFeed } from "../live/snapshot-feed.ts";

const UNDO = "Undo";

async function chosen(items: readonly (vscode.QuickPickItem & { readonly id: string })[], title: string, none: string) {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(`Sightline: ${none}`);
    return null;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.id ?? null;
}

export function anomalyCommands(session: Session, snapshots: SnapshotFeed): vscode.Disposable {
  const withSource = async (act: (source: DataSource) => Promise<void>): Promise<void> => {
    const source = requireSource(session);
    if (source === null) return;
    try {
      await act(source);
    } catch (error) {
      void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  const chooseAnomaly = (title: string): Promise<string | null> => {
    const items = (snapshots.latest?.anomalies ?? []).flatMap((anomaly) =>
      anomaly.id === undefined
        ? []
        : [{ id: anomaly.id, label: formatLabels(anomaly.labels), description: formatAge(anomaly.t, Date.now()), detail: anomaly.reason }],
    );
    return chosen(items, title, "there is no anomaly now.");
  };

  const takeBack = (id: string): Promise<void> =>
    withSource(async (source) => {
      const left = await source.takeBackAnomalyAnswer(id);
      void vscode.window.showInformationMessage(`Sightline: ${takenBackSentence(left)}`);
    });

  const answer = (command: string, title: string, verdict: AnomalyVerdict): vscode.Disposable =>
    vscode.commands.registerCommand(command, (row?: unknown) =>
      withSource(async (source) => {
        const id = anomalyOfRow(row) ?? (await chooseAnomaly(title));
        if (id === null) return;
        const said = await source.answerAnomaly(id, verdict);
        // Not awaited: the command is done, whenever the message is closed.
        void vscode.window.showInformationMessage(`Sightline: ${answerSentence(said)}`, UNDO).then((pressed) => {
          if (pressed === UNDO) void takeBack(id);
        });
      }),
    );

  return vscode.Disposable.from(
    answer("sightline.anomalyFalseAlarm", "This Anomaly Is a False Alarm", "false_alarm"),
    answer("sightline.anomalyReal", "This Anomaly Is Real", "real"),
    vscode.commands.registerCommand("sightline.takeBackAnomalyAnswer", (row?: unknown) =>
      withSource(async (source) => {
        const known = anomalyOfRow(row);
        if (known !== null) return takeBack(known);
        const items = (await source.anomalyAnswers()).map((feedback) => ({
          id: feedback.answer.id,
          label: formatLabels(feedback.answer.labels),
          description: formatAge(feedback.answer.at, Date.now()),
          detail: answerSentence(feedback),
        }));
        const id = await chosen(items, "Take Back What Was Said of an Anomaly", "nobody has said anything of an anomaly.");
        if (id !== null) await takeBack(id);
      }),
    ),
  );
}

/** Of a row of the Insights view; null for any other. */
function anomalyOfRow(row: unknown): string | null {
  return typeof row === "object" && row !== null && "anomalyId" in row && typeof row.anomalyId === "string" ? row.anomalyId : null;
}

/** Whether an anomaly, or all of an insight, was a false alarm or real, said from its row of the Insights view or the command palette, and taken back. */
import type { DataSource } from "@sightline/shared/api/data-source";
import { answerSentence, insightAnswerSentence } from "@sightline/shared/format/anomaly-text";
import { formatAge } from "@sightline/shared/format/age";
import type { AnomalyVerdict } from "@sightline/shared/model/anomaly";
import { formatLabels } from "@sightline/shared/model/labels";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { InsightFeed } from "../live/insight-feed.ts";
import type { Session } from "../live/session.ts";

const UNDO = "Undo";

async function chosen(items: readonly (vscode.QuickPickItem & { readonly id: string })[], title: string, none: string) {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(`Sightline: ${none}`);
    return null;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.id ?? null;
}

export function anomalyCommands(session: Session, insights: InsightFeed): vscode.Disposable {
  const withSource = async (act: (source: DataSource) => Promise<void>): Promise<void> => {
    const source = requireSource(session);
    if (source === null) return;
    try {
      await act(source);
    } catch (error) {
      void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  const chooseAnomaly = async (title: string): Promise<Answered | null> => {
    const items = (insights.latest?.insights ?? []).flatMap((insight) =>
      insight.series.length === 0 || insight.state === "retracted"
        ? []
        : [{ id: insight.id, label: insight.title, description: formatAge(insight.startedAt, Date.now()), detail: insight.text }],
    );
    const id = await chosen(items, title, "there is no anomaly now.");
    return id === null ? null : { of: "insight", id };
  };

  const takeBack = (what: Answered): Promise<void> =>
    withSource(async (source) => {
      const left =
        what.of === "insight" ? (await source.takeBackInsightAnswer(what.id)).feedback : [await source.takeBackAnomalyAnswer(what.id)];
      insights.refresh();
      void vscode.window.showInformationMessage(`Sightline: ${insightAnswerSentence(left, true)}`);
    });

  const answer = (command: string, title: string, verdict: AnomalyVerdict): vscode.Disposable =>
    vscode.commands.registerCommand(command, (row?: unknown) =>
      withSource(async (source) => {
        const what = answeredOfRow(row) ?? (await chooseAnomaly(title));
        if (what === null) return;
        const said =
          what.of === "insight" ? (await source.answerInsight(what.id, verdict)).feedback : [await source.answerAnomaly(what.id, verdict)];
        insights.refresh();
        // Not awaited: the command is done, whenever the message is closed.
        void vscode.window.showInformationMessage(`Sightline: ${insightAnswerSentence(said, false)}`, UNDO).then((pressed) => {
          if (pressed === UNDO) void takeBack(what);
        });
      }),
    );

  return vscode.Disposable.from(
    answer("sightline.anomalyFalseAlarm", "This Anomaly Is a False Alarm", "false_alarm"),
    answer("sightline.anomalyReal", "This Anomaly Is Real", "real"),
    vscode.commands.registerCommand("sightline.takeBackAnomalyAnswer", (row?: unknown) =>
      withSource(async (source) => {
        const known = answeredOfRow(row);
        if (known !== null) return takeBack(known);
        const items = (await source.anomalyAnswers()).map((feedback) => ({
          id: feedback.answer.id,
          label: formatLabels(feedback.answer.labels),
          description: formatAge(feedback.answer.at, Date.now()),
          detail: answerSentence(feedback),
        }));
        const id = await chosen(items, "Take Back What Was Said of an Anomaly", "nobody has said anything of an anomaly.");
        if (id !== null) await takeBack({ of: "anomaly", id });
      }),
    ),
  );
}

/** One anomaly, or all of an insight. */
interface Answered {
  readonly of: "anomaly" | "insight";
  readonly id: string;
}

/** Of a row of the Insights view; null for any other. */
function answeredOfRow(row: unknown): Answered | null {
  if (typeof row !== "object" || row === null) return null;
  if ("anomalyId" in row && typeof row.anomalyId === "string") return { of: "anomaly", id: row.anomalyId };
  return "insightId" in row && typeof row.insightId === "string" ? { of: "insight", id: row.insightId } : null;
}

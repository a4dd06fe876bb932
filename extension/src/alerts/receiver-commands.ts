/** `Sightline: Test Receiver` and `Sightline: Show Deliveries`: whether people would be told, and what they were told. */
import type { DeadLetter, ShownReceiver } from "@sightline/shared/api/receiver-responses";
import { formatAge } from "@sightline/shared/format/age";
import { channelText, deadLetterTitle, deliveryText } from "@sightline/shared/format/receiver-text";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";

const SCHEME = "sightline-deliveries";
const SHOWN = 200;
const SHOW_LOG = "Show Deliveries";

type Source = NonNullable<Session["source"]>;

const said = (error: unknown): string => `Sightline: ${error instanceof Error ? error.message : String(error)}`;

async function chosenReceiver(source: Source, title: string): Promise<string | null> {
  const receivers = await source.receivers();
  if (receivers.length === 0) {
    void vscode.window.showInformationMessage("Sightline: there is no receiver yet; PUT /v1/receivers/NAME adds one.");
    return null;
  }
  const now = Date.now();
  const stateOf = ({ health }: ShownReceiver): string =>
    [...new Set(health.map((channel) => channelText(channel, now)))].filter((text) => text !== "").join("; ");
  const items = receivers.map((receiver) => ({
    label: receiver.name,
    description: receiver.integrations.map(({ type }) => type).join(", "),
    detail: stateOf(receiver),
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.label ?? null;
}

/** Messages that were refused or found nobody for a day. */
async function chosenDeadLetters(source: Source): Promise<readonly DeadLetter[]> {
  const letters = await source.deadLetters(SHOWN);
  if (letters.length === 0) {
    void vscode.window.showInformationMessage("Sightline: every message was delivered or is still on its way.");
    return [];
  }
  const now = Date.now();
  const items = letters.map((letter) => ({
    label: deadLetterTitle(letter),
    description: formatAge(letter.buriedAt, now),
    detail: letter.error,
    letter,
  }));
  const title = "Sightline: Send Undelivered Messages Again";
  return ((await vscode.window.showQuickPick(items, { title, canPickMany: true, matchOnDetail: true })) ?? []).map(({ letter }) => letter);
}

async function deliveriesText(source: Source, receiver: string): Promise<string> {
  const deliveries = await source.deliveries(receiver, SHOWN);
  if (deliveries.length === 0) return `Nothing was sent to ${receiver} yet.\n`;
  return deliveries.map((delivery) => `${new Date(delivery.at).toISOString()}  ${deliveryText(delivery)}\n`).join("");
}

export function receiverCommands(session: Session): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  /** Asks which receiver is meant, unless it is known. */
  const withReceiver = async (known: unknown, title: string, act: (source: Source, receiver: string) => Promise<void>): Promise<void> => {
    const source = requireSource(session);
    if (source === null) return;
    try {
      const receiver = typeof known === "string" ? known : await chosenReceiver(source, title);
      if (receiver !== null) await act(source, receiver);
    } catch (error) {
      void vscode.window.showErrorMessage(said(error));
    }
  };
  const open = [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      async provideTextDocumentContent({ query }) {
        const { source } = session;
        if (source === null) return "You are not signed in to a server.\n";
        return deliveriesText(source, query).catch((error: unknown) => `${said(error)}\n`);
      },
    }),
    vscode.commands.registerCommand("sightline.showDeliveries", (known?: unknown) =>
      withReceiver(known, "Sightline: Show Deliveries", async (_source, receiver) => {
        const uri = vscode.Uri.from({ scheme: SCHEME, path: `Deliveries to ${receiver}`, query: receiver });
        changed.fire(uri);
        await vscode.window.showTextDocument(uri, { preview: true });
      }),
    ),
    vscode.commands.registerCommand("sightline.retryDeadLetter", async () => {
      const source = requireSource(session);
      if (source === null) return;
      try {
        const letters = await chosenDeadLetters(source);
        for (const { id } of letters) await source.retryDeadLetter(id);
        if (letters.length > 0)
          vscode.window.setStatusBarMessage(
            `Sightline: ${letters.length === 1 ? "the message is" : `${letters.length} messages are`} sent again`,
            5_000,
          );
      } catch (error) {
        void vscode.window.showErrorMessage(said(error));
      }
    }),
    vscode.commands.registerCommand("sightline.testReceiver", (known?: unknown) =>
      withReceiver(known, "Sightline: Test Receiver", async (source, receiver) => {
        const progress = { location: vscode.ProgressLocation.Notification, title: `Sightline: testing ${receiver}` };
        const tested = await vscode.window.withProgress(progress, () => source.testReceiver(receiver));
        const message = `Sightline: ${receiver}: ${tested.map(({ outcome }) => outcome).join(" ") || "it has no integration, so nobody is told."}`;
        const failed = tested.some(({ delivered }) => !delivered);
        const answer = failed
          ? await vscode.window.showWarningMessage(message, SHOW_LOG)
          : await vscode.window.showInformationMessage(message, SHOW_LOG);
        if (answer === SHOW_LOG) await vscode.commands.executeCommand("sightline.showDeliveries", receiver);
      }),
    ),
  ];
  return { dispose: () => disposeAll(open) };
}

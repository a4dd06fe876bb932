/** Which series the best detectors take first: pinned from a row of the Insights view or by a selector, and let go again. */
import type { DataSource } from "@sightline/shared/api/data-source";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";

const MOMENT_MS = 5_000;

/** What was done, in a sentence; null when the person thought better of it. */
type Deed = (source: DataSource, row: unknown) => Promise<string | null>;

const pin: Deed = async (source, row) => {
  const selector =
    selectorOfRow(row) ??
    (await vscode.window.showInputBox({
      title: "Pin Series",
      prompt: "A series selector; the rich tier of detectors takes what it matches before anything else",
      placeHolder: 'checkouts_total{service_name="shop"}',
    }));
  if (selector === undefined || selector.trim() === "") return null;
  await source.putPins([...new Set([...(await source.pins()), selector])]);
  return `${selector} is pinned: its anomalies are judged by the rich tier`;
};

const unpin: Deed = async (source) => {
  const pins = await source.pins();
  if (pins.length === 0) return "no series is pinned";
  const gone = await vscode.window.showQuickPick([...pins], { title: "Unpin Series", canPickMany: true });
  if (gone === undefined || gone.length === 0) return null;
  await source.putPins(pins.filter((each) => !gone.includes(each)));
  return `${gone.join(", ")} no longer pinned`;
};

export function pinCommands(session: Session): vscode.Disposable {
  const command = (name: string, deed: Deed): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (row?: unknown) => {
      const source = requireSource(session);
      if (source === null) return;
      try {
        const done = await deed(source, row);
        if (done !== null) vscode.window.setStatusBarMessage(`Sightline: ${done}`, MOMENT_MS);
      } catch (error) {
        void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  return vscode.Disposable.from(command("sightline.pinSeries", pin), command("sightline.unpinSeries", unpin));
}

/** Of a row of the Insights view; null for any other. */
function selectorOfRow(row: unknown): string | null {
  return typeof row === "object" && row !== null && "selector" in row && typeof row.selector === "string" ? row.selector : null;
}

/** `Sightline: Backtest Rule`, and above each rule of a rule file what it would have told of the last week. */
import type { BacktestResponse } from "@sightline/shared/api/backtest";
import { backtestLine, backtestText } from "@sightline/shared/format/backtest-text";
import { type RulePlace, rulePlaces } from "@sightline/shared/rules/rule-places";
import * as vscode from "vscode";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { editedKind } from "../promql/edited-text.ts";

const COMMAND = "sightline.backtestRule";
const SCHEME = "sightline-backtest";
const SINCE = "7d";
/** A week changes little in this time, ms. */
const FRESH_MS = 600_000;
const MOST_KEPT = 200;

interface Kept {
  readonly at: number;
  readonly answer: Promise<BacktestResponse>;
}

class RuleLens extends vscode.CodeLens {
  readonly place: RulePlace;
  constructor(place: RulePlace, document: vscode.TextDocument) {
    super(document.lineAt(place.line).range);
    this.place = place;
  }
}

const placesOf = (document: vscode.TextDocument): readonly RulePlace[] => {
  const text = document.getText();
  return editedKind(document.languageId, document.uri.path, text) === "rules" ? rulePlaces(text) : [];
};

export function backtests(session: Session): vscode.Disposable {
  const kept = new Map<string, Kept>();
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<void>();
  const shown = new vscode.EventEmitter<vscode.Uri>();

  const ask = (file: string, backtest: (rules: string, since: string) => Promise<BacktestResponse>): Promise<BacktestResponse> => {
    const known = kept.get(file);
    if (known !== undefined && Date.now() - known.at < FRESH_MS) return known.answer;
    const answer = backtest(file, SINCE);
    kept.delete(file);
    kept.set(file, { at: Date.now(), answer });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    answer.catch(() => kept.delete(file));
    return answer;
  };

  const lenses: vscode.CodeLensProvider<RuleLens> = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: (document) => placesOf(document).map((place) => new RuleLens(place, document)),
    async resolveCodeLens(lens) {
      const { place } = lens;
      const { source } = session;
      const offer = { title: "Backtest over 7 d", command: COMMAND, arguments: [place] };
      if (source === null) return Object.assign(lens, { command: offer });
      try {
        const { rules, start, end } = await ask(place.file, (rule, since) => source.backtest(rule, since));
        const [result] = rules;
        return Object.assign(lens, { command: result === undefined ? offer : { ...offer, title: backtestLine(result, end - start) } });
      } catch {
        // The command says what went wrong to whoever asks.
        return Object.assign(lens, { command: offer });
      }
    },
  };

  const open = [
    changed,
    shown,
    vscode.languages.registerCodeLensProvider({ language: "yaml" }, lenses),
    session.onSource(() => {
      kept.clear();
      changed.fire();
    }),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: shown.event,
      provideTextDocumentContent: (uri) => texts.get(uri.query) ?? "This backtest is gone. Run Sightline: Backtest Rule again.\n",
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document.uri.scheme === SCHEME) texts.delete(document.uri.query);
    }),
    vscode.commands.registerCommand(COMMAND, async (given?: RulePlace) => {
      const source = requireSource(session);
      const place = given ?? (await pickRule());
      if (source === null || place === undefined) return;
      const title = `Testing ${place.name} over ${SINCE}`;
      try {
        const answer = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
          ask(place.file, (rule, since) => source.backtest(rule, since)),
        );
        texts.set(place.name, backtestText(answer));
        const uri = vscode.Uri.from({ scheme: SCHEME, path: `Backtest of ${place.name.replaceAll("/", "-")}`, query: place.name });
        shown.fire(uri);
        await vscode.window.showTextDocument(uri, { preview: true, viewColumn: vscode.ViewColumn.Beside });
      } catch (error) {
        void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  ];
  return { dispose: () => disposeAll(open) };
}

/** The rule at the cursor, or one of the file's. */
async function pickRule(): Promise<RulePlace | undefined> {
  const editor = vscode.window.activeTextEditor;
  const places = editor === undefined ? [] : placesOf(editor.document);
  if (places.length === 0) {
    void vscode.window.showInformationMessage("Sightline: open a rule file first; its rules are tested over what the server has stored.");
    return undefined;
  }
  const here = places.findLast(({ line }) => line <= (editor?.selection.active.line ?? 0));
  if (here !== undefined) return here;
  const picked = await vscode.window.showQuickPick(
    places.map((place) => ({ label: place.name, place })),
    { title: "Sightline: Backtest Rule" },
  );
  return picked?.place;
}

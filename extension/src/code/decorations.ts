/** Numbers at the end of the line of every timed function in the visible editors. */
import * as vscode from "vscode";
import { disposeAll } from "../live/signal.ts";
import { isCode, timingsOfDocument } from "./editor-timings.ts";
import type { TimingFeed } from "./timing-feed.ts";
import { isFailing, lineText } from "./timing-text.ts";

export function codeDecorations(feed: TimingFeed): vscode.Disposable {
  const style = (color: string): vscode.TextEditorDecorationType =>
    vscode.window.createTextEditorDecorationType({
      after: { margin: "0 0 0 3em", color: new vscode.ThemeColor(color), fontStyle: "italic" },
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
    });
  const calm = style("editorCodeLens.foreground");
  const failing = style("editorWarning.foreground");

  const paint = (editor: vscode.TextEditor): void => {
    const enabled = vscode.workspace.getConfiguration("sightline", editor.document.uri).get("decorations", true);
    const placed = enabled ? timingsOfDocument(feed, editor.document) : [];
    const calmLines: vscode.DecorationOptions[] = [];
    const failingLines: vscode.DecorationOptions[] = [];
    for (const at of placed) {
      const end = editor.document.lineAt(at.line).range.end;
      const option = { range: new vscode.Range(end, end), renderOptions: { after: { contentText: lineText(at) } } };
      (isFailing(at) ? failingLines : calmLines).push(option);
    }
    editor.setDecorations(calm, calmLines);
    editor.setDecorations(failing, failingLines);
  };
  const paintAll = (): void => vscode.window.visibleTextEditors.forEach(paint);

  const open = [
    calm,
    failing,
    feed.onChange(paintAll),
    vscode.window.onDidChangeVisibleTextEditors(paintAll),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) paint(editor);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("sightline")) paintAll();
    }),
  ];
  return { dispose: () => disposeAll(open) };
}

/** Timings are read only while code is on screen in a focused window. */
export function watchWhileCodeIsVisible(feed: TimingFeed): vscode.Disposable {
  const look = (): void => feed.watch(vscode.window.visibleTextEditors.some((editor) => isCode(editor.document)));
  look();
  return vscode.window.onDidChangeVisibleTextEditors(look);
}

/** Completes metrics, labels, values and functions in rule files and queries, and tells what a function means. */
import type { CompletionItem, CompletionKind } from "@sightline/shared/promql/editor/complete";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import * as vscode from "vscode";
import { disposeAll } from "../live/signal.ts";
import { escapeMarkdown } from "../trees/tree-node.ts";
import { completeText, describeText, editedKind } from "./edited-text.ts";

const KINDS: Readonly<Record<CompletionKind, vscode.CompletionItemKind>> = {
  metric: vscode.CompletionItemKind.Variable,
  function: vscode.CompletionItemKind.Function,
  aggregation: vscode.CompletionItemKind.Function,
  label: vscode.CompletionItemKind.Field,
  value: vscode.CompletionItemKind.Value,
  keyword: vscode.CompletionItemKind.Keyword,
  duration: vscode.CompletionItemKind.Constant,
  operator: vscode.CompletionItemKind.Operator,
};

const DOCUMENTS: vscode.DocumentSelector = [{ language: "promql" }, { language: "yaml" }];

export function promqlCompletion(metadata: () => PromqlMetadata | null): vscode.Disposable {
  const completion: vscode.CompletionItemProvider = {
    async provideCompletionItems(document, position) {
      const text = document.getText();
      const kind = editedKind(document.languageId, document.uri.path, text);
      if (kind === null) return null;
      const found = await completeText(kind, text, document.offsetAt(position), metadata());
      if (found === null) return null;
      const range = new vscode.Range(document.positionAt(found.from), document.positionAt(found.to));
      const items = found.items.map((item, place) => itemOf(item, place, range));
      return new vscode.CompletionList(items, found.incomplete);
    },
  };
  const hover: vscode.HoverProvider = {
    async provideHover(document, position) {
      const text = document.getText();
      const kind = editedKind(document.languageId, document.uri.path, text);
      // Metrics have a hover of their own, with values.
      const word = kind === null ? null : await describeText(kind, text, document.offsetAt(position), null);
      if (word === null) return null;
      const range = new vscode.Range(document.positionAt(word.from), document.positionAt(word.to));
      const signature = new vscode.MarkdownString().appendCodeblock(word.title, "promql");
      return new vscode.Hover([signature, escapeMarkdown(word.text)], range);
    },
  };
  const open = [
    vscode.languages.registerCompletionItemProvider(DOCUMENTS, completion, ".", "{", "[", "(", ",", '"', "=", " "),
    vscode.languages.registerHoverProvider(DOCUMENTS, hover),
  ];
  return { dispose: () => disposeAll(open) };
}

function itemOf({ label, kind, detail, info, insert }: CompletionItem, place: number, range: vscode.Range): vscode.CompletionItem {
  const item = new vscode.CompletionItem({ label, ...(kind === "metric" ? { description: detail } : {}) }, KINDS[kind]);
  item.range = range;
  item.insertText = insert ?? label;
  item.filterText = insert ?? label;
  // The order of relevance, not of the alphabet.
  item.sortText = String(place).padStart(4, "0");
  if (kind !== "metric") item.detail = detail;
  if (info !== "") item.documentation = info;
  return item;
}

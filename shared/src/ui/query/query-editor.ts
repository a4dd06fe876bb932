import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import type { DataSource, Disposable } from "../../api/data-source.ts";
import { promqlMetadata } from "../../api/promql-metadata.ts";
import { queryCompletion } from "./query-completion.ts";
import { queryHints } from "./query-hints.ts";

export interface QueryEditorOptions {
  readonly dataSource: DataSource;
  readonly now: () => number;
  readonly query: string;
  readonly run: (query: string) => void;
}

export interface QueryEditor extends Disposable {
  readonly element: HTMLElement;
  readonly query: () => string;
  focus(): void;
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.function(tags.variableName), color: "var(--sl-series-1)" },
  { tag: [tags.keyword, tags.modifier], color: "var(--sl-series-7)" },
  { tag: tags.labelName, color: "var(--sl-series-5)" },
  { tag: tags.string, color: "var(--sl-series-3)" },
  { tag: tags.number, color: "var(--sl-series-2)" },
  { tag: tags.operator, color: "var(--sl-text-muted)" },
  { tag: tags.comment, color: "var(--sl-text-faint)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--sl-error)" },
]);

const THEME = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--sl-text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--sl-mono)", padding: "8px 0", caretColor: "var(--sl-text)" },
  ".cm-line": { padding: "0 10px" },
  ".cm-scroller": { maxHeight: "160px", overflow: "auto" },
  ".cm-cursor": { borderLeftColor: "var(--sl-text)" },
  ".cm-placeholder": { color: "var(--sl-text-faint)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection": { backgroundColor: "var(--sl-raised)" },
  ".cm-matchingBracket": { backgroundColor: "var(--sl-raised)", outline: "1px solid var(--sl-strong-border)" },
  ".cm-tooltip": {
    backgroundColor: "var(--sl-surface)",
    color: "var(--sl-text)",
    border: "1px solid var(--sl-strong-border)",
    borderRadius: "6px",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--sl-mono)", maxHeight: "240px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--sl-accent)", color: "var(--sl-on-accent)" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.75", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionInfo": { padding: "6px 10px", maxWidth: "320px" },
  ".cm-diagnostic": { padding: "4px 10px", fontFamily: "var(--sl-mono)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--sl-error)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--sl-warning)" },
  ".cm-diagnostic-info": { borderLeft: "3px solid var(--sl-accent)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--sl-accent)", color: "var(--sl-on-accent)", borderRadius: "4px" },
});

/**
 * The PromQL box of Prometheus's own page, with completion that knows names which stand in quotes. It lives in a shadow root: there its styles are adopted style sheets, which
 * a policy without inline styles allows.
 */
export function createQueryEditor(options: QueryEditorOptions): QueryEditor {
  const host = document.createElement("div");
  host.className = "sl-query-editor";
  const root = host.attachShadow({ mode: "open" });
  const metadata = promqlMetadata(options.dataSource, options.now);
  const promql = new PromQLExtension().setComplete({
    completeStrategy: { promQL: ({ state, pos, explicit }) => queryCompletion(metadata, state.doc.toString(), pos, explicit) },
  });
  const run = (view: EditorView): boolean => {
    // With the list open, Enter chooses from it.
    if (acceptCompletion(view)) return true;
    options.run(view.state.doc.toString());
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.query,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Enter", run },
            { key: "Mod-Enter", run },
            { key: "Shift-Enter", run: (target) => insertLine(target) },
          ]),
        ),
        history(),
        closeBrackets(),
        bracketMatching(),
        autocompletion({ icons: false }),
        syntaxHighlighting(HIGHLIGHT),
        tooltips({ position: "fixed" }),
        placeholder("An expression, e.g. sum by (http_route) (rate(http_server_request_duration_seconds_count[5m]))"),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "PromQL expression" }),
        promql.asExtension(),
        queryHints(metadata),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
        THEME,
      ],
    }),
  });
  return {
    element: host,
    query: () => view.state.doc.toString(),
    focus: () => view.focus(),
    dispose() {
      promql.destroy();
      view.destroy();
      host.remove();
    },
  };
}

function insertLine(view: EditorView): boolean {
  view.dispatch(view.state.replaceSelection("\n"));
  return true;
}

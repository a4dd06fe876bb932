/** Hints in the query box: what does not fit the stored series. Faults of the language are underlined by codemirror-promql itself. */
import { type Diagnostic, linter } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import { diagnoseQuery } from "../../promql/editor/diagnose.ts";
import type { PromqlMetadata } from "../../promql/editor/metadata.ts";

const PAUSE_MS = 500;

export const queryHints = (metadata: PromqlMetadata): Extension =>
  linter(
    async (view) => {
      // Whether experimental functions are on is the server's to say.
      const found = await diagnoseQuery(view.state.doc.toString(), metadata, { experimentalFunctions: true });
      return found
        .filter(({ severity }) => severity !== "error")
        .map(({ from, to, severity, message, fixes }): Diagnostic => ({
          from,
          to,
          severity,
          message,
          actions: fixes.map(({ title, edit }) => ({
            name: title,
            apply: (target) => target.dispatch({ changes: { from: edit.from, to: edit.to, insert: edit.text } }),
          })),
        }));
    },
    { delay: PAUSE_MS },
  );

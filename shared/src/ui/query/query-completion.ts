/** What the query box lists while an expression is written: the same as other editors do. */
import type { CompletionResult } from "@codemirror/autocomplete";
import { completeQuery } from "../../promql/editor/complete.ts";
import type { PromqlMetadata } from "../../promql/editor/metadata.ts";

/** Whether experimental functions are on is the server's to say. */
const OPTIONS = { experimentalFunctions: true };
/** Behind these a list opens by itself. Where nobody has begun to write what may follow, Enter is to run the expression. */
const OPENERS = /[({[,"'`=~]$/;

/** At a position of a text; `asked` where somebody has called for the list. */
export async function queryCompletion(
  metadata: PromqlMetadata,
  text: string,
  position: number,
  asked: boolean,
): Promise<CompletionResult | null> {
  const { from, to, items } = await completeQuery(text, position, metadata, OPTIONS);
  if (items.length === 0 || (position === from && !asked && !OPENERS.test(text.slice(0, position)))) return null;
  const options = items.map(({ label, kind, detail, info, insert }) => ({
    label,
    type: kind,
    detail,
    ...(info === "" ? {} : { info }),
    ...(insert === undefined ? {} : { apply: insert }),
  }));
  // In the order of relevance, not of the alphabet.
  return { from, to, options, filter: false };
}

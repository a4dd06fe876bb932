/** What a hover says of the word at a position: a function's signature and meaning, a metric's type, unit and help. */
import type { Span } from "../ast.ts";
import { tokensOf } from "../parse/tokens.ts";
import { WORD_DOCS } from "./function-docs.ts";
import { factsOf, type PromqlMetadata } from "./metadata.ts";

export interface Description extends Span {
  /** A signature, or a metric's name with its type and unit. */
  readonly title: string;
  readonly text: string;
}

export async function describeWord(text: string, offset: number, metadata: PromqlMetadata | null): Promise<Description | null> {
  const tokens = tokensOf(text);
  const at = tokens.findIndex(({ from, text: word }) => from <= offset && offset < from + word.length);
  const token = tokens[at];
  if (token === undefined || !/^[a-zA-Z_:]/.test(token.text)) return null;
  const span = { from: token.from, to: token.from + token.text.length };
  const docs = WORD_DOCS.get(token.text.toLowerCase());
  const next = tokens[at + 1]?.text.toLowerCase();
  if (docs !== undefined && (next === "(" || next === "by" || next === "without")) {
    const note = docs.experimental ? " Experimental: needs `--enable-feature promql-experimental-functions`." : "";
    return { ...span, title: docs.signature, text: docs.sentence + note };
  }
  const facts = metadata === null ? undefined : factsOf(await metadata.facts().catch(() => ({})), token.text);
  if (facts === undefined) return null;
  return { ...span, title: [token.text, facts.type, facts.unit].filter((word) => word !== "").join(", "), text: facts.help };
}

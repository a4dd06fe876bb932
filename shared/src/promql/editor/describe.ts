/** What a hover says of the word at a position: a function's signature and meaning, a metric's type, unit and help. */
import type { Span } from "../ast.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import { type Token, tokensOf } from "../parse/tokens.ts";
import { WORD_DOCS } from "./function-docs.ts";
import { factsOf, type PromqlMetadata } from "./metadata.ts";
import { openAt } from "./place.ts";
import { markOf, spoken } from "./written.ts";

export interface Description extends Span {
  /** A signature, or a metric's name with its type and unit. */
  readonly title: string;
  readonly text: string;
}

/** Of what is in quotes: whether it is the metric's name, not a label or what one equals. */
const isName = (tokens: readonly Token[], at: number): boolean =>
  openAt(tokens.slice(0, at)).at(-1)?.bracket === "{" &&
  (/^[{,]$/.test(tokens[at - 1]?.text ?? "") ? /^[},]$/.test(tokens[at + 1]?.text ?? "") : tokens[at - 2]?.text === METRIC_NAME);

export async function describeWord(text: string, offset: number, metadata: PromqlMetadata | null): Promise<Description | null> {
  const tokens = tokensOf(text);
  const at = tokens.findIndex(({ from, text: word }) => from <= offset && offset < from + word.length);
  const token = tokens[at];
  if (token === undefined || (markOf(token.text) === "" ? !/^[a-zA-Z_:]/.test(token.text) : !isName(tokens, at))) return null;
  const span = { from: token.from, to: token.from + token.text.length };
  const docs = WORD_DOCS.get(token.text.toLowerCase());
  const next = tokens[at + 1]?.text.toLowerCase();
  if (docs !== undefined && (next === "(" || next === "by" || next === "without")) {
    const note = docs.experimental ? " Experimental: needs `--enable-feature promql-experimental-functions`." : "";
    return { ...span, title: docs.signature, text: docs.sentence + note };
  }
  const facts = metadata === null ? undefined : factsOf(await metadata.facts().catch(() => ({})), spoken(token.text));
  if (facts === undefined) return null;
  return { ...span, title: [spoken(token.text), facts.type, facts.unit].filter((word) => word !== "").join(", "), text: facts.help };
}

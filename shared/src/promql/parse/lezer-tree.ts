/** What is read off lezer's tree wherever it is walked. */
import type { SyntaxNode } from "@lezer/common";
import { parseError } from "../failure.ts";
import { parseNumber } from "./literals.ts";
import { explainNumber } from "./syntax-error.ts";

/** Children of a node by walking siblings (lezer has no array of them). */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "LineComment") list.push(child);
  }
  return list;
}

/** A node that the grammar promises; where a query ends too early it is not there. */
export function need(text: string, node: SyntaxNode | null | undefined): SyntaxNode {
  if (node === null || node === undefined) throw parseError(text, { from: text.length, to: text.length }, "unexpected end of input");
  return node;
}

/** The number at a node, or the seconds of a duration. */
export function numberAt(text: string, node: SyntaxNode): { readonly value: number; readonly duration: boolean } {
  const source = text.slice(node.from, node.to);
  const parsed = parseNumber(source);
  if (parsed === undefined) throw explainNumber(text, node);
  const digits = /\d.*/s.exec(source)?.[0];
  if (digits !== undefined && !Number.isFinite(parsed.value)) {
    const reason = `strconv.ParseFloat: parsing ${JSON.stringify(digits)}: value out of range`;
    throw parseError(text, { from: node.to - digits.length, to: node.to }, `error parsing number: ${reason}`);
  }
  return parsed;
}

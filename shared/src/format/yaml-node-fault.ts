import type { Node } from "yaml";

/** Something that is wrong in a document, and where. Thrown inside a parser alone, caught at its door. */
export class Fault extends Error {
  readonly node: unknown;
  constructor(message: string, node: unknown) {
    super(message);
    this.node = node;
  }
}

/** Of a node's own text: offsets in the document, `to` exclusive. */
export function rangeOf(node: unknown): { readonly from: number; readonly to: number } | undefined {
  const range = (node as Node | null | undefined)?.range;
  return range === null || range === undefined ? undefined : { from: range[0], to: range[1] };
}

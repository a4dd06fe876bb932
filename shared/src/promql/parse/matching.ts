/** The matching of a binary operation before any clause has been read. */
import type { VectorMatching } from "../ast.ts";

export const ONE_TO_ONE: VectorMatching = { cardinality: "one-to-one", on: false, labels: [], include: [] };

/** The fill values already read, kept when an on or ignoring clause replaces the rest. */
export function fills(matching: VectorMatching | undefined): { fillLeft?: number; fillRight?: number } {
  return {
    ...(matching?.fillLeft === undefined ? {} : { fillLeft: matching.fillLeft }),
    ...(matching?.fillRight === undefined ? {} : { fillRight: matching.fillRight }),
  };
}

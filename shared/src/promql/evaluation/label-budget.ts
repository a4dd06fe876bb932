import { QueryError } from "../failure.ts";

/** Characters of one label's value that a query puts together: sixteen times what a stored one may have. */
export const MAX_LABEL_VALUE_LENGTH = 16_384;

/** Characters of all label names and values that a query puts together: 300 for each of a hundred thousand series. */
export const MAX_LABELS_LENGTH = 32_000_000;

/** What a query has put together in labels; asked before anything is, as each of nested calls may double what it gets. */
export class LabelBudget {
  #used = 0;

  /** `label` gets a value of so many characters. Throws QueryError `limit`. */
  take(label: string, length: number): void {
    if (length > MAX_LABEL_VALUE_LENGTH)
      throw new QueryError(
        "limit",
        `label "${label.slice(0, 40)}" would get a value of ${length} characters: the limit maxLabelValueLength is ${MAX_LABEL_VALUE_LENGTH}; put fewer or shorter values together`,
      );
    this.takeAll(label.length + length);
  }

  /** A name and its value, whatever the value's own length. */
  takeAll(length: number): void {
    this.#used += length;
    if (this.#used <= MAX_LABELS_LENGTH) return;
    throw new QueryError(
      "limit",
      `the query would put together labels of more than ${MAX_LABELS_LENGTH} characters: that is the limit maxLabelsLength; narrow the selectors, or relabel after aggregating`,
    );
  }
}

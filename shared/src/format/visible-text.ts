/** Letters that no one sees and that turn round what stands beside them (CVE-2021-42574), and those that end a line or a page; but for tab and newline. */
const HIDDEN = /[\0-\x08\v-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text that came from a sender as it is to be shown: letters that would turn round the figures beside them are written as in PromQL, `\u202e`. */
export const visibleText = (text: string): string =>
  text.replaceAll(HIDDEN, (letter) => `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);

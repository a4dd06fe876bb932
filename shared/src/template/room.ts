/** Characters of a text that a template makes, be it written or kept in a variable: one that is four times itself, again and again, fills all memory in 14 steps. */
export const MAX_TEXT = 262_144;
/** Lists and maps inside one another. */
const MAX_NESTING = 100;

export const TOO_LONG = `the text grows beyond ${MAX_TEXT} characters`;

/** What is left for one text while it is put together: a list that holds another twice, and that a third twice, is short and prints long. */
export class Room {
  #left = MAX_TEXT;
  #nesting = 0;

  /** Throws Error. */
  take(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new Error(TOO_LONG);
  }

  /** The text itself, counted. Throws Error. */
  put(text: string): string {
    this.take(text.length);
    return text;
  }

  /** What a list or a map prints, or its like. Throws Error. */
  inside<T>(print: () => T): T {
    if (++this.#nesting > MAX_NESTING) throw new Error(`values nest deeper than ${MAX_NESTING}`);
    const printed = print();
    this.#nesting--;
    return printed;
  }
}

/** Ten hues whose custom properties are in tokens.css, ordered so that neighbours differ for people with any colour vision. */
export const SERIES_COLOURS = 10;

/** Gives each key the first free colour and keeps it, so that a series never changes colour when another comes or goes. */
export class ColourAssignment {
  readonly #slots = new Map<string, number>();

  /** The index of the colour of each key; keys that are gone give theirs back. More keys than colours share them in turn. */
  assign(keys: readonly string[]): readonly number[] {
    const present = new Set(keys);
    for (const key of this.#slots.keys()) if (!present.has(key)) this.#slots.delete(key);
    const taken = new Set(this.#slots.values());
    let next = 0;
    return keys.map((key) => {
      const known = this.#slots.get(key);
      if (known !== undefined) return known % SERIES_COLOURS;
      while (taken.has(next)) next++;
      taken.add(next);
      this.#slots.set(key, next);
      return next % SERIES_COLOURS;
    });
  }
}

/** What matches of an expression are replaced by, as Go's `Regexp.Expand` reads it. */
import type { RE2JS } from "re2js";

/** A text that stands as it is, or what a group holds: where it stands among the groups that are asked for. */
type Piece = { readonly text: string } | { readonly place: number };

/** `$1`, `${name}`, `$$` and what stands between them; a group that the expression does not have is nothing. */
export class Replacement {
  /** The groups that it names, each once. */
  readonly groups: readonly number[];
  readonly #pieces: readonly Piece[];

  /** `besides`: groups that are asked for anyway, first. */
  constructor(replacement: string, re: RE2JS, besides: readonly number[] = []) {
    const names = re.namedGroups();
    const places = new Map(besides.map((group, place) => [group, place]));
    const pieces: Piece[] = [];
    let from = 0;
    for (const found of replacement.matchAll(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu)) {
      if (found.index > from) pieces.push({ text: replacement.slice(from, found.index) });
      from = found.index + found[0].length;
      const name = found[1] ?? found[2];
      if (name === undefined) {
        pieces.push({ text: "$" });
        continue;
      }
      // A number with a zero before it is a name.
      const group = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : names[name];
      if (group === undefined || group > re.groupCount()) continue;
      const place = places.get(group) ?? places.size;
      places.set(group, place);
      pieces.push({ place });
    }
    if (from < replacement.length) pieces.push({ text: replacement.slice(from) });
    this.#pieces = pieces;
    this.groups = [...places.keys()];
  }

  /** The texts that replace a match, one behind the other; `ends` are those of its groups in the text. */
  textsFor(text: string, ends: ArrayLike<number>): string[] {
    return this.#pieces.map((piece) => {
      if ("text" in piece) return piece.text;
      const start = ends[2 * piece.place] as number;
      return start === -1 ? "" : text.slice(start, ends[2 * piece.place + 1]);
    });
  }
}

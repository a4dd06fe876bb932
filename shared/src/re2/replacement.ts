/** What matches of an expression are replaced by, as Go's `Regexp.Expand` reads it. */
import type { CompiledExpression } from "./compile-expression.ts";

/** A text that stands as it is, or what a name stands for: where it stands among the names. */
type Piece = { readonly text: string } | { readonly name: number };

/** `$1`, `${name}`, `$$` and what stands between them; a group that the expression does not have is nothing. */
export class Replacement {
  /** The groups that it names, each once. */
  readonly groups: readonly number[];
  /** By name, where its groups stand among those that are asked for: the first of them that took part is meant. */
  readonly #names: readonly (readonly number[])[];
  readonly #pieces: readonly Piece[];

  /** `besides`: groups that are asked for anyway, first. */
  constructor(replacement: string, { re, names }: Pick<CompiledExpression, "re" | "names">, besides: readonly number[] = []) {
    const places = new Map(besides.map((group, place) => [group, place]));
    const placeOf = (group: number): number => {
      const place = places.get(group) ?? places.size;
      places.set(group, place);
      return place;
    };
    // A number with a zero before it is a name.
    const groupsOf = (name: string): readonly number[] => (/^(?:0|[1-9]\d*)$/.test(name) ? [Number(name)] : (names.get(name) ?? []));
    const order = new Map<string, number>();
    const named: (readonly number[])[] = [];
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
      let at = order.get(name);
      if (at === undefined) {
        const groups = groupsOf(name).filter((group) => group <= re.groupCount());
        order.set(name, (at = named.push(groups.map(placeOf)) - 1));
      }
      pieces.push({ name: at });
    }
    if (from < replacement.length) pieces.push({ text: replacement.slice(from) });
    this.#pieces = pieces;
    this.#names = named;
    this.groups = [...places.keys()];
  }

  /** The texts that replace a match, one behind the other; `ends` are those of its groups in the text. */
  textsFor(text: string, ends: ArrayLike<number>): string[] {
    const held = this.#names.map((places) => {
      const place = places.find((one) => ends[2 * one] !== -1);
      return place === undefined ? "" : text.slice(ends[2 * place], ends[2 * place + 1]);
    });
    return this.#pieces.map((piece) => ("text" in piece ? piece.text : (held[piece.name] as string)));
  }
}

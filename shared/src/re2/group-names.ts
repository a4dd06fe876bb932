/** Names of groups as Go's regexp has them, which gives one to as many groups as one likes; re2js to one. */
import type { RE2JS } from "re2js";
import { PART } from "./expression-size.ts";

/** The groups of each name, by their numbers. */
export type GroupNames = ReadonlyMap<string, readonly number[]>;

const NAMED = /^\(\?P?<([^>]*)>$/;

/** An expression in which no name stands twice, and what the names stand for that it has instead. */
export class DistinctNames {
  readonly expression: string;
  /** Stands nowhere in the other: with a number behind it, it is in place of that of the names. */
  #mark = "g0g";
  readonly #replaced: string[] = [];

  constructor(expression: string) {
    if (!expression.includes("<")) {
      this.expression = expression;
      return;
    }
    const taken = new Set(Array.from(expression.matchAll(/g(?=(\d{1,9})g)/g), ([, number]) => number));
    let free = 0;
    while (taken.has(String(free))) free++;
    this.#mark = `g${free}g`;
    const seen = new Set<string>();
    const distinct = (part: string): string => {
      const name = NAMED.exec(part)?.[1];
      if (name === undefined) return part;
      if (seen.size !== seen.add(name).size) return part;
      return `(?P<${this.#mark}${this.#replaced.push(name) - 1}_>`;
    };
    this.expression = expression.replace(PART, distinct);
  }

  /** Of this expression compiled. */
  groups(re: RE2JS): GroupNames {
    const groups = new Map<string, number[]>();
    for (const [distinct, group] of Object.entries(re.namedGroups()).toSorted((a, b) => a[1] - b[1])) {
      const name = this.asGiven(distinct);
      const own = groups.get(name);
      if (own === undefined) groups.set(name, [group]);
      else own.push(group);
    }
    return groups;
  }

  /** A text about this expression as one about the other. */
  asGiven(text: string): string {
    return text.replaceAll(new RegExp(`${this.#mark}(\\d+)_`, "g"), (_whole, at: string) => this.#replaced[Number(at)] ?? "");
  }
}

import type { Matcher, RE2JS } from "re2js";
import { compileExpression, ExpressionBudget } from "../re2/compile-expression.ts";
import { Room } from "./room.ts";

/** Instructions of a pattern times characters that it is held against. */
const MAX_WORK = 20_000_000;
/** Characters that all patterns may have besides what is allowed to any. */
const MAX_PATTERNS = 16_384;

export const TOO_MUCH_MATCHING = `patterns take more than ${MAX_WORK} steps`;
/** A pattern that looks no further than one character beyond its match, as only its last part may go on. Any other may look to the end for each match. */
const LOOKS_NEAR = /^(?:[^*+{|()\\]|\\[^])*[*+]?$/;

/** The regular expressions of one execution of a template, each compiled once. */
export class Patterns {
  readonly #compiled = new Map<string, RE2JS>();
  readonly #budget = new ExpressionBudget(MAX_PATTERNS);
  #work = 0;

  /** Whether a pattern is somewhere in a text. Throws Error on one that is malformed, and on what is too large or takes too long. */
  isFound(pattern: string, subject: string): boolean {
    return this.#matches(pattern, subject).next().done !== true;
  }

  /** Every match replaced; `$1` and `${name}` as Go's regexp expands them. Throws Error as above, and where the text grows too long. */
  replaceAll(pattern: string, replacement: string, subject: string): string {
    const room = new Room();
    let replaced = "";
    let end = 0;
    for (const matcher of this.#matches(pattern, subject)) {
      replaced += subject.slice(end, matcher.start());
      // Go replaces nothing by nothing right behind a match.
      const counts = matcher.end() > end || matcher.start() === 0;
      end = matcher.end();
      if (!counts) continue;
      room.take(replacement.length);
      replaced += replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
        if (whole === "$$") return "$";
        const name = braced ?? bare ?? "";
        const group = /^\d+$/.test(name) ? Number(name) : matcher.namedGroups[name];
        return group === undefined || group > matcher.groupCount() ? "" : room.put(matcher.group(group) ?? "");
      });
    }
    return replaced + subject.slice(end);
  }

  /** The matcher at one match after the other. */
  *#matches(pattern: string, subject: string): Generator<Matcher, void> {
    const re = this.#compile(pattern);
    const matcher = re.matcher(subject);
    const isNear = LOOKS_NEAR.test(pattern);
    for (let end = 0; ; end = matcher.end()) {
      const before = this.#work;
      this.#work += re.programSize() * (subject.length - end + 1);
      if (this.#work > MAX_WORK) throw new Error(`${TOO_MUCH_MATCHING}; use shorter ones, or on less text`);
      if (!matcher.find()) return;
      if (isNear) this.#work = before + re.programSize() * (matcher.end() - end + 1);
      yield matcher;
    }
  }

  #compile(pattern: string): RE2JS {
    let re = this.#compiled.get(pattern);
    if (re === undefined) {
      const large = this.#budget.take(pattern);
      if (large !== undefined) throw new Error(large);
      const expression = compileExpression(pattern);
      if (!expression.ok) throw new Error(expression.error.message);
      ({ re } = expression.value);
      this.#compiled.set(pattern, re);
    }
    return re;
  }
}

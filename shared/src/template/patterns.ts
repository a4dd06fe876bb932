import { Pace, SHARE_NS, type Stepwise } from "../promql/evaluation/pace.ts";
import { compileExpression, type CompiledExpression, ExpressionBudget } from "../re2/compile-expression.ts";
import { PikeVm, PLACE_NS } from "../re2/pike-vm.ts";
import { Replacement } from "../re2/replacement.ts";
import { Room } from "./room.ts";

/** Places of patterns that are come to, character by character. */
const MAX_WORK = 20_000_000;
/** Characters that all patterns may have besides what is allowed to any. */
const MAX_PATTERNS = 16_384;

export const TOO_MUCH_MATCHING = `patterns take more than ${MAX_WORK} steps`;

interface Pattern extends CompiledExpression {
  readonly vm: PikeVm;
}

/** The regular expressions of one execution of a template, each compiled once. */
export class Patterns {
  readonly #compiled = new Map<string, Pattern>();
  readonly #budget = new ExpressionBudget(MAX_PATTERNS);
  readonly #pace = new Pace(SHARE_NS, SHARE_NS);
  #shares = Math.floor((MAX_WORK * PLACE_NS) / SHARE_NS);

  /** Whether a pattern is somewhere in a text. Throws Error on one that is malformed, and on what is too large or takes too long. */
  isFound(pattern: string, subject: string): boolean {
    return this.#finish(this.#compile(pattern).vm.search(subject, 0, [], this.#pace)) !== null;
  }

  /** Every match replaced; `$1` and `${name}` as Go's regexp expands them. Throws Error as above, and where the text grows too long. */
  replaceAll(pattern: string, replacement: string, subject: string): string {
    const compiled = this.#compile(pattern);
    const { vm } = compiled;
    const replaces = new Replacement(replacement, compiled, [0]);
    const refusal = vm.refusal(replaces.groups.length);
    if (refusal !== undefined) throw new Error(refusal);
    const room = new Room();
    let replaced = "";
    let end = 0;
    for (let from = 0; from <= subject.length;) {
      const ends = this.#finish(vm.search(subject, from, replaces.groups, this.#pace));
      if (ends === null) break;
      const [start = 0, next = 0] = ends;
      replaced += subject.slice(end, start);
      // Go replaces nothing by nothing right behind a match.
      if (next > end || start === 0) {
        const text = replaces.textsFor(subject, ends).join("");
        room.take(Math.max(replacement.length, text.length));
        replaced += text;
      }
      end = next;
      from = next > start ? next : next + ((subject.codePointAt(next) ?? 0) > 0xffff ? 2 : 1);
    }
    return replaced + subject.slice(end);
  }

  /** Throws Error once all patterns together have taken too long. */
  #finish<T>(search: Stepwise<T>): T {
    for (;;) {
      const step = search.next();
      if (step.done === true) return step.value;
      if (--this.#shares < 0) throw new Error(`${TOO_MUCH_MATCHING}; use shorter ones, or on less text`);
    }
  }

  #compile(pattern: string): Pattern {
    let compiled = this.#compiled.get(pattern);
    if (compiled === undefined) {
      const large = this.#budget.take(pattern);
      if (large !== undefined) throw new Error(large);
      const expression = compileExpression(pattern);
      if (!expression.ok) throw new Error(expression.error.message);
      this.#compiled.set(pattern, (compiled = { ...expression.value, vm: new PikeVm(expression.value.re) }));
    }
    return compiled;
  }
}

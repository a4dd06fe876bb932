/** RE2 expressions as Go's regexp takes them, within a size: nothing stops the compiler, nor the automaton at one text. */
import { RE2JS } from "re2js";
import { fail, ok, type Result } from "../model/result.ts";
import { DistinctNames, type GroupNames } from "./group-names.ts";
import { type ExpressionSize, expressionSize } from "./expression-size.ts";

/**
 * Instructions to which repeats and classes may bring an expression beyond one for each of its characters, so that no list
 * of plain texts is too long; a part that may be absent counts for three more. Compiled within 0.1 s, of 64 kB within 0.3 s; at worst it is held against a value of a kilobyte for 0.3 s, in steps where somebody waits.
 */
const MAX_EXPANSION = 10_000;
const OPTIONAL = 3;

export interface CompiledExpression {
  readonly re: RE2JS;
  readonly names: GroupNames;
  readonly size: ExpressionSize;
}

/** What the expressions of one text come to together, each counted once however often it stands there. */
export class ExpressionBudget {
  private readonly most: number;
  private used = 0;
  private readonly counted = new Set<string>();

  /** `characters` of the text. */
  constructor(characters: number) {
    this.most = MAX_EXPANSION + characters;
  }

  /** What is wrong; undefined within the limit. */
  take(expression: string): string | undefined {
    if (this.counted.has(expression)) return undefined;
    this.counted.add(expression);
    this.used += weight(expressionSize(expression));
    return tooLarge(this.used, this.most, "the regular expressions come");
  }
}

const weight = ({ instructions, optional }: ExpressionSize): number => instructions + OPTIONAL * optional;

const tooLarge = (instructions: number, most: number, subject: string): string | undefined =>
  instructions <= most
    ? undefined
    : `${subject} to ${instructions} instructions with all repeats written out: the limit maxExpressionSize is ${most} (${MAX_EXPANSION}, and one for each character); repeat less, or name smaller classes`;

/** Failures: `bad_data`, malformed, in Go's words; `limit`. */
export function compileExpression(expression: string): Result<CompiledExpression> {
  const size = expressionSize(expression);
  const large = tooLarge(weight(size), MAX_EXPANSION + expression.length, "the regular expression comes");
  if (large !== undefined) return fail("limit", large);
  const distinct = new DistinctNames(expression);
  try {
    const re = RE2JS.compile(distinct.expression);
    return ok({ re, names: distinct.groups(re), size });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    return fail("bad_data", `error parsing regexp: ${distinct.asGiven(reason)}`);
  }
}

import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import { ok, type Result } from "../model/result.ts";
import { compileExpression } from "../re2/compile-expression.ts";
import type { ExpressionSize } from "../re2/expression-size.ts";
import { PacedSearch } from "../re2/paced-search.ts";
import { finish, Pace, type Stepwise } from "./evaluation/pace.ts";
import { namedTexts, wildcard } from "./plain-expressions.ts";

/** Tells whether a label's value ("" when absent) satisfies a matcher. */
export type CompiledMatcher = (value: string) => boolean;

/** The same, in steps of work where an automaton takes longer over a value than others should wait. */
export type PacedMatcher = (value: string, pace: Pace) => boolean | Stepwise<boolean>;

/** What it takes to find the values that satisfy a matcher. */
export interface MatcherShape {
  /** Of its automaton, and how that is asked; null where none is needed. */
  readonly size: ExpressionSize | null;
  readonly inSteps: PacedMatcher | null;
  /** All values that satisfy it, where it names them. */
  readonly values: ReadonlySet<string> | null;
}

interface Compiled extends MatcherShape {
  readonly matcher: Result<CompiledMatcher>;
}

const MAX_CACHED = 1000;
/** Instructions of all expressions in the cache, of 1.5 kB at most. */
const MAX_CACHED_INSTRUCTIONS = 100_000;
const PLAIN = { size: null, inSteps: null, values: null };
const cache = new Map<string, Compiled>();
let cachedInstructions = 0;

/** Compiles a matcher; expressions are RE2, anchored, and cached. Fails with `bad_data` on a malformed expression, `limit` on one that is too large. */
export function compileMatcher(matcher: Matcher): Result<CompiledMatcher> {
  const { op, value } = matcher;
  if (op === "=") return ok((text) => text === value);
  if (op === "!=") return ok((text) => text !== value);
  return cached(op, value).matcher;
}

/** Of a matcher that compiles. */
export function matcherShape({ op, value }: Matcher): MatcherShape {
  return op === "=" || op === "!=" ? { ...PLAIN, values: op === "=" ? new Set([value]) : null } : cached(op, value);
}

function cached(op: "=~" | "!~", expression: string): Compiled {
  const key = op + expression;
  let compiled = cache.get(key);
  if (compiled === undefined) {
    compiled = compile(expression, op === "!~");
    // A list of texts has no program, and is kept as a set: some 80 bytes for twelve characters, where an instruction has a hundred.
    const instructions = compiled.size?.instructions ?? key.length / 16;
    cachedInstructions += instructions;
    if (cache.size >= MAX_CACHED || cachedInstructions > MAX_CACHED_INSTRUCTIONS) {
      cache.clear();
      cachedInstructions = instructions;
    }
    cache.set(key, compiled);
  }
  return compiled;
}

function compile(expression: string, negate: boolean): Compiled {
  const values = namedTexts(expression);
  if (values !== null) return { ...PLAIN, matcher: ok((text) => values.has(text) !== negate), values: negate ? null : values };
  const wild = wildcard(expression);
  if (wild !== null) return { ...PLAIN, matcher: ok((text) => wild(text) !== negate) };
  const compiled = compileExpression(`^(?s:${expression})$`);
  if (!compiled.ok) return { ...PLAIN, matcher: compiled };
  const search = new PacedSearch(compiled.value.re);
  const seen = new Map<string, boolean>();
  const keep = (text: string, isFound: boolean): boolean => {
    if (seen.size >= MAX_CACHED) seen.clear();
    seen.set(text, isFound !== negate);
    return isFound !== negate;
  };
  function* kept(text: string, searching: Stepwise<boolean>): Stepwise<boolean> {
    return keep(text, yield* searching);
  }
  const inSteps: PacedMatcher = (text, pace) => {
    const verdict = seen.get(text);
    if (verdict !== undefined) return verdict;
    const isFound = search.isFound(text, pace);
    return typeof isFound === "boolean" ? keep(text, isFound) : kept(text, isFound);
  };
  const matches = (text: string): boolean => {
    const verdict = inSteps(text, new Pace());
    return typeof verdict === "boolean" ? verdict : finish(verdict);
  };
  return { matcher: ok(matches), size: compiled.value.size, inSteps, values: null };
}

/** True when every matcher holds; a matcher that does not compile matches nothing. */
export function matchesLabels(matchers: readonly Matcher[], labels: Labels): boolean {
  for (const matcher of matchers) {
    const value = labels[matcher.name] ?? "";
    if (matcher.op === "=") {
      if (value !== matcher.value) return false;
    } else if (matcher.op === "!=") {
      if (value === matcher.value) return false;
    } else {
      const compiled = compileMatcher(matcher);
      if (!compiled.ok || !compiled.value(value)) return false;
    }
  }
  return true;
}

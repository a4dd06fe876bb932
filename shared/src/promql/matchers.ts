import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import { ok, type Result } from "../model/result.ts";
import { compileExpression } from "../re2/compile-expression.ts";
import type { ExpressionSize } from "../re2/expression-size.ts";

/** Tells whether a label's value ("" when absent) satisfies a matcher. */
export type CompiledMatcher = (value: string) => boolean;

interface Compiled {
  readonly matcher: Result<CompiledMatcher>;
  /** Null where no automaton is needed. */
  readonly size: ExpressionSize | null;
}

const MAX_CACHED = 1000;
/** Instructions of all expressions in the cache, of 1.5 kB at most. */
const MAX_CACHED_INSTRUCTIONS = 100_000;
const cache = new Map<string, Compiled>();
let cachedInstructions = 0;
const LITERAL = /^[^\\^$.*+?()[\]{}|]*$/;

/** Compiles a matcher; expressions are RE2, anchored, and cached. Fails with `bad_data` on a malformed expression, `limit` on one that is too large. */
export function compileMatcher(matcher: Matcher): Result<CompiledMatcher> {
  const { op, value } = matcher;
  if (op === "=") return ok((text) => text === value);
  if (op === "!=") return ok((text) => text !== value);
  return cached(op, value).matcher;
}

/** How large the automaton of a matcher is; null for one that has none. */
export function matcherSize({ op, value }: Matcher): ExpressionSize | null {
  return op === "=" || op === "!=" ? null : cached(op, value).size;
}

function cached(op: "=~" | "!~", expression: string): Compiled {
  const key = op + expression;
  let compiled = cache.get(key);
  if (compiled === undefined) {
    compiled = compile(expression, op === "!~");
    cachedInstructions += compiled.size?.instructions ?? 0;
    if (cache.size >= MAX_CACHED || cachedInstructions > MAX_CACHED_INSTRUCTIONS) {
      cache.clear();
      cachedInstructions = compiled.size?.instructions ?? 0;
    }
    cache.set(key, compiled);
  }
  return compiled;
}

function compile(expression: string, negate: boolean): Compiled {
  const fast = fastPath(expression);
  if (fast !== undefined) return { matcher: ok(negate ? (text) => !fast(text) : fast), size: null };
  const compiled = compileExpression(`^(?s:${expression})$`);
  if (!compiled.ok) return { matcher: compiled, size: null };
  const { re, size } = compiled.value;
  const seen = new Map<string, boolean>();
  const matches = (text: string): boolean => {
    let verdict = seen.get(text);
    if (verdict === undefined) {
      verdict = re.matcher(text).find() !== negate;
      if (seen.size >= MAX_CACHED) seen.clear();
      seen.set(text, verdict);
    }
    return verdict;
  };
  return { matcher: ok(matches), size };
}

/** Literals, `a|b|c`, `prefix.*`, `.*suffix`, `.*middle.*`, `.*` and `.+` need no automaton. */
function fastPath(expression: string): CompiledMatcher | undefined {
  if (LITERAL.test(expression)) return (text) => text === expression;
  const parts = (/^\((?:\?:)?([^()]*)\)$/.exec(expression)?.[1] ?? expression).split("|");
  if (parts.length > 1 && parts.every((part) => LITERAL.test(part))) {
    const values = new Set(parts);
    return (text) => values.has(text);
  }
  if (expression === ".*") return () => true;
  if (expression === ".+") return (text) => text !== "";
  const wild = /^(\.[*+])?([^\\^$.*+?()[\]{}|]*)(\.[*+])?$/.exec(expression);
  const middle = wild?.[2];
  if (wild === null || middle === undefined || middle === "") return undefined;
  const [, before, , after] = wild;
  const min = (before === ".+" ? 1 : 0) + (after === ".+" ? 1 : 0);
  if (before !== undefined && after !== undefined) {
    return (text) => {
      const at = text.indexOf(middle, before === ".+" ? 1 : 0);
      return at !== -1 && (after !== ".+" || at + middle.length < text.length);
    };
  }
  if (before !== undefined) return (text) => text.endsWith(middle) && text.length >= middle.length + min;
  return (text) => text.startsWith(middle) && text.length >= middle.length + min;
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

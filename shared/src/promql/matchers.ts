import { RE2JS } from "re2js";
import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import { fail, ok, type Result } from "../model/result.ts";

/** Tells whether a label's value ("" when absent) satisfies a matcher. */
export type CompiledMatcher = (value: string) => boolean;

const MAX_CACHED = 1000;
const cache = new Map<string, Result<CompiledMatcher>>();
const LITERAL = /^[^\\^$.*+?()[\]{}|]*$/;

/** Compiles a matcher; expressions are RE2, anchored, and cached. Fails with `bad_data` on a malformed expression. */
export function compileMatcher(matcher: Matcher): Result<CompiledMatcher> {
  const { value } = matcher;
  if (matcher.op === "=") return ok((text) => text === value);
  if (matcher.op === "!=") return ok((text) => text !== value);
  const key = matcher.op + value;
  let compiled = cache.get(key);
  if (compiled === undefined) {
    compiled = compileExpression(value, matcher.op === "!~");
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(key, compiled);
  }
  return compiled;
}

function compileExpression(expression: string, negate: boolean): Result<CompiledMatcher> {
  const fast = fastPath(expression);
  if (fast !== undefined) return ok(negate ? (text) => !fast(text) : fast);
  try {
    const re = RE2JS.compile(`^(?s:${expression})$`);
    const seen = new Map<string, boolean>();
    return ok((text) => {
      let verdict = seen.get(text);
      if (verdict === undefined) {
        verdict = re.matcher(text).find() !== negate;
        if (seen.size >= MAX_CACHED) seen.clear();
        seen.set(text, verdict);
      }
      return verdict;
    });
  } catch (error) {
    return fail(
      "bad_data",
      `error parsing regexp: ${error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error)}`,
    );
  }
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

import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { RE2JS } from "re2js";

export interface CompiledMatcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  /** The only value it can match, when it is an equality. */
  readonly equals: string | null;
  /** A label that is absent counts as empty: then series without the label match too. */
  readonly matchesEmpty: boolean;
}

const MAX_EXPRESSION = 1024;

/** Failures `bad_matcher`: an expression RE2 does not know (backreferences, look-around) or one that is too long. */
export function compileMatcher(matcher: Matcher): Result<CompiledMatcher> {
  const { name, op, value } = matcher;
  if (op === "=") return ok({ name, matches: (other) => other === value, equals: value, matchesEmpty: value === "" });
  if (op === "!=") return ok({ name, matches: (other) => other !== value, equals: null, matchesEmpty: value !== "" });
  if (value.length > MAX_EXPRESSION) return fail("bad_matcher", `the expression on ${name} is longer than ${MAX_EXPRESSION} characters`);
  try {
    const expression = RE2JS.compile(value, RE2JS.DOTALL);
    const matches = op === "=~" ? (other: string) => expression.matches(other) : (other: string) => !expression.matches(other);
    return ok({ name, matches, equals: null, matchesEmpty: matches("") });
  } catch (error) {
    return fail(
      "bad_matcher",
      `the expression ${JSON.stringify(value)} on ${name} is not RE2: ${error instanceof Error ? error.message : ""}`,
    );
  }
}

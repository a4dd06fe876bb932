import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { compileMatcher, type MatcherShape, matcherShape } from "@sightline/shared/promql/matchers";

export interface MatcherPredicate extends MatcherShape {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  /** The only value it can match, when it is an equality. */
  readonly equals: string | null;
  /** A label that is absent counts as empty: then series without the label match too. */
  readonly matchesEmpty: boolean;
}

/** What the index needs to know of a matcher. Failures: `bad_data`, an expression that is not RE2; `limit`. */
export function matcherPredicate(matcher: Matcher): Result<MatcherPredicate> {
  const compiled = compileMatcher(matcher);
  if (!compiled.ok) return compiled;
  const matches = compiled.value;
  const equals = matcher.op === "=" ? matcher.value : null;
  return ok({ name: matcher.name, matches, equals, matchesEmpty: matches(""), ...matcherShape(matcher) });
}

/** Whether all of them hold, in steps of work. */
export function* everyMatches(predicates: readonly MatcherPredicate[], labels: Labels, pace: Pace): Stepwise<boolean> {
  for (const { name, matches, inSteps } of predicates) {
    const verdict = (inSteps ?? matches)(labels[name] ?? "", pace);
    if (!(typeof verdict === "boolean" ? verdict : yield* verdict)) return false;
  }
  return true;
}

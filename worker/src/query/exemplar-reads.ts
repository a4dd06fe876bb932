import type { SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { parseQuery, selectRequests } from "@sightline/shared/promql/engine";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { everyMatches, type MatcherPredicate, matcherPredicate } from "../storage/matcher-predicate.ts";
import type { ExemplarStore } from "../storage/exemplar-store.ts";

/** Exemplars of every series that a selector of the expression matches; times in ms, inclusive. Failures: those of the parser and of matchers. */
export function* exemplarsOf(
  store: ExemplarStore,
  query: string,
  startMs: number,
  endMs: number,
  nowMs: number,
  pace: Pace,
): Stepwise<Result<readonly SeriesExemplars[]>> {
  const parsed = parseQuery(query);
  if (!parsed.ok) return parsed;
  const selectors: MatcherPredicate[][] = [];
  for (const { matchers } of selectRequests(parsed.value, { startMs: nowMs, endMs: nowMs, stepMs: 0 })) {
    const predicates = compiled(matchers);
    if (!predicates.ok) return predicates;
    selectors.push(predicates.value);
  }
  function* wanted(labels: Labels): Stepwise<boolean> {
    for (const predicates of selectors) if (yield* everyMatches(predicates, labels, pace)) return true;
    return false;
  }
  return ok(yield* store.read(wanted, startMs, endMs, nowMs, pace));
}

function compiled(matchers: readonly Matcher[]): Result<MatcherPredicate[]> {
  const predicates: MatcherPredicate[] = [];
  for (const matcher of matchers) {
    const predicate = matcherPredicate(matcher);
    if (!predicate.ok) return predicate;
    predicates.push(predicate.value);
  }
  return ok(predicates);
}

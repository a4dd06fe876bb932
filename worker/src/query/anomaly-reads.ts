import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { RangeColumns, ToldAnomalies } from "../objects/anomaly-rpc.ts";
import { everyMatches, type MatcherPredicate, matcherPredicate } from "../storage/matcher-predicate.ts";
import { jsonList } from "./label-reads.ts";
import { asRecent } from "./open-anomalies.ts";
import { parseSelector } from "./selector.ts";
import type { SeriesReads } from "./series-reads.ts";
import { toldRanges } from "./told-anomalies.ts";

const MOST_BANDS = 1000;
/** To hold an anomaly against one matcher. */
const MATCH_NS = 200;

/** Newest first, each with the newest value that its series was judged by, or what many tell: whether it is back. */
export function recentAnomalies(reads: SeriesReads, startMs: number, endMs: number, limit: number): readonly RecentAnomaly[] {
  return asRecent(reads, reads.plans.anomalies(startMs, endMs, limit), endMs);
}

/** All anomalies that are kept of the series a selector matches, from `startMs` to `endMs`, both included, newest first, with their expected ranges when asked. */
export function* anomaliesOf(
  reads: SeriesReads,
  selector: string,
  startMs: number,
  endMs: number,
  bands: boolean,
  pace: Pace,
): Stepwise<Result<ToldAnomalies>> {
  const matchers = parseSelector(selector);
  if (!matchers.ok) return matchers;
  const predicates: MatcherPredicate[] = [];
  for (const matcher of matchers.value) {
    const predicate = matcherPredicate(matcher);
    if (!predicate.ok) return predicate;
    predicates.push(predicate.value);
  }
  const metric = predicates.find(({ name }) => name === METRIC_NAME)?.equals ?? undefined;
  const all = yield* reads.plans.toldStepwise(startMs - 1, endMs, pace, metric);
  const anomalies = yield* jsonList(matching(all.toReversed(), predicates, pace), pace);
  if (!anomalies.ok || !bands) return anomalies.ok ? ok({ anomalies: anomalies.value }) : anomalies;
  const refs = yield* reads.store.index.matchStepwise(matchers.value, pace);
  if (!refs.ok) return refs;
  const series = refs.value.slice(0, MOST_BANDS).flatMap((ref) => {
    const labels = reads.store.index.labels(ref);
    return labels === undefined ? [] : [labels];
  });
  const left = `${refs.value.length} series match; these are the ranges of ${MOST_BANDS}. Ask for fewer series.`;
  const warnings = refs.value.length > MOST_BANDS ? { warnings: [left] } : {};
  const told = yield* toldRanges(reads.evaluation, reads.plans, series, startMs, endMs, pace);
  return ok({ anomalies: anomalies.value, ranges: told.map(columnsOf), ...warnings });
}

function* matching(told: readonly Anomaly[], predicates: readonly MatcherPredicate[], pace: Pace): Stepwise<Result<readonly Anomaly[]>> {
  const found: Anomaly[] = [];
  for (const anomaly of told) {
    if (yield* everyMatches(predicates, anomaly.labels, pace)) found.push(anomaly);
    if (pace.spend(predicates.length * MATCH_NS)) yield;
  }
  return ok(found);
}

const columnsOf = ({ labels, t, expected, lower, upper, score }: ExpectedRange): RangeColumns => ({
  labels,
  t: Float64Array.from(t),
  expected: Float64Array.from(expected),
  lower: Float64Array.from(lower),
  upper: Float64Array.from(upper),
  score: Float64Array.from(score),
});

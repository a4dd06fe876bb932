import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import type { AnomaliesResponse } from "@sightline/shared/api/responses";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatcherPredicate } from "../storage/matcher-predicate.ts";
import { matcherPredicate } from "../storage/matcher-predicate.ts";
import { parseSelector } from "./selector.ts";
import type { SeriesReads } from "./series-reads.ts";
import { toldRanges } from "./told-anomalies.ts";

const MOST_BANDS = 1000;

/** Newest first, each with the newest value that its series was judged by: whether it is back. */
export function recentAnomalies(reads: SeriesReads, startMs: number, endMs: number, limit: number): readonly RecentAnomaly[] {
  return reads.plans.anomalies(startMs, endMs, limit).map((anomaly) => {
    const ref = reads.store.index.find(anomaly.labels);
    const judged = ref === undefined ? null : reads.evaluation.expected(ref);
    const as = ref === undefined ? undefined : reads.evaluation.judgedAs(ref);
    return {
      ...anomaly,
      id: anomaly.id ?? anomalyId(anomaly.labels, anomaly.t),
      judgedBy: as?.judgedBy ?? "value",
      unit: as?.metadata.unit ?? "",
      newest: judged === null ? null : { t: judged.t, value: judged.value },
    };
  });
}

/** All anomalies that are kept of the series a selector matches, from `startMs` to `endMs`, both included, newest first, with their expected ranges when asked. */
export function anomaliesOf(
  reads: SeriesReads,
  selector: string,
  startMs: number,
  endMs: number,
  bands: boolean,
): Result<AnomaliesResponse> {
  const matchers = parseSelector(selector);
  if (!matchers.ok) return matchers;
  const predicates: MatcherPredicate[] = [];
  for (const matcher of matchers.value) {
    const predicate = matcherPredicate(matcher);
    if (!predicate.ok) return predicate;
    predicates.push(predicate.value);
  }
  const metric = predicates.find(({ name }) => name === METRIC_NAME)?.equals ?? undefined;
  const anomalies = reads.plans
    .told(startMs - 1, endMs, metric)
    .filter((anomaly) => predicates.every(({ name, matches }) => matches(anomaly.labels[name] ?? "")))
    .toReversed();
  if (!bands) return ok({ anomalies });
  const refs = reads.store.index.match(matchers.value);
  if (!refs.ok) return refs;
  const series = refs.value.slice(0, MOST_BANDS).flatMap((ref) => {
    const labels = reads.store.index.labels(ref);
    return labels === undefined ? [] : [labels];
  });
  const left = `${refs.value.length} series match; these are the ranges of ${MOST_BANDS}. Ask for fewer series.`;
  const warnings = refs.value.length > MOST_BANDS ? { warnings: [left] } : {};
  return ok({ anomalies, ranges: toldRanges(reads.evaluation, reads.plans, series, startMs, endMs), ...warnings });
}

import type { CompareQuestion, CompareResponse, TrendQuestion, TrendResponse } from "@sightline/shared/api/analyses";
import { formatLabels, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { BaselineComparison, ComparedSeries, TrendSeries } from "@sightline/shared/model/trend";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { comparePeriods } from "@sightline/shared/trend/compare-periods";
import { compareSince } from "@sightline/shared/trend/compare-since";
import { trend } from "@sightline/shared/trend/trend";
import { BACK_DAY_MS, BACK_WEEK_MS, earlierOf, type EarlierHistory, readEarlier } from "./earlier-hours.ts";
import { type History, type HistoryRequest, reachOf, readHistory } from "./history.ts";
import type { QuerySource } from "./query-source.ts";
import { readByAge } from "./read-by-age.ts";
import { atSampleTimes } from "./sample-times.ts";

const POINTS = 360;
const MAX_SERIES = 50;

const nameOf = (query: string, { labels }: MatrixSeries): string => labels["__name__"] ?? query;

/** Trends of every series of an expression, with what it was in the same hours a day and a week before. Failures: those of a query, `limit`. */
export function trendQuery(reads: QuerySource, question: TrendQuestion): Result<TrendResponse> {
  const read = readByAge(reads, { ...question, points: POINTS, maxSeries: MAX_SERIES });
  if (!read.ok) return read;
  const series: TrendSeries[] = [];
  for (const history of read.value) {
    const trends = trendsOf(reads, question, history);
    if (!trends.ok) return trends;
    series.push(...trends.value);
  }
  const [{ query, startMs, endMs, stepMs }] = read.value;
  return ok({ query, start: startMs, end: endMs, step: stepMs, series });
}

/** Of series of one age. */
function trendsOf(reads: QuerySource, question: TrendQuestion, now: History): Result<readonly TrendSeries[]> {
  const { startMs, endMs, sinceMs } = question;
  const { query } = now;
  const earlier: EarlierHistory[] = [];
  const limits = { points: POINTS, maxSeries: MAX_SERIES };
  for (const backMs of [BACK_DAY_MS, BACK_WEEK_MS]) {
    if (endMs - startMs > backMs && sinceMs === undefined) continue;
    const before = readEarlier(reads, question.query, now, backMs, limits);
    // What is read for the deploy's sake alone is done without where there are too many series then.
    if (!before.ok && endMs - startMs > backMs) continue;
    if (!before.ok) return before;
    earlier.push(before.value);
  }
  const reachMs = reachOf(now);
  const baselines = earlier.filter(({ backMs }) => endMs - startMs <= backMs);
  const sampled = atSampleTimes(reads, now, endMs);
  const trends = now.series.map((one, i): TrendSeries => {
    const name = nameOf(query, one);
    const unit = reads.unitOf?.(name) ?? "";
    const ofValues = { meansOfMs: meansOfMs(now), reachMs, unit };
    const { timestamps, values } = sampled[i] ?? one;
    const found = trend({ timestamps, values, name, unit });
    if ("refused" in found) return { labels: one.labels, ...found };
    const compared = baselines.flatMap(({ backMs, history }): BaselineComparison[] => {
      const baseline = backMs === BACK_DAY_MS ? "day before" : "week before";
      const before = sameSeries(history, one);
      const answer = before === undefined ? null : comparePeriods(before, one, name, [`the ${baseline}`, "now"], meansOfMs(now), unit);
      return answer === null || "refused" in answer ? [] : [{ baseline, ...answer }];
    });
    return {
      labels: one.labels,
      ...found,
      baselines: compared,
      ...(sinceMs === undefined ? {} : { sinceDeploy: compareSince(one, sinceMs, earlierOf(earlier, one.labels), name, ofValues) }),
    };
  });
  return ok(trends);
}

const meansOfMs = ({ areMeans, stepMs }: History): number | undefined => (areMeans ? stepMs : undefined);

const sameSeries = ({ series }: History, one: MatrixSeries): MatrixSeries | undefined => {
  const key = seriesKey(one.labels);
  return series.find(({ labels }) => seriesKey(labels) === key);
};

/** Every series of an expression in one period against another. Failures: those of a query, `limit`. */
export function compareQuery(reads: QuerySource, { query, before, after }: CompareQuestion): Result<CompareResponse> {
  const limits = { points: POINTS, maxSeries: 2 * MAX_SERIES };
  const read = ({ start, end }: CompareQuestion["before"], like?: HistoryRequest["like"]): Result<History> =>
    readHistory(reads, { query, startMs: start, endMs: end, ...limits, ...(like === undefined ? {} : { like }) });
  const means = read(after);
  if (!means.ok) return means;
  const beside = read(before, means.value);
  // Of more series than can be seen between the steps both periods are read at the steps.
  const atSteps = !beside.ok && beside.error.code === "limit" ? { ...means.value, areMeans: false } : null;
  const [earlier, later] = atSteps === null ? [beside, means] : [read(before, atSteps), read(after, atSteps)];
  if (!earlier.ok) return earlier;
  if (!later.ok) return later;
  const keys = new Set(later.value.series.map(({ labels }) => seriesKey(labels)));
  const series = later.value.series.map((one): ComparedSeries => {
    const was = sameSeries(earlier.value, one) ?? { timestamps: [], values: [] };
    const name = nameOf(query, one);
    const unit = reads.unitOf?.(name) ?? "";
    return { labels: one.labels, ...comparePeriods(was, one, name, ["before", "after"], meansOfMs(later.value), unit) };
  });
  const gone = earlier.value.series.filter(({ labels }) => !keys.has(seriesKey(labels)));
  const missing = gone.map(({ labels }): ComparedSeries => ({
    labels,
    refused: { code: "gone", reason: `${formatLabels(labels)} was there before and has no samples in the later period.` },
  }));
  const sureness = (one: ComparedSeries): number => ("refused" in one ? 2 : one.pValue);
  return ok({
    query: later.value.query,
    before,
    after,
    step: later.value.stepMs,
    series: [...series, ...missing].toSorted((a, b) => sureness(a) - sureness(b)),
  });
}

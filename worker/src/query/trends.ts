import type { CompareQuestion, CompareResponse, TrendQuestion, TrendResponse } from "@sightline/shared/api/analyses";
import { formatLabels, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { BaselineComparison, ComparedSeries, Comparison, Refusal, TrendSeries } from "@sightline/shared/model/trend";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { comparePeriods } from "@sightline/shared/trend/compare-periods";
import { trend } from "@sightline/shared/trend/trend";
import { type History, readHistory } from "./history.ts";
import type { QuerySource } from "./query-source.ts";

const DAY = 86_400_000;
const POINTS = 360;
const MAX_SERIES = 50;

const nameOf = (query: string, { labels }: MatrixSeries): string => labels["__name__"] ?? query;

/** Trends of every series of an expression, with what it was in the same hours a day and a week before. Failures: those of a query, `limit`. */
export function trendQuery(reads: QuerySource, question: TrendQuestion): Result<TrendResponse> {
  const { startMs, endMs, sinceMs } = question;
  const now = readHistory(reads, { ...question, points: POINTS, maxSeries: MAX_SERIES });
  if (!now.ok) return now;
  const { query, stepMs } = now.value;
  const baselines: { name: BaselineComparison["baseline"]; history: History }[] = [];
  for (const [name, backMs] of [
    ["day before", DAY],
    ["week before", 7 * DAY],
  ] as const) {
    if (endMs - startMs > backMs) continue;
    const back = { query: question.query, startMs: now.value.startMs - backMs, endMs: now.value.endMs - backMs };
    const before = readHistory(reads, { ...back, points: POINTS, maxSeries: MAX_SERIES, like: now.value });
    if (!before.ok) return before;
    baselines.push({ name, history: before.value });
  }
  const series = now.value.series.map((one): TrendSeries => {
    const name = nameOf(query, one);
    const found = trend({ timestamps: one.timestamps, values: one.values, name });
    if ("refused" in found) return { labels: one.labels, ...found };
    const compared = baselines.flatMap(({ name: baseline, history }): BaselineComparison[] => {
      const before = sameSeries(history, one);
      const answer = before === undefined ? null : comparePeriods(before, one, name, [`the ${baseline}`, "now"]);
      return answer === null || "refused" in answer ? [] : [{ baseline, ...answer }];
    });
    return {
      labels: one.labels,
      ...found,
      baselines: compared,
      ...(sinceMs === undefined ? {} : { sinceDeploy: split(one, sinceMs, name) }),
    };
  });
  return ok({ query, start: now.value.startMs, end: now.value.endMs, step: stepMs, series });
}

const sameSeries = ({ series }: History, one: MatrixSeries): MatrixSeries | undefined => {
  const key = seriesKey(one.labels);
  return series.find(({ labels }) => seriesKey(labels) === key);
};

function split({ timestamps, values }: MatrixSeries, atMs: number, name: string): Comparison | Refusal {
  const at = timestamps.findIndex((t) => t >= atMs);
  const cut = at === -1 ? timestamps.length : at;
  const before = { timestamps: timestamps.slice(0, cut), values: values.slice(0, cut) };
  const after = { timestamps: timestamps.slice(cut), values: values.slice(cut) };
  return comparePeriods(before, after, name, ["before the deploy", "since the deploy"]);
}

/** Every series of an expression in one period against another. Failures: those of a query, `limit`. */
export function compareQuery(reads: QuerySource, { query, before, after }: CompareQuestion): Result<CompareResponse> {
  const later = readHistory(reads, { query, startMs: after.start, endMs: after.end, points: POINTS, maxSeries: 2 * MAX_SERIES });
  if (!later.ok) return later;
  const limits = { points: POINTS, maxSeries: 2 * MAX_SERIES };
  const earlier = readHistory(reads, { query, startMs: before.start, endMs: before.end, ...limits, like: later.value });
  if (!earlier.ok) return earlier;
  const keys = new Set(later.value.series.map(({ labels }) => seriesKey(labels)));
  const series = later.value.series.map((one): ComparedSeries => {
    const was = sameSeries(earlier.value, one) ?? { timestamps: [], values: [] };
    return { labels: one.labels, ...comparePeriods(was, one, nameOf(query, one), ["before", "after"]) };
  });
  const gone = earlier.value.series.filter(({ labels }) => !keys.has(seriesKey(labels)));
  const missing = gone.map(({ labels }): ComparedSeries => ({
    labels,
    refused: { code: "gone", reason: `${formatLabels(labels)} was there before and has no samples in the later period.` },
  }));
  const sureness = (one: ComparedSeries): number => ("refused" in one ? 2 : one.pValue);
  return ok({ query: later.value.query, before, after, series: [...series, ...missing].toSorted((a, b) => sureness(a) - sureness(b)) });
}

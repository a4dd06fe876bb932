import type { CorrelateQuestion, CorrelateResponse } from "@sightline/shared/api/analyses";
import { correlate, type SteppedSeries } from "@sightline/shared/correlation/correlate";
import { whyUnanswered } from "@sightline/shared/correlation/why-unanswered";
import { formatLabels, type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { type History, readHistory } from "./history.ts";
import { warnIfNone } from "./no-series.ts";
import type { QuerySource } from "./query-source.ts";

const POINTS = 240;
const MAX_SERIES = 20;
const MOST_LAG = 12;
const MOST_PAIRS_TOLD = 100;

/** Which series of two expressions move together, over lags of up to 12 steps. Failures: those of a query, `limit`. */
export function correlateQuery(reads: QuerySource, question: CorrelateQuestion): Result<CorrelateResponse> {
  const range = { startMs: question.startMs, endMs: question.endMs, points: POINTS, maxSeries: MAX_SERIES };
  const first = readHistory(reads, { query: question.query, ...range });
  if (!first.ok) return first;
  const second = readHistory(reads, { query: question.with, ...range });
  if (!second.ok) return second;
  const stepMs = Math.max(first.value.stepMs, second.value.stepMs);
  const startMs = Math.ceil(Math.max(first.value.startMs, second.value.startMs) / stepMs) * stepMs;
  const steps = {
    startMs,
    stepMs,
    count: Math.max(0, Math.floor((Math.min(first.value.endMs, second.value.endMs) - startMs) / stepMs) + 1),
  };
  const [one, two] = [stepped(first.value, steps), stepped(second.value, steps)];
  const pairs = correlate(one, two, { stepMs, mostLag: MOST_LAG });
  const none = [warnIfNone(question.query, one), warnIfNone(question.with, two)].flatMap(({ warnings = [] }) => warnings);
  const warnings = none.length > 0 ? none : whyUnanswered(one, two, pairs.length);
  return ok({
    start: Math.min(startMs, question.endMs),
    end: question.endMs,
    step: stepMs,
    pairs: pairs.slice(0, MOST_PAIRS_TOLD),
    tried: first.value.series.length * second.value.series.length,
    ...(warnings.length === 0 ? {} : { warnings }),
  });
}

/** The mean of what lies in each step, up to its end. */
function stepped(
  { query, series, ...read }: History,
  { startMs, stepMs, count }: { startMs: number; stepMs: number; count: number },
): SteppedSeries[] {
  const nameOf = (labels: Labels): string => {
    if (labels[METRIC_NAME] !== undefined) return formatLabels(labels);
    return series.length === 1 ? query : `${query} ${formatLabels(labels)}`;
  };
  const coversMs = read.coversMs + stepMs - read.stepMs;
  return series.map(({ labels, timestamps, values }) => {
    const sum = new Float64Array(count);
    const points = new Float64Array(count);
    for (let i = 0; i < timestamps.length; i++) {
      const at = Math.ceil(((timestamps[i] ?? 0) - startMs) / stepMs);
      const value = values[i] ?? Number.NaN;
      if (at < 0 || at >= count || !Number.isFinite(value)) continue;
      sum[at] = (sum[at] ?? 0) + value;
      points[at] = (points[at] ?? 0) + 1;
    }
    return { name: nameOf(labels), labels, y: sum.map((total, at) => total / (points[at] ?? 0)), coversMs };
  });
}

import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { Evaluation } from "../rules/api.ts";
import type { PlanLog } from "../shard/plan-log.ts";

/** Anomalies that were told, by the keys of their series, the oldest first. */
export type ToldAnomalies = ReadonlyMap<string, readonly Anomaly[]>;

export type JudgedPoint = Pick<Anomaly, "t" | "expected" | "lower" | "upper" | "score">;

/** More metrics than this are looked for in one go. */
const FEW_METRICS = 4;
/** To look up a series by its labels, and to sort one point in. */
const KEY_NS = 1500;
const POINT_NS = 300;

/** The metrics by which what was told of series is looked for: of many, in one go, any. */
export function metricsOf(series: readonly Labels[]): readonly (string | undefined)[] {
  const metrics = [...new Set(series.map((labels) => labels[METRIC_NAME] ?? ""))];
  return metrics.length > FEW_METRICS ? [undefined] : metrics;
}

/** Those of the series, later than `startMs`, at `endMs` at the latest. */
export function* toldOf(
  plans: Pick<PlanLog, "toldStepwise">,
  series: readonly Labels[],
  startMs: number,
  endMs: number,
  pace: Pace,
): Stepwise<ToldAnomalies> {
  const told = new Map<string, Anomaly[]>();
  for (const metric of metricsOf(series)) {
    for (const anomaly of yield* plans.toldStepwise(startMs, endMs, pace, metric)) {
      const key = seriesKey(anomaly.labels);
      const ofSeries = told.get(key);
      if (ofSeries === undefined) told.set(key, [anomaly]);
      else ofSeries.push(anomaly);
      if (pace.spend(KEY_NS)) yield;
    }
  }
  return told;
}

/** Points in the order of their times, with what was told of a time in the place of whatever else is said of it. */
export function withTold<Point extends JudgedPoint>(points: readonly Point[], told: readonly Point[] | undefined): readonly Point[] {
  if (told === undefined) return points;
  const byTime = new Map([...points, ...told].map((point) => [point.t, point]));
  return [...byTime.values()].sort((a, b) => a.t - b.t);
}

/** The expected ranges of series from `startMs` to `endMs`, both included: of the times of anomalies what was told. */
export function* toldRanges(
  evaluation: Pick<Evaluation, "expectedRanges">,
  plans: Pick<PlanLog, "toldStepwise">,
  series: readonly Labels[],
  startMs: number,
  endMs: number,
  pace: Pace,
): Stepwise<readonly ExpectedRange[]> {
  const told = yield* toldOf(plans, series, startMs - 1, endMs, pace);
  const ranges: ExpectedRange[] = [];
  for (const range of yield* evaluation.expectedRanges(series, startMs, endMs, pace)) {
    const anomalies = told.get(seriesKey(range.labels));
    ranges.push(anomalies === undefined ? range : rangeWithTold(range, anomalies));
    if (pace.spend(KEY_NS + (anomalies === undefined ? 0 : range.t.length * POINT_NS))) yield;
  }
  return ranges;
}

function rangeWithTold(range: ExpectedRange, anomalies: readonly Anomaly[]): ExpectedRange {
  const points = range.t.map((t, i): JudgedPoint => ({
    t,
    expected: range.expected[i] ?? Number.NaN,
    lower: range.lower[i] ?? Number.NaN,
    upper: range.upper[i] ?? Number.NaN,
    score: range.score[i] ?? Number.NaN,
  }));
  const all = withTold<JudgedPoint>(points, anomalies);
  return {
    labels: range.labels,
    t: all.map(({ t }) => t),
    expected: all.map(({ expected }) => expected),
    lower: all.map(({ lower }) => lower),
    upper: all.map(({ upper }) => upper),
    score: all.map(({ score }) => score),
  };
}

import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { type Labels, METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Evaluation } from "../rules/api.ts";
import type { PlanLog } from "../shard/plan-log.ts";

/** Anomalies that were told, by the keys of their series, the oldest first. */
export type ToldAnomalies = ReadonlyMap<string, readonly Anomaly[]>;

export type JudgedPoint = Pick<Anomaly, "t" | "expected" | "lower" | "upper" | "score">;

/** More metrics than this are looked for in one go. */
const FEW_METRICS = 4;

/** Those of the series, later than `startMs`, at `endMs` at the latest. */
export function toldOf(plans: Pick<PlanLog, "told">, series: readonly Labels[], startMs: number, endMs: number): ToldAnomalies {
  const metrics = [...new Set(series.map((labels) => labels[METRIC_NAME] ?? ""))];
  const told = metrics.length > FEW_METRICS ? plans.told(startMs, endMs) : metrics.flatMap((metric) => plans.told(startMs, endMs, metric));
  return Map.groupBy(told, ({ labels }) => seriesKey(labels));
}

/** Points in the order of their times, with what was told of a time in the place of whatever else is said of it. */
export function withTold<Point extends JudgedPoint>(points: readonly Point[], told: readonly Point[] | undefined): readonly Point[] {
  if (told === undefined) return points;
  const byTime = new Map([...points, ...told].map((point) => [point.t, point]));
  return [...byTime.values()].sort((a, b) => a.t - b.t);
}

/** The expected ranges of series from `startMs` to `endMs`, both included: of the times of anomalies what was told. */
export function toldRanges(
  evaluation: Pick<Evaluation, "expectedRanges">,
  plans: Pick<PlanLog, "told">,
  series: readonly Labels[],
  startMs: number,
  endMs: number,
): readonly ExpectedRange[] {
  const told = toldOf(plans, series, startMs - 1, endMs);
  return evaluation.expectedRanges(series, startMs, endMs).map((range) => {
    const anomalies = told.get(seriesKey(range.labels));
    if (anomalies === undefined) return range;
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
  });
}

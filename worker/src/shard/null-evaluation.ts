import type { SeriesStats } from "@sightline/shared/api/responses";
import type { Evaluation, EvaluationPlan } from "../rules/api.ts";

export const EMPTY_PLAN: EvaluationPlan = { transitions: [], states: [], anomalies: [] };

const NOTHING: SeriesStats = {
  labels: {},
  count: 0,
  min: NaN,
  max: NaN,
  mean: NaN,
  median: NaN,
  stddev: NaN,
  p50: NaN,
  p90: NaN,
  p95: NaN,
  p99: NaN,
  ratePerSecond: 0,
  ratePerMinute: 0,
  current: NaN,
};

/** For `--store-only`: a pure storage node has no windows, rules or detectors. */
export const nullEvaluation = (): Evaluation => ({
  configure: () => EMPTY_PLAN,
  addSeries: () => undefined,
  observe: () => undefined,
  observeColumns: () => undefined,
  observeHistogram: () => undefined,
  finish: () => EMPTY_PLAN,
  tick: () => EMPTY_PLAN,
  nextTickAt: () => null,
  stats: () => NOTHING,
  expected: () => null,
  expectedRange: (labels) => ({ labels, t: [], expected: [], lower: [], upper: [], score: [] }),
  slos: () => [],
  sliBuckets: () => [],
  active: () => [],
  snapshot: () => new Uint8Array(),
  restore: () => true,
});

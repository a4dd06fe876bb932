import type { Evaluation, EvaluationPlan } from "../rules/api.ts";

export const EMPTY_PLAN: EvaluationPlan = { transitions: [], states: [], anomalies: [] };

/** For `--store-only`: a pure storage node has no rules, SLOs or detectors. */
export const nullEvaluation = (): Evaluation => ({
  configure: () => EMPTY_PLAN,
  addSeries: () => undefined,
  learn: () => undefined,
  observe: () => undefined,
  observeColumns: () => undefined,
  observeHistogram: () => undefined,
  finish: () => EMPTY_PLAN,
  tickReads: () => null,
  *tick() {
    yield* [];
    return EMPTY_PLAN;
  },
  nextTickAt: () => null,
  expected: () => null,
  stepMs: () => 0,
  judgedAs: () => undefined,
  said: () => [],
  rich: () => [],
  *expectedRanges(series) {
    yield* [];
    return series.map((labels) => ({ labels, t: [], expected: [], lower: [], upper: [], score: [] }));
  },
  handDetectors: () => new Uint8Array(),
  takeDetectors: () => [],
  awaitSeries: () => undefined,
  awaited: () => [],
  awaitLonger: () => undefined,
  letGoAlerts: () => undefined,
  handAlerts: () => [],
  takeAlerts: () => EMPTY_PLAN,
  slos: () => [],
  sliBuckets: () => [],
  active: () => [],
  faults: () => [],
  evaluations: () => [],
  snapshots: { count: 0, isWhole: true, write: () => new Uint8Array() },
  restore: () => true,
});

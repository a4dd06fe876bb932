/**
 * What a rule would have told of a past: the same programs, the same state machine and the same times as when it is
 * evaluated live, over columns read from storage. In steps, so that whoever runs it can let others go first in between.
 */
import type { AlertRule } from "../../model/rule.ts";
import { seriesKey } from "../../model/labels.ts";
import { type Result, ok } from "../../model/result.ts";
import type { MatrixSeries, QueryParams, Select, SelectRequest } from "../../promql/api.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Expr } from "../../promql/ast.ts";
import { evaluate } from "../../promql/engine.ts";
import type { PrometheusTemplatePorts } from "../../template/prometheus-functions.ts";
import { templatePorts } from "../evaluate-group.ts";
import { thresholdComparison } from "../expression-forms.ts";
import { type GroupTerms, type RulePlan, planInGroup } from "../rule-plan.ts";
import type { StreamingPlan } from "../streaming/judge-series.ts";
import { LOOKBACK_MS, ProgramRunner } from "../streaming/program-runner.ts";
import type { Episode } from "./episodes.ts";
import { IntervalHistory } from "./interval-history.ts";
import { SeriesHistory } from "./streaming-history.ts";

export interface Backtest extends GroupTerms {
  readonly rule: AlertRule;
  /** Of the rule's group, ms. */
  readonly intervalMs: number;
  /** Ms, both ends included. Evaluations on the interval begin at `startMs`. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Read and evaluated between two yields, ms of history: at first, and at most. Storage keeps days, so that a whole one is read once. */
const FIRST_STEP_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Samples or values that one step should touch. */
const VALUES_PER_STEP = 2_000_000;
/** Outcomes that "M of N" may look back for, as at ingest. */
const OUTCOMES_MS = 3_600_000;

/** What the query of a label asks at one time; `whole` is the same of all times of the past, for who would rather read it once. */
export type SelectForLabels = (request: SelectRequest, whole: SelectRequest) => readonly SelectedSeries[];

/**
 * When its evaluations from `fromMs` on read. Live they lie on the samples that rules beside it record, here on multiples of the interval: of those the
 * newest is looked back on.
 */
export function evaluationTimes({ intervalMs, queryOffsetMs = 0, recorded }: Backtest, fromMs: number, count: number): QueryParams {
  const startMs = fromMs - queryOffsetMs;
  const looksBack = recorded === undefined || recorded.size === 0 ? {} : { lookbackMs: Math.max(LOOKBACK_MS, intervalMs) };
  return { startMs, endMs: startMs + (count - 1) * intervalMs, stepMs: intervalMs, ...looksBack };
}

/** Episodes in order of firing. Fails as the engine does, and throws what `select` throws. */
export function* backtestRule(
  test: Backtest,
  select: Select,
  selectForLabels: SelectForLabels = select,
): Generator<void, Result<readonly Episode[]>, void> {
  const planned = planInGroup(test.rule, test);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const episodes: Episode[] = [];
  const { program, ofHistograms } = plan;
  let left: RulePlan | null = plan;
  if (program !== null) {
    const histograms = yield* overSamples(test, { ...plan, program }, select, episodes);
    left = histograms ? ofHistograms : null;
  }
  const failure = left === null ? null : yield* overInterval(test, left, select, selectForLabels, episodes);
  return failure ?? ok(episodes.sort((a, b) => a.firedAt - b.firedAt));
}

/** Whether a greater value is the worse one. */
const worseAbove = (plan: RulePlan): boolean => thresholdComparison(plan.expr)?.op.startsWith("<") !== true;

/** From when on samples are read for a program, so that it knows at `startMs` what it would have known. */
export const firstRead = ({ program: { rangeMs }, mOfN }: StreamingPlan, startMs: number): number =>
  startMs - 1 - Math.max(rangeMs, LOOKBACK_MS) - (mOfN === null ? 0 : OUTCOMES_MS);

/** Whether there were native histograms among them, which no program reads. */
function* overSamples(
  { rule, intervalMs, startMs, endMs }: Backtest,
  plan: StreamingPlan,
  select: Select,
  out: Episode[],
): Generator<void, boolean, void> {
  let histograms = false;
  const { matchers } = plan.program;
  const runner = new ProgramRunner();
  const histories = new Map<string, SeriesHistory>();
  const above = worseAbove(plan);
  let from = firstRead(plan, startMs);
  let stepMs = FIRST_STEP_MS;
  while (from < endMs) {
    const to = Math.min(endMs, stepEnd(from, stepMs));
    let samples = 0;
    for (const series of select({ matchers, startMs: from, endMs: to })) {
      histograms ||= series.histograms !== undefined;
      const key = seriesKey(series.labels);
      let history = histories.get(key);
      if (history === undefined)
        histories.set(key, (history = new SeriesHistory(runner, series.labels, rule, intervalMs, plan, above, out)));
      history.run(series, startMs);
      samples += series.timestamps.length;
    }
    stepMs = stepFor(to - from, samples);
    from = to;
    if (from < endMs) yield;
  }
  for (const history of histories.values()) history.finish(endMs);
  return histograms;
}

function* overInterval(
  test: Backtest,
  plan: RulePlan,
  select: Select,
  selectForLabels: SelectForLabels,
  out: Episode[],
): Generator<void, Result<never> | null, void> {
  const { rule, intervalMs, startMs, endMs, limit = 0, queryOffsetMs = 0 } = test;
  const templatesAt = (atMs: number): PrometheusTemplatePorts => {
    const whole = (asked: SelectRequest): SelectRequest => ({
      ...asked,
      startMs: asked.startMs - (atMs - startMs),
      endMs: asked.endMs + (endMs - atMs),
    });
    return templatePorts((asked) => selectForLabels(asked, whole(asked)), atMs - queryOffsetMs, "");
  };
  const history = new IntervalHistory(rule, plan, worseAbove(plan), out, templatesAt);
  let count = Math.max(1, Math.floor(FIRST_STEP_MS / intervalMs));
  for (let from = startMs; from <= endMs;) {
    const steps = Math.min(count, Math.floor((endMs - from) / intervalMs) + 1);
    const times = evaluationTimes(test, from, steps);
    const ask = (expr: Expr | null): Result<readonly MatrixSeries[] | null> => {
      if (expr === null) return ok(null);
      const result = evaluate(expr, times, select);
      if (!result.ok) return result;
      const { value } = result.value;
      return ok(value.type === "matrix" ? value.series.map((series) => later(series, queryOffsetMs)) : []);
    };
    const [found, present, held] = [ask(plan.expr), ask(plan.presence), ask(plan.hold)];
    if (!found.ok) return found;
    if (!present.ok) return present;
    if (!held.ok) return held;
    const within = limit > 0 ? withoutExcess(found.value ?? [], limit) : (found.value ?? []);
    history.run({ found: within, present: present.value, held: held.value }, from, intervalMs, steps);
    const values = Math.max(1, history.alerts, present.value?.length ?? 0) * steps;
    count = Math.max(1, Math.floor(stepFor(steps * intervalMs, values) / intervalMs));
    from += steps * intervalMs;
    if (from <= endMs) yield;
  }
  history.finish();
  return null;
}

/** What was read at an offset is judged at the times at which it was due. */
function later(series: MatrixSeries, ms: number): MatrixSeries {
  return ms === 0 ? series : { ...series, timestamps: Float64Array.from(series.timestamps, (t) => t + ms) };
}

/** Of an evaluation that gives more than the group's limit nothing is left. */
function withoutExcess(found: readonly MatrixSeries[], limit: number): readonly MatrixSeries[] {
  const counts = new Map<number, number>();
  for (const { timestamps } of found)
    for (let i = 0; i < timestamps.length; i++) counts.set(timestamps[i]!, (counts.get(timestamps[i]!) ?? 0) + 1);
  return found.map(({ labels, timestamps, values, histograms }) => {
    const kept = Array.from(timestamps, (_, i) => i).filter((i) => counts.get(timestamps[i]!)! <= limit);
    return {
      labels,
      timestamps: kept.map((i) => timestamps[i]!),
      values: kept.map((i) => values[i]!),
      ...(histograms === undefined ? {} : { histograms: kept.map((i) => histograms[i]) }),
    };
  });
}

/** The length of the next step, from what one of `tookMs` touched. */
const stepFor = (tookMs: number, values: number): number =>
  Math.min(DAY_MS, Math.max(60_000, Math.floor((tookMs * VALUES_PER_STEP) / Math.max(1, values))));

/** Not beyond the end of a day. */
function stepEnd(fromMs: number, stepMs: number): number {
  // A step takes what is newer than its start: one that ends with a day's last ms begins the next day.
  const dayEnd = (Math.floor((fromMs + 1) / DAY_MS) + 1) * DAY_MS - 1;
  return Math.min(fromMs + stepMs, dayEnd);
}

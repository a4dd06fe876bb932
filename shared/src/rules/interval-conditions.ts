/**
 * What an evaluation of a rule on its interval says to each of its alerts, once recovery, M of the last N and gaps are
 * considered. What it remembers follows from the samples and is made anew from them after a restart.
 */
import type { AlertObservation } from "../alerting/alert-state.ts";
import { type Labels, seriesKey } from "../model/labels.ts";
import type { MatrixSeries } from "../promql/api.ts";
import type { Expr } from "../promql/ast.ts";
import type { Stepwise } from "../promql/evaluation/pace.ts";
import { sourceKey } from "./alerts-of-series.ts";
import { type EvaluationMemory, evaluationMemory, judgeEvaluation } from "./judge-evaluation.ts";
import type { RulePlan } from "./rule-plan.ts";

/** A result of the rule's expression. */
export interface FoundSeries {
  readonly labels: Labels;
  readonly value: number;
}

export interface OpenAlert {
  /** Labels of the result it was raised for. */
  readonly source: Labels;
  readonly firing: boolean;
}

export interface ConditionPorts {
  /** What an expression gives at the time of evaluation, labels without the name; null when it cannot be evaluated. */
  readonly at: (expr: Expr) => Stepwise<readonly FoundSeries[] | null>;
  /** The same over a time before, both ends included. */
  readonly over: (question: Question) => Stepwise<readonly MatrixSeries[] | null>;
}

/** An expression and the times it is asked at, ms. */
export interface Question {
  readonly expr: Expr;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface Verdict {
  readonly source: Labels;
  readonly observation: AlertObservation;
}

interface Remembered extends EvaluationMemory {
  readonly source: Labels;
}

/** Looks back over at most this many evaluations for series that were there. */
const MOST_STEPS_BACK = 240;

export class IntervalConditions {
  readonly #plan: RulePlan;
  readonly #intervalMs: number;
  readonly #memory = new Map<string, Remembered>();
  #began = false;

  constructor(plan: RulePlan, intervalMs: number) {
    this.#plan = plan;
    this.#intervalMs = intervalMs;
  }

  /** Everything that `judge` may ask at `t`, for those who must read it beforehand. */
  questions(t: number): readonly Question[] {
    const { hold, presence } = this.#plan;
    const now = [hold, presence].flatMap((expr) => (expr === null ? [] : [{ expr, startMs: t, endMs: t, stepMs: 0 }]));
    const before = this.#began ? [] : [this.#outcomesBefore(t), this.#presenceBefore(t)].filter((question) => question !== null);
    return [...now, ...before];
  }

  /**
   * `found`: what the rule's expression gives at `t`; `open`: alerts that are pending or firing. Either may have the name of a metric, which a
   * verdict on it has then, and which tells no two apart. Everything is asked before anything is remembered.
   */
  *judge(found: readonly FoundSeries[], open: readonly OpenAlert[], t: number, ports: ConditionPorts): Stepwise<Verdict[]> {
    const { onGap, hold, presence } = this.#plan;
    const before = this.#began ? new Map<string, Remembered>() : yield* this.#past(t, ports);
    const now = new Map(found.map((one) => [sourceKey(one.labels), one]));
    const alerts = new Map(open.map((alert) => [sourceKey(alert.source), alert]));
    const silent = [...this.#memory.keys(), ...before.keys(), ...alerts.keys()].some((key) => !now.has(key));
    const asked = presence !== null && (silent || onGap === "fire") ? yield* ports.at(presence) : null;
    const held = hold !== null && open.some(({ firing }) => firing) ? yield* ports.at(hold) : null;
    for (const [key, one] of before) this.#memory.set(key, one);
    this.#began = true;
    const present = asked === null ? null : new Set(asked.map(({ labels }) => seriesKey(labels)));
    const holding = new Map(held?.map((one) => [seriesKey(one.labels), one.value]));
    const verdicts: Verdict[] = [];
    const fires = onGap === "fire" ? (asked ?? []).map(({ labels }) => seriesKey(labels)) : [];
    const others = new Map((asked ?? []).map(({ labels }) => [seriesKey(labels), labels]));
    for (const key of new Set([...now.keys(), ...fires, ...alerts.keys(), ...this.#memory.keys()])) {
      const alert = alerts.get(key);
      const source = now.get(key)?.labels ?? alert?.source ?? this.#memory.get(key)?.source ?? others.get(key) ?? {};
      const memory = this.#memory.get(key) ?? { source, ...evaluationMemory() };
      const openness = alert === undefined ? "none" : alert.firing ? "firing" : "pending";
      // A question that has no answer tells of no gap.
      const isThere = present?.has(key) ?? true;
      const observation = judgeEvaluation(this.#plan, memory, now.get(key)?.value ?? null, isThere, holding.get(key) ?? null, t, openness);
      const worthKeeping = onGap === "fire" ? observation !== null : memory.outcomes !== 0;
      if (worthKeeping) this.#memory.set(key, memory);
      else this.#memory.delete(key);
      if (observation !== null) verdicts.push({ source, observation });
    }
    return verdicts;
  }

  /** What would be remembered had the rule been evaluated on its interval before `t`. */
  *#past(t: number, ports: ConditionPorts): Stepwise<Map<string, Remembered>> {
    const past = new Map<string, Remembered>();
    const entry = ({ labels }: MatrixSeries): Remembered => {
      const key = seriesKey(labels);
      let found = past.get(key);
      if (found === undefined) past.set(key, (found = { source: labels, ...evaluationMemory() }));
      return found;
    };
    const outcomes = this.#outcomesBefore(t);
    for (const series of outcomes === null ? [] : ((yield* ports.over(outcomes)) ?? [])) {
      const remembered = entry(series);
      series.timestamps.forEach((at, i) => {
        remembered.outcomes |= 1 << Math.round((t - this.#intervalMs - at) / this.#intervalMs);
        remembered.value = series.values[i] ?? 0;
      });
    }
    const presence = this.#presenceBefore(t);
    for (const series of presence === null ? [] : ((yield* ports.over(presence)) ?? []))
      entry(series).presentAt = series.timestamps.at(-1) ?? 0;
    return past;
  }

  #outcomesBefore(t: number): Question | null {
    const { mOfN, expr } = this.#plan;
    if (mOfN === null || mOfN.n === 1) return null;
    return { expr, startMs: t - (mOfN.n - 1) * this.#intervalMs, endMs: t - this.#intervalMs, stepMs: this.#intervalMs };
  }

  #presenceBefore(t: number): Question | null {
    const { onGap, presence, gapLimitMs } = this.#plan;
    if (onGap !== "fire" || presence === null) return null;
    const stepMs = Math.max(this.#intervalMs, Math.ceil(gapLimitMs / MOST_STEPS_BACK));
    return { expr: presence, startMs: t - Math.floor(gapLimitMs / stepMs) * stepMs, endMs: t, stepMs };
  }
}

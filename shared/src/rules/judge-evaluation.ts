/** One series in one evaluation of a rule that runs on its interval and says more than its expression. */
import type { AlertObservation } from "../alerting/alert-state.ts";
import { reaches, withOutcome } from "./outcomes.ts";
import type { RulePlan } from "./rule-plan.ts";
import type { Openness } from "./streaming/judge-series.ts";

export interface EvaluationMemory {
  /** See outcomes.ts. */
  outcomes: number;
  /** Of the newest breach. */
  value: number;
  /** Of the newest evaluation that had data of it, ms; 0 before any. */
  presentAt: number;
}

export const evaluationMemory = (): EvaluationMemory => ({ outcomes: 0, value: 0, presentAt: 0 });

/**
 * `found`: what the rule's expression gives, `held` what still keeps it firing, null for nothing; `present`: whether there
 * are data at all. Null: it has been gone for so long that it is to be forgotten.
 */
export function judgeEvaluation(
  { mOfN, onGap, gapLimitMs }: RulePlan,
  memory: EvaluationMemory,
  found: number | null,
  present: boolean,
  held: number | null,
  t: number,
  alert: Openness,
): AlertObservation | null {
  const breaches = found !== null;
  if (breaches) memory.value = found;
  if (breaches || present) {
    memory.presentAt = t;
    if (mOfN !== null) memory.outcomes = withOutcome(memory.outcomes, mOfN, breaches);
  } else if (onGap !== "resolve") {
    const over = onGap === "fire" && alert === "none" && t - memory.presentAt >= gapLimitMs;
    if (!over) return { active: false, gap: true, value: memory.value, at: t };
    memory.outcomes = 0;
    return null;
  } else memory.outcomes = 0;
  const active = mOfN === null ? breaches : reaches(memory.outcomes, mOfN);
  const holds = !active && alert === "firing" && held !== null;
  return { active, holds, value: holds ? held : memory.value, at: t };
}

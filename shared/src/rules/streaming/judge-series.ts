/** One series seen by a rule that says more than its expression: recovery, M of the last N, gaps. */
import type { AlertObservation } from "../../alerting/alert-state.ts";
import { reaches, withOutcome } from "../outcomes.ts";
import type { RulePlan } from "../rule-plan.ts";
import { type ProgramInput, type SeriesProgram, runProgram } from "./compile.ts";

/** Kept with the series and made anew from its stored samples; nothing of it is saved. */
export interface SeriesMemory {
  /** See outcomes.ts. */
  outcomes: number;
  /** Of the newest breach. */
  value: number;
  /** Whether there have been data: a series of which there never were any has no gap. */
  seen: boolean;
  /** Since when there are none, as first seen, ms. */
  missingSince: number | null;
}

export const seriesMemory = (): SeriesMemory => ({ outcomes: 0, value: 0, seen: false, missingSince: null });

export type StreamingPlan = RulePlan & { readonly program: SeriesProgram };

/** What is known of the series' alert. */
export type Openness = "none" | "pending" | "firing";

/** `isSample`: at a new sample of the series, not between two. */
export function judgeSeries(
  plan: StreamingPlan,
  memory: SeriesMemory,
  input: ProgramInput,
  at: number,
  isSample: boolean,
  alert: Openness,
): AlertObservation {
  const { mOfN, onGap } = plan;
  const result = runProgram(plan.program, input, at);
  if (input.missing) {
    memory.missingSince ??= at;
    const over = alert === "none" && (!memory.seen || at - memory.missingSince >= plan.gapLimitMs);
    if (onGap === "resolve" || (onGap === "fire" && over)) memory.outcomes = 0;
    return { active: false, gap: onGap !== "resolve" && !over, value: memory.value, at };
  }
  memory.missingSince = null;
  memory.seen = true;
  const breaches = !input.absent;
  if (breaches) memory.value = result;
  if (mOfN !== null && isSample) memory.outcomes = withOutcome(memory.outcomes, mOfN, breaches);
  if (mOfN === null ? breaches : reaches(memory.outcomes, mOfN)) return { active: true, value: memory.value, at };
  if (alert !== "firing" || plan.holdProgram === null) return { active: false, value: memory.value, at };
  const held = runProgram(plan.holdProgram, input, at);
  return { active: false, holds: !input.absent, value: held, at };
}

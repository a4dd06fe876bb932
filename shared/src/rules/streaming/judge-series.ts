/** One series seen by a rule that says more than its expression: recovery, M of the last N, gaps. */
import type { AlertObservation } from "../../alerting/alert-state.ts";
import { reaches, withOutcome } from "../outcomes.ts";
import type { RulePlan } from "../rule-plan.ts";
import type { SeriesProgram } from "./compile.ts";
import type { ProgramRunner } from "./program-runner.ts";

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

/** Of the series that `runner` sought last. `isSample`: at a new sample of the series, not between two. */
export function judgeSeries(
  plan: StreamingPlan,
  memory: SeriesMemory,
  runner: ProgramRunner,
  at: number,
  isSample: boolean,
  alert: Openness,
): AlertObservation {
  const { mOfN, onGap } = plan;
  const result = runner.run(plan.program.code, 0, at);
  if (runner.missing) {
    memory.missingSince ??= at;
    const over = alert === "none" && (!memory.seen || at - memory.missingSince >= plan.gapLimitMs);
    if (onGap === "resolve" || (onGap === "fire" && over)) memory.outcomes = 0;
    return { active: false, gap: onGap !== "resolve" && !over, value: memory.value, at };
  }
  memory.missingSince = null;
  memory.seen = true;
  const breaches = !runner.absent;
  if (breaches) memory.value = result;
  if (mOfN !== null && isSample) memory.outcomes = withOutcome(memory.outcomes, mOfN, breaches);
  if (mOfN === null ? breaches : reaches(memory.outcomes, mOfN)) return { active: true, value: memory.value, at };
  if (alert !== "firing" || plan.holdProgram === null) return { active: false, value: memory.value, at };
  const held = runner.run(plan.holdProgram.code, 0, at);
  return { active: false, holds: !runner.absent, value: held, at };
}

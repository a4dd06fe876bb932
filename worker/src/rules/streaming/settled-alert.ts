import { type AlertObservation, nextStepAt } from "@sightline/shared/alerting/alert-state";
import type { AlertInstance } from "../alert-book.ts";

/** Nothing has changed that the alert's state would not know. */
export function isSettled({ rule, state }: AlertInstance, observation: AlertObservation, at: number): boolean {
  if (rule === null || (!observation.active && observation.holds !== true)) return false;
  if (state.gapSince !== undefined || state.ceasedAt !== undefined) return false;
  const due = nextStepAt(state, rule.rule);
  return state.state === "firing" || (due !== null && at < due);
}

import type { Alert, AlertStatus, AlertTransition } from "@sightline/shared/model/alert";

/** An alert as the project keeps it; whether it is silenced follows from the silences of the moment. */
export type StoredAlert = Omit<Alert, "silencedUntil">;

/** One episode of an alert: the same rule and labels that fire again next week are another alert. */
export const alertIdOf = (transition: AlertTransition): string => `${transition.fingerprint}-${transition.activeAt.toString(36)}`;

const RANK: Readonly<Record<AlertStatus, number>> = { pending: 0, firing: 1, acknowledged: 1, resolved: 2 };

function opened(transition: AlertTransition, state: AlertStatus): StoredAlert {
  const { rule, labels, annotations, severity, value, threshold, condition, recommendations, activeAt, at } = transition;
  const firedAt = state === "firing" ? at : state === "resolved" && transition.from === "firing" ? activeAt : null;
  return {
    id: alertIdOf(transition),
    name: rule,
    severity,
    state,
    value,
    threshold,
    condition,
    labels,
    annotations,
    activeAt,
    firedAt,
    acknowledgedBy: null,
    acknowledgedAt: null,
    resolvedAt: state === "resolved" ? at : null,
    recommendations,
  };
}

/**
 * Applies one step reported by a shard. Steps arrive at least once and in any order; a state never goes back within an
 * episode, so the result is the same for every order. A pending alert whose condition ended is resolved without having fired.
 */
export function stepAlert(before: StoredAlert | null, transition: AlertTransition): StoredAlert {
  const state: AlertStatus = transition.to === "inactive" ? "resolved" : transition.to;
  if (before === null) return opened(transition, state);
  const firedAt = transition.to === "firing" ? Math.min(before.firedAt ?? transition.at, transition.at) : before.firedAt;
  if (RANK[state] <= RANK[before.state]) {
    // A late report of the firing itself: the estimate made from its resolution gives way to the truth.
    return transition.to === "firing" ? { ...before, firedAt: before.state === "resolved" ? transition.at : firedAt } : before;
  }
  return {
    ...before,
    state,
    value: transition.value,
    severity: transition.severity,
    annotations: transition.annotations,
    recommendations: transition.recommendations,
    firedAt: state === "resolved" && transition.from === "firing" ? (firedAt ?? before.activeAt) : firedAt,
    resolvedAt: state === "resolved" ? transition.at : null,
  };
}

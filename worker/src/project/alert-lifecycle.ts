import { type Alert, type AlertStatus, type AlertTransition, SEVERITIES, type Severity, UNTOUCHED } from "@sightline/shared/model/alert";

/** An alert as the project keeps it; whether it is silenced follows from the silences of the moment. */
export type StoredAlert = Omit<Alert, "silencedUntil">;

/** Without what the pipeline said of it. */
export function unheld<T extends Pick<Alert, "held">>({ held: _held, ...alert }: T): Omit<T, "held"> {
  return alert;
}

/** What holds it is said of one that fires; of any other its state says enough. */
export const heldWhileFiring = (alert: StoredAlert): StoredAlert => (alert.state === "firing" ? alert : unheld(alert));

/** One episode of an alert: the same rule and labels that fire again next week are another alert. */
export const alertIdOf = (transition: Pick<AlertTransition, "fingerprint" | "activeAt">): string =>
  `${transition.fingerprint}-${transition.activeAt.toString(36)}`;

export const fingerprintOf = (alertId: string): string => alertId.slice(0, alertId.lastIndexOf("-"));

const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The step that comes next for an alert nobody acknowledges; what would not raise it is passed over. */
export function nextEscalation(alert: StoredAlert): { readonly at: number; readonly severity: Severity } | null {
  const { firedAt } = alert;
  if (alert.state !== "firing" || firedAt === null) return null;
  const step = alert.escalate?.find(({ severity }) => severityRank(severity) > severityRank(alert.severity));
  return step === undefined ? null : { at: firedAt + step.afterMs, severity: step.severity };
}

/** When time alone changes the alert, ms: its snooze ends, or else its severity rises. A snoozed alert does not escalate. */
export const nextChangeAt = (alert: StoredAlert): number | null => alert.snoozedUntil ?? nextEscalation(alert)?.at ?? null;

const RANK: Readonly<Record<AlertStatus, number>> = { pending: 0, firing: 1, acknowledged: 1, resolved: 2 };

/** What an alert takes over from its newest step, where it says so. */
const carried = (transition: AlertTransition): Pick<Alert, "escalate" | "flapping" | "gap" | "generatorUrl"> => {
  const { escalate, flapping, generatorUrl } = transition;
  return {
    ...(generatorUrl === undefined ? {} : { generatorUrl }),
    ...(escalate === undefined ? {} : { escalate }),
    ...(flapping === undefined ? {} : { flapping }),
    ...gapOf(transition),
  };
};

/** From firing to firing a gap began or ended; any other step tells of one only while it lasts. */
const gapOf = ({ from, to, at, gapSince, lastValueAt }: AlertTransition): Pick<Alert, "gap"> =>
  gapSince === undefined && from !== to ? {} : { gap: { since: gapSince ?? null, lastValueAt: lastValueAt ?? null, at } };

function opened(transition: AlertTransition, state: AlertStatus): StoredAlert {
  const { rule, labels, annotations, severity, value, threshold, condition, recommendations, activeAt, at } = transition;
  const firedAt = state === "firing" ? at : state === "resolved" && transition.from === "firing" ? activeAt : null;
  return {
    id: alertIdOf(transition),
    fingerprint: transition.fingerprint,
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
    ...UNTOUCHED,
    resolvedAt: state === "resolved" ? at : null,
    triggerCount: 0,
    ...carried(transition),
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
  if (transition.from === transition.to) {
    return (before.gap?.at ?? -Infinity) > transition.at ? before : { ...before, ...gapOf(transition) };
  }
  if (RANK[state] <= RANK[before.state]) {
    // A late report of the firing itself: the estimate made from its resolution gives way to the truth.
    return transition.to === "firing" ? { ...before, firedAt: before.state === "resolved" ? transition.at : firedAt } : before;
  }
  return {
    ...before,
    state,
    value: transition.value,
    // What was raised stays raised.
    severity: before.escalated === null ? transition.severity : before.severity,
    annotations: transition.annotations,
    recommendations: transition.recommendations,
    ...carried(transition),
    ...(state === "resolved" ? { snoozedUntil: null } : {}),
    firedAt: state === "resolved" && transition.from === "firing" ? (firedAt ?? before.activeAt) : firedAt,
    resolvedAt: state === "resolved" ? transition.at : null,
  };
}

import type { FleetHost, Snapshot } from "@sightline/shared/api/responses";
import type { Alert, Severity } from "@sightline/shared/model/alert";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import type { SloStatus } from "@sightline/shared/model/slo";

/** What each rule with open alerts takes off 100. Acknowledged ones count half: somebody is on them. */
const COST: Readonly<Record<Severity, number>> = { info: 0, warning: 8, error: 20, critical: 40, emergency: 60 };
const SILENT_HOST_COST = 20;
const SPENT_BUDGET_COST = 20;
const BURNING_BUDGET_COST = 10;
const STRONG_ANOMALY_COST = 3;
const STRONG_ANOMALY = 0.8;

const isOpen = ({ state }: Alert): boolean => state === "firing" || state === "acknowledged";
const costOf = ({ state, severity }: Alert): number => (state === "acknowledged" ? COST[severity] / 2 : COST[severity]);

/** 0–100 with every reason for what is missing, the dearest first. */
export function healthOf(parts: {
  readonly alerts: readonly Alert[];
  readonly slos: readonly SloStatus[];
  readonly hosts: readonly FleetHost[];
  readonly anomalies: readonly Anomaly[];
}): Snapshot["health"] {
  const losses: { readonly cost: number; readonly reason: string }[] = [];
  let worst: Severity = "info";
  for (const [name, alerts] of Map.groupBy(parts.alerts.filter(isOpen), (alert) => alert.name)) {
    // One cause on many series is one trouble: the dearest of a rule's alerts speaks for all.
    const [dearest] = alerts.toSorted((left, right) => costOf(right) - costOf(left));
    if (dearest === undefined) continue;
    if (dearest.state === "firing" && COST[dearest.severity] > COST[worst]) worst = dearest.severity;
    const by = dearest.state === "acknowledged" ? `, acknowledged by ${dearest.acknowledgedBy ?? "somebody"}` : "";
    const times = alerts.length > 1 ? ` on ${alerts.length} series` : "";
    losses.push({ cost: costOf(dearest), reason: `${name} is firing${times} (${dearest.severity}${by})` });
  }
  for (const host of parts.hosts) {
    if (host.silent) losses.push({ cost: SILENT_HOST_COST, reason: `${host.name} has gone silent` });
  }
  for (const { slo, budgetRemaining, burnRates } of parts.slos) {
    if (budgetRemaining !== null && budgetRemaining <= 0)
      losses.push({ cost: SPENT_BUDGET_COST, reason: `the error budget of ${slo.name} is spent` });
    else if (burnRates.some(({ firing }) => firing))
      losses.push({ cost: BURNING_BUDGET_COST, reason: `the error budget of ${slo.name} is burning fast` });
  }
  const strong = parts.anomalies.filter(({ score }) => score >= STRONG_ANOMALY).length;
  if (strong > 0)
    losses.push({
      cost: Math.min(15, strong * STRONG_ANOMALY_COST),
      reason: `${strong} strong ${strong === 1 ? "anomaly" : "anomalies"} in the last 15 minutes`,
    });
  const score = Math.max(0, Math.round(100 - losses.reduce((sum, { cost }) => sum + cost, 0)));
  const critical = score < 50 || worst === "critical" || worst === "emergency";
  losses.sort((left, right) => right.cost - left.cost);
  return {
    status: critical ? "critical" : score < 90 ? "degraded" : "ok",
    score,
    reasons: losses.filter(({ cost }) => cost > 0).map(({ reason }) => reason),
  };
}

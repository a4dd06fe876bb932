import { type Recommendation, SEVERITIES, type Severity } from "@sightline/shared/model/alert";
import type { AlertConditions, AlertRule, RuleGroup } from "@sightline/shared/model/rule";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
const COOLDOWN_MS = 5 * MINUTE;
const ESCALATION_MS = 30 * MINUTE;

export interface ShippedRule extends Omit<AlertConditions, "escalate"> {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  readonly forMs?: number;
  readonly summary: string;
  /** A template; where it gives `down`, the thing itself is gone, and what follows from that is held (`topology.ts`). */
  readonly means?: string;
  /** What is the case, and what that does to people. */
  readonly description: string;
  /** What to do, in order. */
  readonly runbook: string;
  readonly recommendations: readonly (readonly [type: string, priority: Recommendation["priority"], text: string])[];
}

/** One step up after half an hour that nobody acknowledged. */
const escalation = (severity: Severity): AlertConditions => {
  const next = SEVERITIES[SEVERITIES.indexOf(severity) + 1];
  return next === undefined ? {} : { escalate: [{ afterMs: ESCALATION_MS, severity: next }] };
};

function shipped({ summary, description, runbook, means, recommendations, forMs = 0, ...rest }: ShippedRule): AlertRule {
  return {
    forMs,
    keepFiringForMs: 0,
    cooldownMs: COOLDOWN_MS,
    labels: {},
    annotations: { summary, description, runbook, ...(means === undefined ? {} : { means }) },
    recommendations: recommendations.map(([type, priority, text]) => ({ type, priority, text })),
    builtIn: true,
    ...escalation(rest.severity),
    ...rest,
  };
}

/** Over a gap in the data an alert is held, unless a rule says otherwise. */
export const shippedGroup = (name: string, intervalMs: number, rules: readonly ShippedRule[]): RuleGroup => ({
  name,
  intervalMs,
  rules: rules.map((rule) => shipped({ onGap: "hold", ...rule })),
});

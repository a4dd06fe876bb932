/** Escalation: who is told when nobody answers. A pure step function; the caller keeps the state and sends what it says. */

export type Target =
  | { readonly user: string }
  /** Whoever is on call by this schedule at that moment. */
  | { readonly schedule: string }
  | { readonly receiver: string };

export interface EscalationStep {
  readonly targets: readonly Target[];
  /** Ms until the next step, or after the last until the policy begins again. */
  readonly waitMs: number;
}

export interface EscalationPolicy {
  readonly name: string;
  readonly steps: readonly EscalationStep[];
  /** Times the steps are gone through after the first; null: until somebody acknowledges. */
  readonly repeat: number | null;
}

/** Where an escalation stands: the step to take next, when, and how often all of them were taken. */
export interface EscalationState {
  readonly step: number;
  readonly round: number;
  /** Ms; null when the policy is exhausted. */
  readonly dueAt: number | null;
}

export const escalationBegun = (nowMs: number): EscalationState => ({ step: 0, round: 0, dueAt: nowMs });

/** Takes the step that is due: whom to tell, and the state after it. A late caller takes one step, not all it missed. */
export function escalate(
  policy: EscalationPolicy,
  state: EscalationState,
  nowMs: number,
): { readonly targets: readonly Target[]; readonly state: EscalationState } {
  const step = policy.steps[state.step];
  if (state.dueAt === null || state.dueAt > nowMs) return { targets: [], state };
  // The policy became shorter while it ran: it begins again.
  if (step === undefined) return { targets: [], state: afterLast(policy, state, nowMs) };
  const next = { step: state.step + 1, round: state.round, dueAt: nowMs + step.waitMs };
  return { targets: step.targets, state: next.step < policy.steps.length ? next : afterLast(policy, state, nowMs + step.waitMs) };
}

function afterLast(policy: EscalationPolicy, { round }: EscalationState, dueAt: number): EscalationState {
  const ended = policy.steps.length === 0 || (policy.repeat !== null && round >= policy.repeat);
  return { step: 0, round: round + 1, dueAt: ended ? null : dueAt };
}

/** What happened to one alert on its way to people, and why: the answer to "why did this fire?" and "why was I not told?". */
import type { Alert, AlertState, HoldingStage, Severity } from "../model/alert.ts";

/** The stages of the pipeline in their order, the two ends of it, and what people do. */
export type TraceStage = "route" | HoldingStage | "dedup" | "rate" | "deliver" | "escalation" | "person";

/** `waiting`: decided later, at the time that the reason names. `queued`: in the outbox. */
export type TraceVerdict = "passed" | "held" | "waiting" | "queued" | "delivered" | "retrying" | "failed" | "done";

/** One decision, as a stage gives it. */
export interface TraceDecision {
  readonly stage: TraceStage;
  /** The receiver it was about; absent where it was about the alert itself. */
  readonly receiver?: string;
  readonly decision: TraceVerdict;
  /** A sentence. */
  readonly reason: string;
}

/** A decision as it is kept: one taken again and again is one entry with a count. */
export interface TraceEntry extends TraceDecision {
  /** Ms, of the first time. */
  readonly at: number;
  readonly count: number;
  readonly lastAt: number;
}

/** A step of the rule's own state with what it saw. */
export interface TracedTransition {
  readonly at: number;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly value: number;
  readonly threshold: number | null;
  readonly severity: Severity;
  readonly reason: string;
}

export interface AlertTrace {
  readonly transitions: readonly TracedTransition[];
  readonly stages: readonly TraceEntry[];
  /** Decisions that had to give way to later ones. */
  readonly dropped: number;
}

/** `GET /v1/alerts/{id}/trace`. */
export interface AlertTraceResponse extends AlertTrace {
  readonly alert: Alert;
  readonly condition: string;
}

export const EMPTY_TRACE: AlertTrace = { transitions: [], stages: [], dropped: 0 };

const MAX_TRANSITIONS = 50;
const MAX_STAGES = 200;
/** How it began is worth more than the middle. */
const KEPT_FROM_START = 20;

/** That nothing stood in the way again, or that nobody had to be told again, is not worth a write for each alert of a large group. */
const isCounted = ({ stage, decision }: TraceDecision): boolean => decision !== "passed" && stage !== "dedup";

/**
 * Adds decisions taken at `at` (ms): one equal to the last of its stage and receiver is counted there, or passed over where
 * it says nothing new. The same object when nothing was added.
 */
export function withDecisions(trace: AlertTrace, decisions: readonly TraceDecision[], at: number): AlertTrace {
  const stages = [...trace.stages];
  let { dropped } = trace;
  let changed = false;
  for (const decision of decisions) {
    const last = stages.findLastIndex(({ stage, receiver }) => stage === decision.stage && receiver === decision.receiver);
    const before = stages[last];
    if (before !== undefined && before.decision === decision.decision && before.reason === decision.reason) {
      if (!isCounted(decision)) continue;
      changed = true;
      stages[last] = { ...before, count: before.count + 1, lastAt: at };
      continue;
    }
    changed = true;
    stages.push({ ...decision, at, count: 1, lastAt: at });
    if (stages.length <= MAX_STAGES) continue;
    stages.splice(KEPT_FROM_START, 1);
    dropped++;
  }
  return changed ? { ...trace, stages, dropped } : trace;
}

/** Adds a step of the rule's state; beyond the bound the oldest leaves. */
export function withTransition(trace: AlertTrace, transition: TracedTransition): AlertTrace {
  const transitions = [...trace.transitions, transition].toSorted((left, right) => left.at - right.at);
  return { ...trace, transitions: transitions.slice(-MAX_TRANSITIONS) };
}

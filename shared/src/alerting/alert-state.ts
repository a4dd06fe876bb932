/**
 * The life of one alert: inactive → pending → firing → resolved. A pure step function; the caller keeps the state and
 * writes the transition with it in one transaction.
 */
import type { AlertState } from "../model/alert.ts";

/** What is remembered of one rule on one label set. Times in ms, of samples or evaluations. */
export interface AlertInstanceState {
  readonly state: AlertState;
  /** When the condition first held. */
  readonly activeAt: number;
  /** When it last held. */
  readonly heldAt: number;
  /** Of a firing alert: when it was first seen not to hold, the start of keep-firing (as Prometheus counts it); absent while it holds. */
  readonly ceasedAt?: number;
  /** When it last resolved, the start of the cooldown; null before. */
  readonly resolvedAt: number | null;
  /** Of the newest observation: what is not newer changes nothing, so a replay changes nothing. */
  readonly at: number;
  readonly value: number;
}

/** One evaluation; `value` matters while `active`. */
export interface AlertObservation {
  readonly active: boolean;
  readonly value: number;
  readonly at: number;
}

/** Durations of the rule, ms. */
export interface AlertTiming {
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** After a resolution the alert may become pending at once but fires only when this has passed. */
  readonly cooldownMs: number;
}

export interface AlertStep {
  /** Null: nothing worth remembering. The same object when nothing changed. */
  readonly state: AlertInstanceState | null;
  readonly transition?: { readonly from: AlertState; readonly to: AlertState; readonly activeAt: number };
}

/** Pending becomes firing in the same step when `for` is zero; a pending alert that ends is forgotten without a word. */
export function stepAlertState(state: AlertInstanceState | null, observation: AlertObservation, timing: AlertTiming): AlertStep {
  const { at, active, value } = observation;
  if (state !== null && at < state.at) return { state };
  const resolvedAt = state?.resolvedAt ?? null;
  if (state === null || state.state === "inactive" || state.state === "resolved") {
    if (!active) {
      const cooling = resolvedAt !== null && at < resolvedAt + timing.cooldownMs;
      return { state: cooling ? state : null };
    }
    const pending: AlertInstanceState = { state: "pending", activeAt: at, heldAt: at, resolvedAt, at, value };
    if (mayFire(pending, at, timing)) return fired({ ...pending, state: "inactive" }, observation);
    return { state: pending, transition: { from: "inactive", to: "pending", activeAt: at } };
  }
  if (state.state === "pending") {
    if (!active) {
      const cooling = resolvedAt !== null && at < resolvedAt + timing.cooldownMs;
      return {
        state: cooling ? { ...state, state: "resolved", at } : null,
        transition: { from: "pending", to: "inactive", activeAt: state.activeAt },
      };
    }
    if (mayFire(state, at, timing)) return fired(state, observation);
    return { state: { ...state, heldAt: at, at, value } };
  }
  const { ceasedAt = at, ...held } = state;
  if (active) return { state: { ...held, heldAt: at, at, value } };
  if (timing.keepFiringForMs > 0 && at - ceasedAt < timing.keepFiringForMs) return { state: { ...held, ceasedAt, at } };
  return {
    state: { ...held, state: "resolved", resolvedAt: at, at },
    transition: { from: "firing", to: "resolved", activeAt: state.activeAt },
  };
}

function mayFire(state: AlertInstanceState, at: number, timing: AlertTiming): boolean {
  return at - state.activeAt >= timing.forMs && (state.resolvedAt === null || at >= state.resolvedAt + timing.cooldownMs);
}

function fired(state: AlertInstanceState, { at, value }: AlertObservation): AlertStep {
  return {
    state: { ...state, state: "firing", heldAt: at, at, value },
    transition: { from: state.state, to: "firing", activeAt: state.activeAt },
  };
}

/** When time alone may change the state: the end of `for`, of the cooldown, or of keep-firing; null when only data can. */
export function nextStepAt(state: AlertInstanceState, timing: AlertTiming): number | null {
  if (state.state === "pending") {
    return Math.max(state.activeAt + timing.forMs, state.resolvedAt === null ? 0 : state.resolvedAt + timing.cooldownMs);
  }
  if (state.state === "firing" && state.ceasedAt !== undefined) return state.ceasedAt + timing.keepFiringForMs;
  if (state.state === "resolved" && state.resolvedAt !== null) return state.resolvedAt + timing.cooldownMs;
  return null;
}

/** 64 bits of FNV-1a over the key's UTF-16 code units, in hex. */
export function stableHash(key: string): string {
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x01000193);
  }
  return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
}

/** The same step seen again, after a crash or a replay, has the same id. */
export const transitionId = (fingerprint: string, activeAt: number, to: AlertState): string =>
  `${fingerprint}-${activeAt.toString(36)}-${to}`;

/**
 * The life of one alert: inactive → pending → firing → resolved. A pure step function; the caller keeps the state and
 * writes the transition with it in one transaction.
 */
import type { AlertState } from "../model/alert.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import type { GapPolicy } from "../model/rule.ts";

const DEFAULT_GAP_LIMIT_MS = 3_600_000;

/** What is remembered of one rule on one label set. Times in ms, of samples or evaluations. */
export interface AlertInstanceState {
  readonly state: AlertState;
  /** When the condition first held. */
  readonly activeAt: number;
  /** When it last held. */
  readonly heldAt: number;
  /** Of a firing alert: when it was first seen not to hold, the start of keep-firing (as Prometheus counts it); absent while it holds. */
  readonly ceasedAt?: number;
  /** Since when its data are missing, as first seen; absent while they come. `value` is the last good one, of `heldAt`. */
  readonly gapSince?: number;
  /** When it last resolved, the start of the cooldown; null before. */
  readonly resolvedAt: number | null;
  /** Of the newest observation: what is not newer changes nothing, so a replay changes nothing. */
  readonly at: number;
  readonly value: number;
}

/** One evaluation; `value` matters while `active` or `holds`. */
export interface AlertObservation {
  readonly active: boolean;
  /** The condition is over and the rule's recovery not reached: what fires goes on. */
  readonly holds?: boolean;
  /** There are no data to judge; `active` is false then. */
  readonly gap?: boolean;
  readonly value: number;
  /** What the rule gave, where it was a native histogram; `value` is 0 then, as in Prometheus. Only texts tell of it. */
  readonly histogram?: NativeHistogram;
  readonly at: number;
}

/** Durations of the rule, ms. */
export interface AlertTiming {
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** After a resolution the alert may become pending at once but fires only when this has passed. */
  readonly cooldownMs: number;
  readonly onGap?: GapPolicy;
  readonly gapLimitMs?: number;
}

export interface AlertStep {
  /** Null: nothing worth remembering. The same object when nothing changed. */
  readonly state: AlertInstanceState | null;
  /** From firing to firing: a gap began or ended, which `state.gapSince` tells. */
  readonly transition?: { readonly from: AlertState; readonly to: AlertState; readonly activeAt: number };
}

export const gapLimitOf = ({ gapLimitMs = DEFAULT_GAP_LIMIT_MS }: Pick<AlertTiming, "gapLimitMs">): number => gapLimitMs;

/** Pending becomes firing in the same step when `for` is zero; a pending alert that ends is forgotten without a word. */
export function stepAlertState(state: AlertInstanceState | null, observation: AlertObservation, timing: AlertTiming): AlertStep {
  if (state !== null && observation.at < state.at) return { state };
  if (observation.gap === true && timing.onGap !== undefined && timing.onGap !== "resolve") return stepOverGap(state, observation, timing);
  if (state?.gapSince === undefined) return stepOnData(state, observation, timing);
  const { gapSince: _over, ...resumed } = state;
  const step = stepOnData(resumed, observation, timing);
  const goesOn = step.transition === undefined && step.state?.state === "firing";
  return goesOn ? { ...step, transition: { from: "firing", to: "firing", activeAt: state.activeAt } } : step;
}

function stepOnData(state: AlertInstanceState | null, observation: AlertObservation, timing: AlertTiming): AlertStep {
  const { at, active, value } = observation;
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
  if (active || observation.holds === true) return { state: { ...held, heldAt: at, at, value } };
  if (timing.keepFiringForMs > 0 && at - ceasedAt < timing.keepFiringForMs) return { state: { ...held, ceasedAt, at } };
  return resolved(held, at);
}

/** Held, a firing alert stays as it is and one that is not yet firing is forgotten; where a gap fires it counts as a breach. */
function stepOverGap(state: AlertInstanceState | null, { at, value }: AlertObservation, timing: AlertTiming): AlertStep {
  const open = state !== null && (state.state === "firing" || state.state === "pending");
  if (!open || state.state === "pending") {
    const over = state?.gapSince !== undefined && open && at - state.gapSince >= gapLimitOf(timing);
    if (timing.onGap === "hold" || over) return stepOnData(state, { active: false, value, at }, timing);
    const step = stepOnData(state, { active: true, value: open ? state.value : value, at }, timing);
    const heldAt = open ? state.heldAt : at;
    return step.state === null ? step : { ...step, state: { ...step.state, heldAt, gapSince: open ? (state.gapSince ?? at) : at } };
  }
  const gapSince = state.gapSince ?? at;
  if (at - gapSince >= gapLimitOf(timing)) return resolved(state, at);
  const held: AlertInstanceState = { ...state, gapSince, at };
  if (state.gapSince !== undefined) return { state: held };
  return { state: held, transition: { from: "firing", to: "firing", activeAt: state.activeAt } };
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

const resolved = (state: AlertInstanceState, at: number): AlertStep => ({
  state: { ...state, state: "resolved", resolvedAt: at, at },
  transition: { from: "firing", to: "resolved", activeAt: state.activeAt },
});

/** When time alone may change the state: the end of `for`, of the cooldown, of keep-firing or of a gap; null when only data can. */
export function nextStepAt(state: AlertInstanceState, timing: AlertTiming): number | null {
  if (state.state === "pending") {
    return Math.max(state.activeAt + timing.forMs, state.resolvedAt === null ? 0 : state.resolvedAt + timing.cooldownMs);
  }
  if (state.state === "firing" && state.gapSince !== undefined) return state.gapSince + gapLimitOf(timing);
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

/** The same step seen again, after a crash or a replay, has the same id. `gapAt`: when a gap began or ended within the same state. */
export const transitionId = (fingerprint: string, activeAt: number, to: AlertState, gapAt?: number): string =>
  `${fingerprint}-${activeAt.toString(36)}-${to}${gapAt === undefined ? "" : `-gap-${gapAt.toString(36)}`}`;

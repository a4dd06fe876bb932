/**
 * A service level objective. `good` and `total` are selectors of counters or native histograms. A latency SLO names
 * one histogram in both and counts as good what is at or below `thresholdSeconds`.
 */
export interface Slo {
  readonly id: string;
  readonly name: string;
  readonly kind: "availability" | "latency";
  readonly good: string;
  readonly total: string;
  readonly thresholdSeconds?: number;
  /** Fraction of events that must be good, e.g. 0.995. */
  readonly objective: number;
  readonly windowMs: number;
}

/** Good and total events of one minute starting at `t` (ms, multiple of 60,000). */
export interface SliBucket {
  readonly t: number;
  readonly good: number;
  readonly total: number;
}

export interface BurnRate {
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
  readonly long: number;
  readonly short: number;
  readonly firing: boolean;
}

export interface SloStatus {
  readonly slo: Slo;
  readonly sli: number | null;
  readonly good: number;
  readonly total: number;
  /** 1 = untouched, 0 = spent, negative = overspent; null without events. */
  readonly budgetRemaining: number | null;
  readonly burnRates: readonly BurnRate[];
  /** In words: "at this rate the budget is gone in 2 h 10 min", or why nothing can be said. */
  readonly summary: string;
}

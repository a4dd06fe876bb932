import type { Severity } from "./alert.ts";
import type { Labels } from "./labels.ts";

export type AnomalyKind =
  | "spike" | "dip" | "level_shift" | "trend_change" | "variance_change" | "seasonal_break" | "flatline" | "gap";

/** One judged point; `score` in [0, 1], 0.5 and above is an anomaly worth storing. `t` in ms. */
export interface Anomaly {
  readonly labels: Labels;
  readonly t: number;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly score: number;
  readonly kind: AnomalyKind;
  readonly severity: Severity;
  readonly reason: string;
}

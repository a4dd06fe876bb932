import type { Severity } from "./alert.ts";
import type { Labels } from "./labels.ts";

export const ANOMALY_KINDS = [
  "spike",
  "dip",
  "level_shift",
  "trend_change",
  "variance_change",
  "seasonal_break",
  "flatline",
  "gap",
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What a detector says of one point. `t` in ms. */
export interface Judgement {
  readonly t: number;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** In [0, 1]; 0.5 and above is an anomaly worth storing. 0 while learning. */
  readonly score: number;
  readonly kind: AnomalyKind;
  readonly reason: string;
}

export interface Anomaly extends Judgement {
  readonly labels: Labels;
  readonly severity: Severity;
  /** As feedback names it; absent where an anomaly is written down. */
  readonly id?: string;
  /** Of a gap: series of the same service or host that have stopped with this one, itself among them, where it speaks for them. */
  readonly stopped?: number;
  /** When it was told, ms, where that was not at once: its sample came late. */
  readonly toldAt?: number;
}

export const ANOMALY_VERDICTS = ["false_alarm", "real"] as const;
export type AnomalyVerdict = (typeof ANOMALY_VERDICTS)[number];

/** What somebody said of an anomaly. `at`: when, ms; `t`: of the anomaly, ms; `by`: who. */
export interface AnomalyAnswer {
  readonly id: string;
  readonly verdict: AnomalyVerdict;
  readonly labels: Labels;
  readonly t: number;
  readonly at: number;
  readonly by: string;
}

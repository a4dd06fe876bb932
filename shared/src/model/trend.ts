import type { Labels } from "./labels.ts";

/** What a stretch of a series was like, in its own unit, by the values of its steps: of a gauge these are the means of what may be many samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
}

/** One stretch of a series against an earlier one. */
export interface Comparison {
  readonly before: Summary;
  readonly after: Summary;
  /** What is compared: the means where values tie often (counts, what is mostly nothing), so that medians hide what changed. */
  readonly of: "median" | "mean";
  /** Since a deploy: what the time of day would have had without it. Absent where nothing is known of the day before. */
  readonly usual?: number;
  /** After − `usual`, where that is known, else after − before. */
  readonly difference: number;
  /** `difference` as a share of what it is from; null where that is 0. */
  readonly change: number | null;
  /** How likely so much is by chance; corrected for autocorrelation. */
  readonly pValue: number;
  /** P(a value after > a value before): 0.5 when nothing changed. */
  readonly superiority: number;
  /** worse and better where the metric's name tells which way is bad. */
  readonly verdict: "worse" | "better" | "higher" | "lower" | "same";
  readonly text: string;
}

export interface Refusal {
  readonly refused: { readonly code: string; readonly reason: string };
}

export interface ChangePoint {
  /** Ms of the first point after it. */
  readonly t: number;
  readonly kind: "level" | "slope";
  /** Fitted value just before and just after. */
  readonly before: number;
  readonly after: number;
  /** Per hour. */
  readonly slopeBefore: number;
  readonly slopeAfter: number;
}

export interface Season {
  readonly periodMs: number;
  /** 0–1: the share of the variance about the trend that it explains. */
  readonly strength: number;
}

export interface Trend {
  readonly points: number;
  readonly startMs: number;
  readonly endMs: number;
  /** unclear: neither a trend nor its absence can be told from so little. */
  readonly direction: "rising" | "falling" | "steady" | "unclear";
  /** In the series' unit; lower and upper bound it with 95% confidence. */
  readonly slope: {
    readonly perHour: { readonly value: number; readonly lower: number; readonly upper: number };
    readonly perDay: { readonly value: number; readonly lower: number; readonly upper: number };
  };
  /** Mann–Kendall's, or of the least-squares line where values tie often; corrected for autocorrelation. */
  readonly pValue: number;
  readonly r2: number;
  /** 0–1: the share of the variance that the trend explains, seasons taken out. */
  readonly strength: number;
  /** `ratio`: robust deviation about trend and seasons over the typical magnitude; 0 where all is 0. */
  readonly volatility: { readonly class: "calm" | "moderate" | "volatile" | "erratic"; readonly ratio: number };
  readonly seasons: readonly Season[];
  /** UTC hours in which a daily pattern is highest. */
  readonly peakHours: readonly number[];
  /** 0 is Sunday. */
  readonly peakWeekdays: readonly number[];
  readonly changePoints: readonly ChangePoint[];
  readonly summary: string;
}

export interface BaselineComparison extends Comparison {
  readonly baseline: "day before" | "week before";
}

export type TrendSeries = { readonly labels: Labels } & (
  | Refusal
  | (Trend & { readonly baselines: readonly BaselineComparison[]; readonly sinceDeploy?: Comparison | Refusal })
);

export type ComparedSeries = { readonly labels: Labels } & (Refusal | Comparison);

export interface Correlated {
  readonly labels: Labels;
  readonly with: Labels;
  /** Spearman's, of the changes from step to step. */
  readonly rho: number;
  /** Positive: `labels` moves first, `with` follows so much later. In whole steps, since of less the samples do not tell. */
  readonly lagMs: number;
  readonly points: number;
  /** Corrected for the lags that were tried. */
  readonly pValue: number;
  /** Over all pairs asked for (Benjamini–Hochberg). */
  readonly falseDiscoveryRate: number;
  readonly text: string;
}

/** What `POST /v1/backtest` answers. Times in ms. */
import type { Labels } from "../model/labels.ts";
import type { SettingSuggestion } from "../rules/suggest-setting.ts";

export interface BacktestFiring {
  readonly labels: Labels;
  readonly start: number;
  /** Null while it would still fire at the end of the history. */
  readonly end: number | null;
  /** The value farthest on the wrong side. */
  readonly peak: number;
  /** Alerts that people were told of in this time, of any rule. */
  readonly overlaps: readonly string[];
}

/** An alert that happened. */
export interface PastAlert {
  readonly id: string;
  readonly name: string;
  readonly start: number;
  readonly end: number | null;
}

export interface BacktestNoise {
  /** Firings shorter than `shortMs`: over before anybody could have done something. */
  readonly short: number;
  readonly shortMs: number;
  /** Label sets whose alert would have flapped. */
  readonly flapping: number;
  /** Of all firings, those that are short or belong to a flapping alert: 0 to 1. */
  readonly share: number;
}

export interface RuleBacktest {
  readonly rule: string;
  readonly group: string;
  readonly count: number;
  readonly totalDurationMs: number;
  /** The first 1,000, in order of time. */
  readonly fired: readonly BacktestFiring[];
  /** How many alerts that happened lie within some firing. */
  readonly overlapping: number;
  readonly noise: BacktestNoise;
  /** What would have kept quieter; null where nothing is noisy or nothing helps. */
  readonly suggestion: (SettingSuggestion & { readonly text: string }) | null;
}

export interface BacktestResponse {
  readonly start: number;
  readonly end: number;
  readonly rules: readonly RuleBacktest[];
  /** The same of the rules to compare with. */
  readonly compare?: readonly RuleBacktest[];
  /** Alerts that happened in this time and overlap a firing. */
  readonly alerts: readonly PastAlert[];
  readonly warnings: readonly string[];
}

import type { Labels } from "./labels.ts";

export interface ForecastPoint {
  readonly t: number;
  readonly mean: number;
  readonly lo80: number;
  readonly hi80: number;
  readonly lo95: number;
  readonly hi95: number;
}

export interface Forecast {
  readonly points: readonly ForecastPoint[];
  readonly models: readonly { readonly name: string; readonly weight: number }[];
  /** On held-back history: weighted absolute percentage error, and how often the 95% interval covered. */
  readonly backtest: { readonly wape: number; readonly coverage95: number };
}

export interface ForecastRefusal {
  readonly refused: { readonly code: "too_short" | "too_gappy" | "no_better_than_naive" | "not_finite"; readonly reason: string };
}

export type ForecastSeries = { readonly labels: Labels } & (Forecast | ForecastRefusal);

import type { Labels } from "./labels.ts";

export interface ForecastPoint {
  readonly t: number;
  readonly mean: number;
  readonly lo80: number;
  readonly hi80: number;
  readonly lo95: number;
  readonly hi95: number;
}

/** One model of the ensemble: its share, and what it says at the forecast's checkpoints. */
export interface ForecastModel {
  readonly name: string;
  readonly weight: number;
  /** One value for each of `checkpoints`. */
  readonly values: readonly number[];
}

/** How forecasts of the series fared once their time had come; recent ones count most. */
export interface ForecastScore {
  /** Forecast points that could be compared so far. */
  readonly points: number;
  /** Weighted absolute percentage error, and that of repeating the last value known when the forecast was made. */
  readonly wape: number;
  readonly naiveWape: number;
  /** Shares of the points that lay within the 80% and the 95% interval. */
  readonly coverage80: number;
  readonly coverage95: number;
}

export interface Forecast {
  readonly points: readonly ForecastPoint[];
  /** The newest value that was known. */
  readonly last: number;
  readonly models: readonly ForecastModel[];
  /** Times at which the models are told apart and the forecast will be scored, ms. */
  readonly checkpoints: readonly number[];
  /** Of a counter joined over its resets: before its newest sample, ms. After a later reset its own value is not what was forecast. */
  readonly joinedSince?: number;
  /** On held-back history: weighted absolute percentage error against samples, and how often the 95% interval covered. */
  readonly backtest: { readonly wape: number; readonly coverage95: number };
  /** Why it reaches less far ahead than was asked, in words; absent where it does not. */
  readonly shortened?: string;
  /** Of earlier forecasts of this series; absent until the first could be scored. */
  readonly score?: ForecastScore;
}

export interface ForecastRefusal {
  readonly refused: {
    readonly code: "too_short" | "too_gappy" | "no_better_than_naive" | "not_finite" | "histogram" | "clock";
    readonly reason: string;
  };
}

export type ForecastSeries = { readonly labels: Labels } & (Forecast | ForecastRefusal);

import type { Forecast, ForecastRefusal } from "../model/forecast.ts";

export interface ForecastRequest {
  /** Ascending ms; any spacing, gaps allowed. */
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly horizonMs: number;
  /** Spacing of the forecast points; the series' own median spacing when absent. */
  readonly stepMs?: number;
  /** Known bounds the forecast must respect, e.g. { lower: 0, upper: 1 } for a ratio. */
  readonly bounds?: { readonly lower?: number; readonly upper?: number };
}

export type Forecaster = (request: ForecastRequest) => Forecast | ForecastRefusal;

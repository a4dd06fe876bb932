import type { Forecast, ForecastRefusal } from "../model/forecast.ts";
import type { TrackRecord } from "./track-record.ts";

export interface ForecastRequest {
  /** Ascending ms; any spacing, gaps allowed. */
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly horizonMs: number;
  /** Points up to then are left out, but for the last; the horizon goes on from the newest sample all the same. */
  readonly fromMs?: number;
  /** Spacing of the forecast points; the series' own median spacing when absent. */
  readonly stepMs?: number;
  /** Standard deviation of samples about the values, where those are means of several; widens the intervals to hold samples. */
  readonly scatter?: number;
  /** A counter without its resets: its increments are forecast, and added up. */
  readonly counts?: boolean;
  /** The newest value is of several samples at one level; by itself it counts as one sample, which may be a slip. */
  readonly newestIsLevel?: boolean;
  /** Known bounds the forecast must respect, e.g. { lower: 0, upper: 1 } for a ratio. A series that was never negative has 0 below. */
  readonly bounds?: { readonly lower?: number; readonly upper?: number };
  /** How earlier forecasts of the series fared: moves the weights and the width of the intervals. */
  readonly record?: TrackRecord;
}

export type Forecaster = (request: ForecastRequest) => Forecast | ForecastRefusal;

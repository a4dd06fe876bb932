import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Result } from "@sightline/shared/model/result";

/** Of Project: forecasts are made by shards, kept and scored here. */
export interface ForecastsRpc {
  /** Of every series of the expression, as old as a twelfth of the horizon at most, with the score of those before. */
  forecast(query: string, horizonMs: number): Promise<Result<readonly ForecastSeries[]>>;
}

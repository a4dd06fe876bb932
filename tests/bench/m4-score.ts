/** The scores of the M4 competition: sMAPE, MASE and OWA against its Naive2, with weighted error and coverage. Makridakis et al. 2020, IJF 36. */
export interface ScoredForecast {
  readonly history: readonly number[];
  readonly actual: readonly number[];
  readonly mean: readonly number[];
  readonly lo80: readonly number[];
  readonly hi80: readonly number[];
  readonly lo95: readonly number[];
  readonly hi95: readonly number[];
}

const PERIOD = 24;
/** What Naive2 reaches on all 414 hourly series, as published. */
const NAIVE2 = { smape: 18.383, mase: 2.395 };

export function m4Score(forecasts: readonly ScoredForecast[]): Record<string, number> {
  let smape = 0;
  let mase = 0;
  let error = 0;
  let magnitude = 0;
  let within80 = 0;
  let within95 = 0;
  let points = 0;
  for (const { history, actual, mean, lo80, hi80, lo95, hi95 } of forecasts) {
    let seasonal = 0;
    for (let i = PERIOD; i < history.length; i++) seasonal += Math.abs((history[i] ?? 0) - (history[i - PERIOD] ?? 0));
    seasonal /= history.length - PERIOD;
    for (const [h, value] of actual.entries()) {
      const guess = mean[h] ?? 0;
      const off = Math.abs(value - guess);
      const both = Math.abs(value) + Math.abs(guess);
      if (both > 0) smape += (200 * off) / both / actual.length;
      mase += off / actual.length / (seasonal > 0 ? seasonal : 1);
      error += off;
      magnitude += Math.abs(value);
      if (value >= (lo80[h] ?? Infinity) && value <= (hi80[h] ?? -Infinity)) within80++;
      if (value >= (lo95[h] ?? Infinity) && value <= (hi95[h] ?? -Infinity)) within95++;
      points++;
    }
  }
  smape /= forecasts.length;
  mase /= forecasts.length;
  const round = (value: number): number => +value.toFixed(4);
  return {
    smape: round(smape),
    mase: round(mase),
    owa: round((smape / NAIVE2.smape + mase / NAIVE2.mase) / 2),
    wape: round(error / magnitude),
    coverage80: round(within80 / points),
    coverage95: round(within95 / points),
  };
}

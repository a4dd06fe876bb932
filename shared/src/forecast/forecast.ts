import type { ForecastPoint } from "../model/forecast.ts";
import type { ForecastRequest, Forecaster } from "./api.ts";
import { backtest } from "./backtest.ts";
import { combine, disagreement, membersFor } from "./ensemble.ts";
import { intervalWidths } from "./intervals.ts";
import { findSeasons } from "./period.ts";
import { regularGrid } from "./regular-grid.ts";

const MOST_POINTS_OUT = 2000;

/**
 * Forecast of one series: even steps, its seasons, an ensemble weighted by rolling-origin backtest, intervals from the backtest's residuals.
 * Refuses with a reason when the history does not support one. Pure; a few to some tens of milliseconds.
 */
export const forecast: Forecaster = (request) => {
  const grid = regularGrid(request.timestamps, request.values, request.horizonMs);
  if ("refused" in grid) return grid;
  const { y, stepMs, scale } = grid;
  const horizon = Math.max(1, Math.ceil(request.horizonMs / stepMs - 1e-9));
  const seasons = findSeasons(y, stepMs);
  const members = membersFor(seasons);
  const tested = backtest(y, seasons, horizon, members);
  if (tested.error > 1.5 * tested.naiveError && tested.wape > 0.05)
    return {
      refused: {
        code: "no_better_than_naive",
        reason: `On held-back history the best forecast erred by ${(100 * tested.wape).toFixed(0)}% of the value, more than repeating the last value.`,
      },
    };
  const forecasts = members.map((member, m) => ((tested.weights[m] ?? 0) > 0.001 ? member.forecast(y, seasons, horizon) : null));
  const mean = combine(forecasts, tested.weights, horizon);
  const widths = intervalWidths(tested.residuals, horizon, seasons.short, disagreement(forecasts, tested.weights, mean));
  const points = placePoints(request, grid.lastMs, stepMs, grid.spacingMs, (ahead) => {
    const at = Math.min(horizon, Math.max(0, ahead / stepMs)) - 1;
    const last = y[y.length - 1]!;
    const low = Math.floor(at);
    const share = at - low;
    const pick = (values: Float64Array, zeroth: number): number =>
      (low < 0 ? zeroth : values[low]!) * (1 - share) + (share > 0 ? values[Math.min(low + 1, horizon - 1)]! * share : 0);
    return { mean: pick(mean, last) * scale, half80: pick(widths.half80, 0) * scale, half95: pick(widths.half95, 0) * scale };
  });
  return {
    points,
    models: members
      .map((member, m) => ({ name: member.name, weight: tested.weights[m] ?? 0 }))
      .filter(({ weight }) => weight > 0.001)
      .sort((a, b) => b.weight - a.weight),
    backtest: { wape: tested.wape, coverage95: widths.coverage95 },
  };
};

type Ahead = (aheadMs: number) => { readonly mean: number; readonly half80: number; readonly half95: number };

function placePoints(request: ForecastRequest, lastMs: number, gridMs: number, spacingMs: number, ahead: Ahead): ForecastPoint[] {
  const asked = request.stepMs !== undefined && request.stepMs > 0 ? request.stepMs : spacingMs;
  const stepMs = Math.max(
    asked,
    request.horizonMs / MOST_POINTS_OUT,
    request.stepMs === undefined && request.horizonMs / asked > 400 ? gridMs : 0,
  );
  const lower = request.bounds?.lower ?? -Number.MAX_VALUE;
  const upper = request.bounds?.upper ?? Number.MAX_VALUE;
  const bound = (value: number): number => Math.min(upper, Math.max(lower, value));
  const points: ForecastPoint[] = [];
  const count = Math.max(1, Math.round(request.horizonMs / stepMs));
  for (let k = 1; k <= count; k++) {
    const { mean, half80, half95 } = ahead(k * stepMs);
    points.push({
      t: lastMs + Math.round(k * stepMs),
      mean: bound(mean),
      lo80: bound(mean - half80),
      hi80: bound(mean + half80),
      lo95: bound(mean - half95),
      hi95: bound(mean + half95),
    });
  }
  return points;
}

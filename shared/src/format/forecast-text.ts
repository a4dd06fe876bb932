/** What a forecast says, in one sentence; the same on the page, in the editor and for whoever reads the API beside them. */
import { spokenDuration } from "../model/duration.ts";
import type { Forecast, ForecastScore } from "../model/forecast.ts";

/** A chart shows a quarter of its range ahead, wherever it is. */
export const forecastHorizon = (rangeMs: number): number => rangeMs / 4;

/** `in 4m: 120 ms (95%: 100 ms – 140 ms)`; empty without points. */
export function forecastSentence({ points }: Pick<Forecast, "points">, horizonMs: number, format: (value: number) => string): string {
  const last = points.at(-1);
  if (last === undefined) return "";
  return `forecast in ${spokenDuration(horizonMs)}: ${format(last.mean)} (95%: ${format(last.lo95)} – ${format(last.hi95)})`;
}

/** `expected now: 100 ms – 140 ms`; empty where nothing is expected yet. */
export function expectedSentence(
  { lower, upper }: { readonly lower: readonly number[]; readonly upper: readonly number[] },
  format: (value: number) => string,
): string {
  const low = lower.at(-1);
  const high = upper.at(-1);
  return low === undefined || high === undefined ? "" : `expected now: ${format(low)} – ${format(high)}`;
}

const FEWEST_POINTS = 6;

/** How forecasts fared until now; empty while that can't be said. */
export function scoreSentence(score: ForecastScore | undefined): string {
  if (score === undefined || score.points < FEWEST_POINTS) return "";
  const held = `the 95% band held ${percent(score.coverage95)} of ${score.points} points`;
  return `Forecasts so far were off by ${percent(score.wape)} (the last value repeated: ${percent(score.naiveWape)}); ${held}.`;
}

function percent(share: number): string {
  const value = 100 * share;
  if (value > 999) return "more than 999%";
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}%`;
}

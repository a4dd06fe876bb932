/** What a forecast says, in one sentence; the same on the page, in the editor and for whoever reads the API beside them. */
import { spokenDuration } from "../model/duration.ts";
import type { Forecast, ForecastScore } from "../model/forecast.ts";

/** A chart shows a quarter of its range ahead, wherever it is. */
export const forecastHorizon = (rangeMs: number): number => rangeMs / 4;

/** By which share of what was asked for the end of a forecast may differ and still be told as that: steps are even, and a kept one is a little old. */
const AS_ASKED = 1 / 6;

/** `forecast in 4 min: 120 ms (95%: 100 ms – 140 ms)`; empty without points. Where they reach another time than was asked, that is told. */
export function forecastSentence({ points }: Pick<Forecast, "points">, horizonMs: number, format: (value: number) => string): string {
  const last = points.at(-1);
  if (last === undefined) return "";
  return `forecast ${whenOf(points, horizonMs)}: ${format(last.mean)} (95%: ${format(last.lo95)} – ${format(last.hi95)})`;
}

/** From the points alone, so that all who are given the same say the same. */
function whenOf(points: Forecast["points"], horizonMs: number): string {
  const [first, second] = points;
  const last = points.at(-1);
  // Of daily samples the next may be the only one.
  if (first === undefined || second === undefined || last === undefined) return `for ${new Date(last?.t ?? 0).toISOString().slice(0, 16)}Z`;
  const aheadMs = last.t - first.t + second.t - first.t;
  return `in ${spokenDuration(Math.abs(aheadMs - horizonMs) <= AS_ASKED * horizonMs ? horizonMs : aheadMs)}`;
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

/** What is to be known beside its figures: why it reaches less far than was asked, and how forecasts fared. */
export const forecastNotes = (forecast: Pick<Forecast, "shortened" | "score"> | null): string =>
  [forecast?.shortened ?? "", scoreSentence(forecast?.score)].filter((part) => part !== "").join(" ");

function percent(share: number): string {
  const value = 100 * share;
  if (value > 999) return "more than 999%";
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}%`;
}

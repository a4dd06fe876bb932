import type { Seasons } from "./member.ts";
import { straightLine } from "./straight-line.ts";

const HOUR = 3_600_000;
const CALENDAR_MS = [HOUR, 24 * HOUR, 7 * 24 * HOUR, 365.25 * 24 * HOUR];
const STRONG = 0.25;

/**
 * The seasons of a regular series by autocorrelation of the detrended values: a calendar period (hour, day, week, year) when it is nearly
 * as strong as the strongest one. Needs two whole periods.
 * Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 2.8.
 */
export function findSeasons(y: Float64Array, stepMs: number): Seasons {
  const n = y.length;
  const longest = Math.floor(n / 2.5);
  if (longest < 4) return { short: 1, long: 1 };
  const detrended = detrend(y);
  let power = 0;
  for (const value of detrended) power += value * value;
  if (!(power / n > 1e-20)) return { short: 1, long: 1 };
  const correlation = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += detrended[i]! * detrended[i - lag]!;
    return (sum * n) / (power * (n - lag));
  };
  let best = 1;
  let strength = STRONG;
  let calendar = 1;
  let calendarStrength = STRONG;
  // A season is a peak: stronger than half of itself, and than the lags about it.
  const consider = (lag: number): number => {
    if (lag < 3 || lag > longest) return -1;
    const here = correlation(lag);
    if (here < STRONG || here < 3 / Math.sqrt(n)) return -1;
    const dip = correlation(Math.round(lag / 2));
    return here > dip + 0.15 ? here : -1;
  };
  for (const period of CALENDAR_MS) {
    const lag = Math.round(period / stepMs);
    const found = consider(lag);
    if (found > calendarStrength + (calendar > 1 ? 0.1 : 0)) {
      calendarStrength = found;
      calendar = lag;
    }
  }
  if (calendar === 1) {
    let previous = correlation(3);
    let here = correlation(4);
    const stride = Math.max(1, Math.floor(longest / 300));
    for (let lag = 4; lag + stride <= longest; lag += stride) {
      const next = correlation(lag + stride);
      if (here >= previous && here > next && here > strength + (best > 1 ? 0.08 : 0)) {
        const found = consider(lag);
        if (found > 0) {
          best = lag;
          strength = found;
        }
      }
      previous = here;
      here = next;
    }
  }
  const short = calendar > 1 ? calendar : best;
  const day = Math.round((24 * HOUR) / stepMs);
  // A week is a season of days: models then use both.
  if (day >= 4 && n >= 15 * day && (short === day || short === 7 * day)) return { short: day, long: 7 * day };
  return { short, long: 1 };
}

function detrend(y: Float64Array): Float64Array {
  const { slope, intercept } = straightLine(y);
  return y.map((value, i) => value - intercept - slope * i);
}

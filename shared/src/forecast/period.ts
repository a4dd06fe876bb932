import type { Seasons } from "./member.ts";
import { straightLine } from "./straight-line.ts";

const HOUR = 3_600_000;
const CALENDAR_MS = [HOUR, 24 * HOUR, 7 * 24 * HOUR, 365.25 * 24 * HOUR];
const STRONG = 0.25;
/** Of so many turns a season of the calendar is one where they are this much alike; of more, where it is strong. */
const TURNS = 2;
const SURE = 0.7;
const MORE_TURNS = 2.5;
/** The strongest of many lags is strong in noise, too: of so many series of it one may seem to have a season. */
const NOISE = 200;
/** Of a period: what is no wave has the rest of its power in its correlation. */
const HARMONICS = 3;

/**
 * The seasons of a regular series by autocorrelation of the detrended values: a calendar period (hour, day, week, year) when it is nearly
 * as strong as the strongest one. Needs two and a half periods, of the calendar two that are hardly unlike.
 * Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 2.8.
 */
export function findSeasons(y: Float64Array, stepMs: number): Seasons {
  const n = y.length;
  const longest = Math.floor(n / MORE_TURNS);
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
    if (lag < 3 || lag > n / TURNS) return -1;
    const here = correlation(lag);
    if (here < (lag > longest ? SURE : STRONG) || here < 3 / Math.sqrt(n)) return -1;
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
        if (found > 0 && isNoChance(detrended, power, lag, found, longest / stride)) {
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

/**
 * Whether the best of `tried` periods explains more of the values than that of white noise does: by a wave of the period or of one of its
 * harmonics, whose share of the power exceeds r by chance with (1 − r)^((n − 3) / 2), or by its correlation, by Fisher's z.
 * Source: Fisher 1929, Tests of significance in harmonic analysis, Proc. R. Soc. A 125.
 */
function isNoChance(detrended: Float64Array, power: number, period: number, correlation: number, tried: number): boolean {
  const n = detrended.length;
  const chance = 1 / (NOISE * tried * (HARMONICS + 1));
  if (Math.atanh(Math.min(correlation, 1 - 1e-12)) * Math.sqrt(Math.max(1, n - period - 3)) > Math.sqrt(-2 * Math.log(chance))) return true;
  for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
    const angle = (2 * Math.PI * harmonic) / period;
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < n; i++) {
      real += detrended[i]! * Math.cos(angle * i);
      imaginary += detrended[i]! * Math.sin(angle * i);
    }
    const share = (2 * (real * real + imaginary * imaginary)) / (n * power);
    if (Math.max(0, 1 - share) ** ((n - 3) / 2) < chance) return true;
  }
  return false;
}

function detrend(y: Float64Array): Float64Array {
  const { slope, intercept } = straightLine(y);
  return y.map((value, i) => value - intercept - slope * i);
}

import { KIND } from "../kind.ts";
import { consider, learnLater, weigh } from "./evidence.ts";
import { DRIFT_DELAY, DRIFT_TAILS, P, R, WEEK_HOURS, tailAt } from "./layout.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Probability an hour. */
const HOURLY_ALPHA = 1e-4;
/** Before it has seen all days of a week, a series may have weekends. */
const LEARNED_MS = 8 * DAY_MS;
/** After an event the days that hold it are no drift. */
const PAUSE_MS = 2 * DAY_MS;
/** Least size of the test, in the step's own mean absolute errors. */
const FLOOR = 0.03;
/** Mean absolute errors to which a step counts in its hour. */
const REACH = 4;
const LONG_HOURS = 168;

/**
 * A slow drift: every hour the mean of the last 24 hours, in which the day's season is nothing, against a level that follows over a week; in
 * a series whose weekdays differ against the same hour a week ago. What it gives is learned for usual three days later, lest a drift become
 * usual while it is found.
 */
export function testDrift(f: Float64Array, tMs: number, x: number, caution: number, open: boolean): void {
  const hour = Math.floor(tMs / HOUR_MS);
  const reach = (tMs - f[R.firstMs]! < LEARNED_MS ? 4 : 1) * REACH * f[R.scale]!;
  const held = Math.max(f[R.expected]! - reach, Math.min(f[R.expected]! + reach, x));
  if (open) f[R.driftPauseMs] = Math.max(f[R.driftPauseMs]!, tMs + PAUSE_MS);
  if (hour === f[R.hour]) {
    f[R.hourSum] = f[R.hourSum]! + held;
    f[R.hourCount]!++;
    return;
  }
  if (f[R.driftModel] === -1) f[R.hoursSeen] = 0;
  else if (f[R.hourCount]! > 0) {
    f[P.hours + (f[R.hour]! % 24)] = f[R.hourSum]! / f[R.hourCount]!;
    f[R.hoursSeen]!++;
  }
  f[R.hour] = hour;
  f[R.hourSum] = held;
  f[R.hourCount] = 1;
  const resting = tMs < f[R.driftPauseMs]!;
  const byWeek = resting && f[R.driftModel]! >= 0 ? f[R.driftModel]! : f[R.model] === 2 ? 1 : 0;
  if (byWeek !== f[R.driftModel]) {
    f[R.driftModel] = byWeek;
    f[R.driftHours] = 0;
  }
  if (f[R.hoursSeen]! < 24) return;
  let mean = 0;
  for (let h = 0; h < 24; h++) mean += f[P.hours + h]! / 24;
  const place = P.days + (hour % WEEK_HOURS);
  const lastWeek = f[place]!;
  // Hours with an event are no measure next week.
  f[place] = resting ? 0 : mean;
  if (resting || (byWeek === 1 && lastWeek === 0)) return;
  follow(f, tMs, mean, byWeek, lastWeek, caution);
}

function follow(f: Float64Array, tMs: number, mean: number, byWeek: number, lastWeek: number, caution: number): void {
  const hours = ++f[R.driftHours]!;
  if (hours === 1) f[R.longLevel] = mean;
  const off = mean - (byWeek === 1 ? lastWeek : f[R.longLevel]!);
  // The difference of two days varies more than that of a day and a week.
  const usual = Math.max(f[R.dayScale]!, FLOOR * f[R.scale]!) * (byWeek === 1 ? 1.6 : 1);
  const tail = DRIFT_TAILS + 2 * byWeek;
  if ((byWeek === 1 || hours > 48) && tMs - f[R.firstMs]! > LEARNED_MS)
    consider(weigh(f, tailAt(f, tail + (off > 0 ? 0 : 1)), Math.abs(off) / usual, HOURLY_ALPHA, 1, caution), KIND.trendChange);
  f[R.longLevel] = f[R.longLevel]! + Math.max(1 / LONG_HOURS, 1 / hours) * (mean - f[R.longLevel]!);
  const total = ++f[R.driftTotal]!;
  const past = P.drifts + (hours % DRIFT_DELAY);
  // In the first days everything is learned at once.
  const settled = total > DRIFT_DELAY;
  const before = settled ? f[past]! : off;
  f[past] = off;
  if (settled && hours <= DRIFT_DELAY) return;
  const size = Math.abs(before);
  const held = total < 6 ? size : Math.min(size, 4 * usual);
  f[R.dayScale] = f[R.dayScale]! + Math.max(1 / LONG_HOURS, 1 / total) * (held - f[R.dayScale]!);
  learnLater(tailAt(f, tail + (before > 0 ? 0 : 1)), size / usual);
}

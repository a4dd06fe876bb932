import { DAY_BINS, GROWN_AT, M, MODEL_SIZE, P, R, WEEK_BINS, WEEK_HOURS } from "./layout.ts";

/** How many times as high the season is as it was when the last event began. */
export const grownBy = (f: Float64Array): number => f[GROWN_AT]! || 1;

/** Where the series would be, had the last event never been. */
export function usualBefore(f: Float64Array): number {
  const season = f[P.models + f[R.eventModel]! * MODEL_SIZE + M.season]!;
  return (season === season ? season / grownBy(f) : 0) + f[R.eventOffset]!;
}

/** The profiles are so many times as high, which the offsets do not know yet. */
export function scaleSeason(f: Float64Array, gain: number): void {
  for (const [m, profile, bins] of [
    [1, P.day, DAY_BINS],
    [2, P.week, WEEK_BINS],
  ] as const) {
    for (let k = profile; k < profile + bins; k++) f[k] = Math.fround(gain * f[k]!);
    f[P.models + m * MODEL_SIZE + M.season] = gain * f[P.models + m * MODEL_SIZE + M.season]!;
  }
  scaleDays(f, gain);
  f[GROWN_AT] = Math.fround(gain * grownBy(f));
}

/** What the days of the week differ by is so many times as much, too. */
function scaleDays(f: Float64Array, gain: number): void {
  let sum = 0;
  let known = 0;
  for (let h = P.days; h < P.days + WEEK_HOURS; h++)
    if (f[h] !== 0) {
      sum += f[h]!;
      known++;
    }
  const newest = f[P.days + (f[R.hour]! % WEEK_HOURS)]!;
  const middle = newest !== 0 ? newest : sum / known;
  for (let h = P.days; h < P.days + WEEK_HOURS; h++) if (f[h] !== 0) f[h] = middle + gain * (f[h]! - middle);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances of ticks on a time axis, ms: those that a clock's reader counts in. */
const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30].map((days) => days * DAY),
];

/** The distances to choose from for a range; seconds, which take more room than they tell, only for the shortest ones. */
export function timeSteps(rangeMs: number): readonly number[] {
  return rangeMs <= 3 * MINUTE ? TIME_STEPS : TIME_STEPS.filter((step) => step >= MINUTE);
}

/** Clock times; with seconds where the ticks are closer than a minute, days where they are a day apart. */
export function timeLabels(ticksMs: readonly number[], stepMs: number): string[] {
  const options: Intl.DateTimeFormatOptions =
    stepMs >= DAY
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(stepMs < MINUTE ? { second: "2-digit" } : {}) };
  const format = new Intl.DateTimeFormat(undefined, options);
  return ticksMs.map((at) => format.format(at));
}

import { DAY_BINS, WEEK_BINS } from "./layout.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Bins of a profile at the time asked for last: the half hour of the day (UTC), and after those the hour of the week from Thursday, the epoch's weekday. */
export const bins = { atMs: 0, day: 0, week: DAY_BINS };

/** Sets `bins`; samples of one scrape share their time, so it mostly is there already. */
export function binsAt(tMs: number): void {
  if (tMs === bins.atMs) return;
  const dayMs = tMs - Math.floor(tMs / DAY_MS) * DAY_MS;
  const weekMs = tMs - Math.floor(tMs / WEEK_MS) * WEEK_MS;
  bins.atMs = tMs;
  bins.day = Math.min(DAY_BINS - 1, Math.floor((dayMs * DAY_BINS) / DAY_MS));
  bins.week = DAY_BINS + Math.min(WEEK_BINS - 1, Math.floor((weekMs * WEEK_BINS) / WEEK_MS));
}

// Twin of shared/src/anomaly/time-bins.ts.
import { DAY_BINS, WEEK_BINS } from "./layout";

const DAY_MS: f64 = 86400000;
const WEEK_MS: f64 = 7 * DAY_MS;

let atMs: f64 = 0;
export let dayBin: i32 = 0;
export let weekBin: i32 = DAY_BINS;

export function binsAt(tMs: f64): void {
  if (tMs == atMs) return;
  const dayMs = tMs - floor(tMs / DAY_MS) * DAY_MS;
  const weekMs = tMs - floor(tMs / WEEK_MS) * WEEK_MS;
  atMs = tMs;
  dayBin = min(DAY_BINS - 1, <i32>floor((dayMs * <f64>DAY_BINS) / DAY_MS));
  weekBin = DAY_BINS + min(WEEK_BINS - 1, <i32>floor((weekMs * <f64>WEEK_BINS) / WEEK_MS));
}

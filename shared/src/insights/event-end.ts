import type { RecentAnomaly } from "../model/insight.ts";
import type { AnomalyKind } from "../model/anomaly.ts";

const MINUTE = 60_000;
/** What has sent nothing for so long is not what people should know now. */
const LOST_MS = 60 * MINUTE;
/** A dozen steps of a minute, within which a detector sees whether a spike stays, and some more. */
export const PASSED_MS = 15 * MINUTE;

/** What is over by itself. */
export const PASSING: ReadonlySet<AnomalyKind> = new Set(["spike", "dip"]);

/** Whether the values of an event are back, or it was one that passes and has had its time. */
export function hasPassed({ kind, t, value, lower, upper, newest, back }: RecentAnomaly): boolean {
  // A little beyond the range it was told by is back as well: the range is where nearly all values are.
  const slack = (upper - lower) / 10;
  const within = (at: number): boolean => (kind === "flatline" ? at !== value : at >= lower - slack && at <= upper + slack);
  const isBack = back ?? (newest !== null && newest.t > t && within(newest.value));
  // What stays is told anew as a shift: a spike that is still one was one, though the series spikes again.
  return (
    isBack || (kind === "gap" && newest !== null && newest.t > t) || (PASSING.has(kind) && newest !== null && newest.t - t >= PASSED_MS)
  );
}

/** Nothing of it has come for so long that what it did last is history; that it stopped is told by a gap. */
export const isLost = ({ kind, newest, t }: RecentAnomaly, nowMs: number): boolean => kind !== "gap" && nowMs - (newest?.t ?? t) >= LOST_MS;

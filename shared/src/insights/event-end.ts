import type { RecentAnomaly } from "../model/insight.ts";
import type { AnomalyKind } from "../model/anomaly.ts";

const MINUTE = 60_000;
/** What has sent nothing for so long is not what people should know now. */
const LOST_MS = 60 * MINUTE;
/** Within a dozen steps a detector sees whether a spike stays. */
const PASSED_MS = 15 * MINUTE;
const PASSED_STEPS = 13;

/** What is over by itself. */
export const PASSING: ReadonlySet<AnomalyKind> = new Set(["spike", "dip"]);

/** Whether what passes by itself has had its time, or would be told as something else by now. */
export const hasHadItsTime = ({ t, newest, stepMs = 0 }: RecentAnomaly): boolean =>
  newest !== null && newest.t - t >= Math.max(PASSED_MS, PASSED_STEPS * stepMs);

/** Whether the values of an event are back, or it was one that passes and has had its time. */
export function hasPassed(anomaly: RecentAnomaly): boolean {
  const { kind, t, value, lower, upper, newest, back } = anomaly;
  // A little beyond the range it was told by is back as well: the range is where nearly all values are.
  const slack = (upper - lower) / 10;
  const within = (at: number): boolean => (kind === "flatline" ? at !== value : at >= lower - slack && at <= upper + slack);
  const isBack = back ?? (newest !== null && newest.t > t && within(newest.value));
  // What stays is told anew as a shift: a spike that is still one was one, though the series spikes again.
  return isBack || (kind === "gap" && newest !== null && newest.t > t) || (PASSING.has(kind) && hasHadItsTime(anomaly));
}

/** Nothing of it has come for so long that what it did last is history; that it stopped is told by a gap. */
export const isLost = ({ kind, newest, t }: RecentAnomaly, nowMs: number): boolean => kind !== "gap" && nowMs - (newest?.t ?? t) >= LOST_MS;

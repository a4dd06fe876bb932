import type { Forecast } from "../model/forecast.ts";
import { NO_RECORD, type Checkpoint, type TrackRecord, checkpointsOf, scoreCheckpoint } from "./track-record.ts";

/** What is known of one series' forecasts: how they fared, and what was promised and has not come yet. */
export interface Promises {
  readonly record: TrackRecord;
  /** Promises whose time has not come. */
  readonly pending: readonly Checkpoint[];
  /** When the newest of them was made, ms. */
  readonly promisedAt: number;
}

export const NO_PROMISES: Promises = { record: NO_RECORD, pending: [], promisedAt: -Infinity };

/** What is to be known of a promise whose time has come. */
export type DueValue = Pick<Checkpoint, "t" | "joinedSince">;

const MOST_PENDING = 36;
/** Promises of one series are made this many times over a horizon: overlapping ones tell little more. */
const PROMISES_PER_HORIZON = 6;
const LONGEST_LATE_MS = 86_400_000;
/** Senders are late by some seconds. */
export const SETTLE_MS = 15_000;

/**
 * Compares what was promised with what came. `valueAt`: null where asking failed, and is tried again for a day; undefined where there is
 * nothing, which gives the promise up: the series was silent then, or is a counter that reset since `joinedSince`, whose own value was not what was promised.
 */
export function settled(
  { record, pending, promisedAt }: Promises,
  nowMs: number,
  valueAt: (at: DueValue) => number | null | undefined,
): Promises {
  let next = record;
  const left: Checkpoint[] = [];
  for (const point of pending) {
    const value = valueAt(point);
    if (typeof value === "number") next = scoreCheckpoint(next, point, value);
    else if (point.t > nowMs - SETTLE_MS || (value === null && nowMs - point.t < LONGEST_LATE_MS)) left.push(point);
  }
  return { record: next, pending: left, promisedAt };
}

/** With what a new forecast promises, unless there are enough. */
export function promised(before: Promises, forecast: Forecast, nowMs: number): Promises {
  const aheadMs = (forecast.points.at(-1)?.t ?? nowMs) - nowMs;
  if (nowMs - before.promisedAt < aheadMs / PROMISES_PER_HORIZON) return before;
  const promises = checkpointsOf(forecast).filter(({ t }) => t > nowMs);
  return { record: before.record, pending: [...before.pending, ...promises].slice(-MOST_PENDING), promisedAt: nowMs };
}

import type { TimedValues } from "../forecast/lone-outliers.ts";
import type { ResourceKind } from "../model/capacity.ts";

const DAY_MS = 86_400_000;
/** Of which so much may be used a month. */
export const BY_THE_MONTH: readonly ResourceKind[] = ["budget", "quota"];
/** The last reset, and some of what was spent before it, lie no further back. */
export const SINCE_RESET_MS = 33 * DAY_MS;
/** Of what was spent before: what is less has begun anew. */
const ANEW = 0.1;
/** Of what was spent before it: what is spent again within a day was gone for a moment. */
const BACK = 0.5;
/** Of the most that was counted: what falls by more apart from its resets is no count. */
const REFUNDS = 0.02;
/** Midnight of the first comes so much earlier or later elsewhere. */
const HOUR_MS = 3_600_000;
const TIME_ZONES_MS = 14 * HOUR_MS;

export interface MonthlyReset {
  /** When the present month's count began, ms: its first sample. */
  readonly at: number;
  /** When the first count begins after a time; both ms. */
  readonly nextAfter: (ms: number) => number;
  /** Of the history: what was counted as if it had gone on, with what it is now at the end: negative before it last began. */
  readonly joined: Float64Array;
}

const NOTHING: TimedValues = { timestamps: [], values: [] };

/**
 * Where a count of the month was last set to nothing, as all such falls are about the first of a month. Null of what has not begun anew, and of a quota that
 * falls otherwise, too: a volume is no count. `earlier` is what was counted before the history, which may be of this month alone.
 */
export function monthlyReset(kind: ResourceKind, history: TimedValues, earlier: TimedValues = NOTHING): MonthlyReset | null {
  if (!BY_THE_MONTH.includes(kind)) return null;
  const firstMs = history.timestamps[0] ?? Infinity;
  const before = Array.from(earlier.timestamps).filter((ms) => ms < firstMs);
  const timestamps = [...before, ...Array.from(history.timestamps)];
  const values = [...Array.from(earlier.values).slice(0, before.length), ...Array.from(history.values)];
  const joined = Float64Array.from(values);
  let begun: { readonly at: number; readonly afterFirst: number } | null = null;
  let last = Number.NaN;
  let lastMs = Number.NaN;
  let most = 0;
  let fallen = 0;
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    const at = timestamps[i] ?? 0;
    most = Math.max(most, value);
    if (last > 0 && value >= 0 && value <= ANEW * last) {
      if (values.some((later, k) => k > i && timestamps[k]! < at + DAY_MS && later > BACK * last)) continue;
      const first = firstOfMonth(at + TIME_ZONES_MS, 0);
      if (first < lastMs - TIME_ZONES_MS) return null;
      // Midnight here, or a whole hour, which is midnight elsewhere, where one lies between the two samples.
      const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
      begun = { at, afterFirst: ([first, hour].find((ms) => ms > lastMs && ms <= at) ?? at) - first };
      for (let k = 0; k < i; k++) joined[k] = joined[k]! - last;
    } else if (value < last) fallen += last - value;
    last = value;
    lastMs = at;
  }
  if (begun === null || (kind === "quota" && fallen > REFUNDS * most)) return null;
  const { at, afterFirst } = begun;
  return { at, joined: joined.subarray(before.length), nextAfter: (ms) => firstOfMonth(ms - afterFirst, 1) + afterFirst };
}

/** Midnight (UTC) of the first of the month so many months after that of `ms`. */
function firstOfMonth(ms: number, months: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

/** Ms in what times since 1970 are counted in: seconds, milliseconds, microseconds, nanoseconds. */
const UNITS_MS = [1000, 1, 1e-3, 1e-6];
const DAY = 86_400_000;
/** No sample is older (1973): times counted from elsewhere are not compared. */
const EARLIEST_MS = 1e11;
const FEWEST = 3;
/** How much the growth may differ from that of time, as a share of it: what is set every few minutes grows in steps. */
const OFF = 0.1;
/** An expectation may have stood still for so long. */
const EXPECTED_WITHIN_MS = 30 * DAY;

/**
 * Whether a series is a clock: every value is a time within a day of its sample's, and from the first to the last they grow as time does.
 * Known by what it does, whatever its name. `timestamps`: ascending ms.
 */
export function tellsTime(timestamps: ArrayLike<number>, values: ArrayLike<number>): boolean {
  return UNITS_MS.some((unitMs) => {
    let first = -1;
    let last = -1;
    let count = 0;
    for (let i = 0; i < timestamps.length; i++) {
      const value = values[i] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      if (!isNear(value * unitMs, timestamps[i] ?? 0, DAY)) return false;
      if (first < 0) first = i;
      last = i;
      count++;
    }
    if (count < FEWEST) return false;
    const passed = (timestamps[last] ?? 0) - (timestamps[first] ?? 0);
    const grown = ((values[last] ?? 0) - (values[first] ?? 0)) * unitMs;
    return passed > 0 && Math.abs(grown - passed) <= OFF * passed;
  });
}

/** The same of one judged point: the value is a time about `tMs`, and so is what was expected. */
export const isTime = (value: number, expected: number, tMs: number): boolean =>
  UNITS_MS.some((unitMs) => isNear(value * unitMs, tMs, DAY) && isNear(expected * unitMs, tMs, EXPECTED_WITHIN_MS));

const isNear = (ms: number, tMs: number, withinMs: number): boolean => tMs >= EARLIEST_MS && Math.abs(ms - tMs) <= withinMs;

export const CLOCK_REASON =
  "It tells the time: it grows by a second each second, which says nothing of load. For how long ago that was, ask for time() minus it.";

/** Of the range of the values: what fell so far has come and gone; by less nothing rises, and nothing is beyond where it stood. */
const FELL = 0.5;
const BEYOND = 0.05;
/** Of the fall: what fell by more in one step was deleted, and what is deleted comes again as it came. */
const AT_ONCE = 0.25;
/** What fell by itself is back in so many times as long, or grows. */
const AS_LONG = 2;

/**
 * Whether a series without its season fell little by little and rises since to no more than where it stood, as what is kept for days does after a calm weekend:
 * a rise that says nothing of growth until it is beyond. Seen from the end back to the newest such height.
 */
export function comesBack(y: Float64Array): boolean {
  const n = y.length;
  const range = y.reduce((most, value) => Math.max(most, value), -Infinity) - y.reduce((least, value) => Math.min(least, value), Infinity);
  let highest = -Infinity;
  let [low, lowAt, highSince, steepest] = [Infinity, n, -Infinity, 0];
  for (let i = n - 1; i >= 0; i--) {
    const value = y[i]!;
    highest = Math.max(highest, value);
    if (value < low) [low, lowAt, highSince, steepest] = [value, i, highest, 0];
    else steepest = Math.max(steepest, value - y[i + 1]!);
    const fall = value - low;
    if (fall < FELL * range || value < highSince - BEYOND * range) continue;
    const roseAt = Math.max(
      lowAt,
      y.findLastIndex((one) => one <= low + BEYOND * range),
    );
    return highSince - low > BEYOND * range && steepest < AT_ONCE * fall && n - 1 - roseAt <= AS_LONG * (roseAt - i);
  }
  return false;
}

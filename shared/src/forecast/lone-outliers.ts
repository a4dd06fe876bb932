/** So many times as far from the median as anything else: what has its like recurs, and is foreseen by when it does. */
const NO_LIKE = 8;
/** A sample lies in one step, or in two where these are means. */
const LONGEST_RUN = 2;
/** More than these are what the series is like. */
const MOST = 3;
const FEWEST = 20;
/** Of what is always the same: so many times its size it is not once for a moment. */
const ABSURD = 1e6;

export interface TimedValues {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/**
 * Without single values that have no like in the series and after which it went on as before: a sensor's slip, of which one is enough to
 * draw every line and every scale to it. A value at the end stays, for it may be the beginning of something. The same object where there is none.
 */
export function withoutLoneOutliers(series: TimedValues): TimedValues {
  const { timestamps, values } = series;
  const n = Math.min(timestamps.length, values.length);
  const finite = Array.from({ length: n }, (_, i) => i).filter((i) => Number.isFinite(values[i]));
  if (finite.length < FEWEST) return series;
  const sorted = Float64Array.from(finite, (i) => values[i] ?? 0).toSorted();
  const middle = sorted[sorted.length >> 1] ?? 0;
  const far = Float64Array.from(finite, (i) => Math.abs((values[i] ?? 0) - middle));
  return without(
    series,
    finite,
    loneAmong(far, middle !== 0 && far.reduce((most, one) => Math.max(most, one), 0) > ABSURD * Math.abs(middle)),
  );
}

/**
 * Which of some distances from what is usual have no like: at most three runs of one or two, none of which is the newest. Where all others are
 * nothing, one alone has no like when `amongNothing`; else it is all that is known of how the series varies.
 */
export function loneAmong(far: Float64Array, amongNothing = false): ReadonlySet<number> {
  const gone = new Set<number>();
  for (let k = 0; k < MOST; k++) {
    let at = 0;
    for (let i = 0; i < far.length; i++) if (!gone.has(i) && (gone.has(at) || (far[i] ?? 0) > (far[at] ?? 0))) at = i;
    const least = (far[at] ?? 0) / NO_LIKE;
    let from = at;
    let to = at;
    while (from > 0 && (far[from - 1] ?? 0) > least && !gone.has(from - 1)) from--;
    while (to < far.length - 1 && (far[to + 1] ?? 0) > least && !gone.has(to + 1)) to++;
    let next = 0;
    for (let i = 0; i < far.length; i++) if ((i < from || i > to) && !gone.has(i)) next = Math.max(next, far[i] ?? 0);
    if (to - from >= LONGEST_RUN || to === far.length - 1 || next > least) break;
    if (!(amongNothing ? least > 0 : next > 0)) break;
    for (let i = from; i <= to; i++) gone.add(i);
  }
  return gone;
}

/** The series' points at `finite`, but for those of them that are gone; the same object where none is. */
export function without(series: TimedValues, finite: readonly number[], gone: ReadonlySet<number>): TimedValues {
  if (gone.size === 0) return series;
  const { timestamps, values } = series;
  const kept = finite.filter((_, i) => !gone.has(i));
  return { timestamps: Float64Array.from(kept, (i) => timestamps[i] ?? 0), values: Float64Array.from(kept, (i) => values[i] ?? 0) };
}

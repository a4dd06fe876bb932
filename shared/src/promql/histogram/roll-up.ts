/**
 * Native histograms of one series to aggregates over buckets. Of each bucket a digest is kept that gives what all its histograms
 * give: its first and last one, and growth, change and resets in between.
 */
import { rollUp, withStale } from "../../aggregation/rollup.ts";
import { type NativeHistogram, emptyLike, sameLayout } from "../../model/histogram.ts";
import type { RollupColumns } from "../../model/rollup.ts";
import { isStale, isStaleAt, type SeriesSamples } from "../../model/sample.ts";
import { combineHistograms, isCounterReset } from "./arithmetic.ts";

/**
 * The first and the last of ascending histograms; where the counter began anew in between, all that it had come to each time,
 * added up, and a zero that says so: five at most. The digest of two digests is that of all their histograms.
 */
export function digestOf(histograms: readonly NativeHistogram[]): readonly NativeHistogram[] {
  const [first, second] = histograms;
  const last = histograms.at(-1);
  if (first === undefined || second === undefined || last === undefined || histograms.length === 2) return histograms;
  // What the first one had come to does not count in a window that begins with it, whatever its buckets.
  const anew = began(second, first);
  let before = second;
  let reached: NativeHistogram | undefined;
  for (let i = 2; i < histograms.length; i++) {
    const now = histograms[i] as NativeHistogram;
    if (began(now, before)) {
      const sum = reached === undefined ? before : combineHistograms(reached, before, 1)?.histogram;
      // Custom beside exponential buckets: what reads it sees both, and gives nothing.
      if (sum === undefined) return [first, before, last];
      reached = sum;
    }
    before = now;
  }
  const zero: NativeHistogram = { ...emptyLike(last), counterResetHint: "reset" };
  return [
    first,
    ...(anew ? [zero] : []),
    ...(reached === undefined ? [] : [{ ...reached, counterResetHint: "not_reset" as const }, zero]),
    last,
  ];
}

/** Whether the counter began anew between two. */
const began = (now: NativeHistogram, before: NativeHistogram): boolean => !grew(now, before) && isCounterReset(now, before);

/** Seen without laying anything out: the usual case, a thousand times a day for each series. */
function grew(now: NativeHistogram, before: NativeHistogram): boolean {
  return (
    now.counterResetHint === "unknown" &&
    now.count >= before.count &&
    now.zeroCount >= before.zeroCount &&
    sameLayout(now, before) &&
    now.positiveBuckets.every((count, i) => count >= (before.positiveBuckets[i] as number)) &&
    now.negativeBuckets.every((count, i) => count >= (before.negativeBuckets[i] as number))
  );
}

/** As `rollUp` does; of a series with histograms these alone. */
export function rollUpSamples(
  samples: SeriesSamples,
  resolutions: readonly number[],
  sketched: readonly boolean[],
): readonly RollupColumns[] | null {
  const { timestamps, values, histograms } = samples;
  if (histograms === undefined) return rollUp(timestamps, values, resolutions, sketched);
  const times: number[] = [];
  const kept: NativeHistogram[] = [];
  const staleAfter: number[] = [];
  for (const [i, histogram] of histograms.entries()) {
    const t = timestamps[i] as number;
    if (histogram === undefined ? isStaleAt(values, i) : isStale(histogram.sum)) {
      if (kept.length > 0 && staleAfter[kept.length - 1] === Infinity) staleAfter[kept.length - 1] = t;
    } else if (histogram !== undefined) {
      times.push(t);
      kept.push(histogram);
      staleAfter.push(Infinity);
    }
  }
  return kept.length === 0 ? null : resolutions.map((resolutionMs) => rollUpAt(times, kept, staleAfter, resolutionMs));
}

function rollUpAt(
  times: readonly number[],
  histograms: readonly NativeHistogram[],
  staleAfter: readonly number[],
  resolutionMs: number,
): RollupColumns {
  const endOf = (t: number): number => Math.ceil(t / resolutionMs) * resolutionMs;
  const ends: number[] = [];
  const counts: number[] = [];
  const firstTimes: number[] = [];
  const lastTimes: number[] = [];
  const staleTimes: number[] = [];
  const digests: (readonly NativeHistogram[])[] = [];
  for (let from = 0; from < times.length;) {
    const end = endOf(times[from] as number);
    let to = from + 1;
    while (to < times.length && (times[to] as number) <= end) to++;
    ends.push(end);
    counts.push(to - from);
    firstTimes.push(times[from] as number);
    lastTimes.push(times[to - 1] as number);
    staleTimes.push(staleAfter[to - 1] as number);
    digests.push(digestOf(histograms.slice(from, to)));
    from = to;
  }
  const zeros = new Float64Array(ends.length);
  const none = new Float64Array(ends.length).fill(NaN);
  return {
    resolutionMs,
    ends: Float64Array.from(ends),
    counts: Float64Array.from(counts),
    sums: zeros,
    mins: none,
    maxs: none,
    firsts: zeros,
    lasts: zeros,
    firstTimes: Float64Array.from(firstTimes),
    lastTimes: Float64Array.from(lastTimes),
    innerIncreases: zeros,
    ...withStale(Float64Array.from(staleTimes)),
    digests,
  };
}

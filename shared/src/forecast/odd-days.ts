import type { Seasons } from "./member.ts";

const FEWEST_WEEKS = 3;
/** A day is odd when it lies this many usual deviations from the same weekday of other weeks. */
const ODD = 4;
/** Deviations smaller than this share of how much days differ are not looked at. */
const LEAST = 0.15;
/** Longer runs are another level, not a holiday. */
const LONGEST_RUN = 3;
const MOST_SHARE = 0.25;

/**
 * The history with holiday-like days replaced by what the same weekday usually is: a model that repeats the week would repeat them. The last
 * day stays as it was, for it may be the beginning of something. Needs three weeks; the same array where nothing is odd.
 */
export function withoutOddDays(y: Float64Array, { short, long }: Seasons): Float64Array {
  const n = y.length;
  if (long <= 1 || n < FEWEST_WEEKS * long) return y;
  const week = Math.round(long / short);
  const days = Math.floor(n / short);
  const start = n - days * short;
  const means = new Float64Array(days);
  for (let d = 0; d < days; d++) {
    for (let k = 0; k < short; k++) means[d]! += y[start + d * short + k]!;
    means[d]! /= short;
  }
  const deviations = means.map((mean, d) => mean - median(others(d, days, week).map((other) => means[other]!)));
  const usual = 1.4826 * median([...deviations].map(Math.abs));
  const middle = median([...means]);
  const spread = median([...means].map((mean) => Math.abs(mean - middle)));
  const odd = deviations.map((deviation, d) => (d < days - 1 && Math.abs(deviation) > Math.max(ODD * usual, LEAST * spread) ? 1 : 0));
  let count = 0;
  for (let d = 0; d < days; d++) {
    let run = 0;
    while (odd[d + run] === 1) run++;
    if (run > LONGEST_RUN) odd.fill(0, d, d + run);
    else count += run;
    d += run;
  }
  if (count === 0 || count > MOST_SHARE * days) return y;
  const out = y.slice();
  for (let d = 0; d < days; d++) {
    if (odd[d] !== 1) continue;
    const same = others(d, days, week).filter((other) => odd[other] !== 1);
    if (same.length === 0) continue;
    for (let k = 0; k < short; k++) out[start + d * short + k] = median(same.map((other) => y[start + other * short + k]!));
  }
  return out;
}

/** The same weekday of every other week. */
function others(day: number, days: number, week: number): number[] {
  const out: number[] = [];
  for (let d = day % week; d < days; d += week) if (d !== day) out.push(d);
  return out;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : ((values[half - 1] ?? 0) + (values[half] ?? 0)) / 2;
}

/** Quantile and fraction of a classic histogram, `le` buckets cumulative (Prometheus `BucketQuantile`). */
export interface ClassicBucket {
  readonly upper: number;
  count: number;
}

/** Sorts, merges equal bounds and forces counts not to fall; tells the bounds of those that fell by more than rounding, and the most they fell by. */
export function normalise(buckets: ClassicBucket[]): {
  readonly buckets: ClassicBucket[];
  readonly forced: { readonly least: number; readonly most: number; readonly difference: number } | null;
} {
  buckets.sort((a, b) => a.upper - b.upper);
  const merged: ClassicBucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last !== undefined && last.upper === bucket.upper) last.count += bucket.count;
    else merged.push({ ...bucket });
  }
  let [least, most, difference] = [Infinity, -Infinity, 0];
  let before = merged[0]?.count ?? 0;
  for (const bucket of merged) {
    if (bucket.count === before) continue;
    const tolerance = 1e-12 * Math.min(Math.abs(bucket.count) + Math.abs(before), Number.MAX_VALUE);
    if (Math.abs(bucket.count - before) < tolerance) bucket.count = before;
    else if (bucket.count < before) {
      least = Math.min(least, bucket.upper);
      most = Math.max(most, bucket.upper);
      difference = Math.max(difference, before - bucket.count);
      bucket.count = before;
    } else before = bucket.count;
  }
  return { buckets: merged, forced: most === -Infinity ? null : { least, most, difference } };
}

export function classicQuantile(q: number, buckets: readonly ClassicBucket[]): number {
  if (q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const last = buckets.at(-1);
  if (last === undefined || last.upper !== Infinity || buckets.length < 2) return NaN;
  const observations = last.count;
  if (observations === 0) return NaN;
  let rank = q * observations;
  let at = 0;
  while (at < buckets.length - 1 && (buckets[at]?.count ?? 0) < rank) at++;
  if (at === buckets.length - 1) return buckets[buckets.length - 2]?.upper ?? NaN;
  const bucket = buckets[at];
  if (bucket === undefined) return NaN;
  if (at === 0 && bucket.upper <= 0) return bucket.upper;
  let lower = 0;
  let count = bucket.count;
  if (at > 0) {
    const before = buckets[at - 1];
    lower = before?.upper ?? 0;
    count -= before?.count ?? 0;
    rank -= before?.count ?? 0;
  }
  return lower + (bucket.upper - lower) * (rank / count);
}

/**
 * The share of observations above `lower` and at most `upper`. Observations of the lowest bucket lie between 0 and its bound
 * when that is positive, else nowhere but at -Inf; those of the highest are at +Inf.
 */
export function classicFraction(lower: number, upper: number, buckets: readonly ClassicBucket[]): number {
  const last = buckets.at(-1);
  if (last === undefined || last.upper !== Infinity) return NaN;
  if (last.count === 0 || lower !== lower || upper !== upper) return NaN;
  if (lower >= upper) return 0;
  const below = (bound: number): number => {
    if (bound === Infinity) return last.count;
    let from = (buckets[0]?.upper ?? 0) > 0 ? 0 : -Infinity;
    let before = 0;
    for (const bucket of buckets) {
      if (bound <= from || bucket.upper === Infinity) return before;
      if (bound < bucket.upper)
        return from === -Infinity ? bucket.count : before + (bucket.count - before) * ((bound - from) / (bucket.upper - from));
      before = bucket.count;
      from = bucket.upper;
    }
    return before;
  };
  return (below(upper) - below(lower)) / last.count;
}

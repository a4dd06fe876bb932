import { mergeSketches } from "@sightline/shared/aggregation/quantile-sketch";
import { withStale } from "@sightline/shared/aggregation/rollup";
import { sketchAt, sketchColumns } from "@sightline/shared/aggregation/sketch-columns";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { RollupColumns, SketchBins } from "@sightline/shared/model/rollup";
import { digestOf } from "@sightline/shared/promql/histogram/roll-up";

/** A bucket under way. */
interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  first: number;
  last: number;
  firstTime: number;
  lastTime: number;
  innerIncrease: number;
  sketch: SketchBins | undefined;
  digest: readonly NativeHistogram[];
}

const rowOf = (columns: RollupColumns, index: number): Bucket => ({
  count: columns.counts[index] as number,
  sum: columns.sums[index] as number,
  min: columns.mins[index] as number,
  max: columns.maxs[index] as number,
  first: columns.firsts[index] as number,
  last: columns.lasts[index] as number,
  firstTime: columns.firstTimes[index] as number,
  lastTime: columns.lastTimes[index] as number,
  innerIncrease: columns.innerIncreases[index] as number,
  sketch: columns.sketches === undefined ? undefined : sketchAt(columns.sketches, index),
  digest: columns.digests?.[index] ?? [],
});

/** `next` comes after `bucket`; between them the counter grew, or began anew. */
function join(bucket: Bucket, next: Bucket): void {
  const between = next.first >= bucket.last ? next.first - bucket.last : next.first;
  // NaN does not grow, as within a bucket.
  bucket.innerIncrease += next.innerIncrease + (between === between ? between : 0);
  bucket.count += next.count;
  bucket.sum += next.sum;
  if (next.min < bucket.min || bucket.min !== bucket.min) bucket.min = next.min;
  if (next.max > bucket.max || bucket.max !== bucket.max) bucket.max = next.max;
  bucket.last = next.last;
  bucket.lastTime = next.lastTime;
  bucket.sketch = bucket.sketch !== undefined && next.sketch !== undefined ? mergeSketches(bucket.sketch, next.sketch) : undefined;
  bucket.digest = digestOf([...bucket.digest, ...next.digest]);
}

/** When a stale marker of any part came after the last sample of each bucket and before the next one, whosever these are. */
function endsOf(buckets: readonly Bucket[], parts: readonly RollupColumns[]): Float64Array {
  const staleTimes = new Float64Array(buckets.length).fill(Infinity);
  for (const part of parts)
    for (const t of part.staleTimes ?? []) {
      const at = t === Infinity ? -1 : buckets.findLastIndex(({ lastTime }) => lastTime < t);
      if (at >= 0 && t < (buckets[at + 1]?.firstTime ?? Infinity)) staleTimes[at] = Math.min(t, staleTimes[at] as number);
    }
  return staleTimes;
}

/**
 * Aggregates that several shards hold of one series, as one: at the coarsest of their resolutions, buckets of one end
 * joined in order of their first samples. Shards that kept the same sample count it each.
 */
export function mergeRollups(parts: readonly RollupColumns[]): RollupColumns | undefined {
  if (parts.length <= 1) return parts[0];
  const resolutionMs = Math.max(...parts.map((part) => part.resolutionMs));
  const rows = parts
    .flatMap((columns) => Array.from(columns.ends, (_, index) => rowOf(columns, index)))
    .sort((left, right) => left.firstTime - right.firstTime);
  const ends: number[] = [];
  const buckets: Bucket[] = [];
  for (const row of rows) {
    const end = Math.ceil(row.firstTime / resolutionMs) * resolutionMs;
    const bucket = buckets.at(-1);
    if (bucket !== undefined && ends.at(-1) === end) join(bucket, row);
    else {
      ends.push(end);
      buckets.push(row);
    }
  }
  const column = (of: (bucket: Bucket) => number): Float64Array => Float64Array.from(buckets, of);
  const columns = {
    resolutionMs,
    ends: Float64Array.from(ends),
    counts: column((bucket) => bucket.count),
    sums: column((bucket) => bucket.sum),
    mins: column((bucket) => bucket.min),
    maxs: column((bucket) => bucket.max),
    firsts: column((bucket) => bucket.first),
    lasts: column((bucket) => bucket.last),
    firstTimes: column((bucket) => bucket.firstTime),
    lastTimes: column((bucket) => bucket.lastTime),
    innerIncreases: column((bucket) => bucket.innerIncrease),
    ...(parts.some((part) => part.digests !== undefined) ? { digests: buckets.map((bucket) => bucket.digest) } : {}),
  };
  const ended = withStale(endsOf(buckets, parts));
  if (!parts.every((part) => part.sketches !== undefined)) return { ...columns, ...ended };
  return { ...columns, ...ended, sketches: sketchColumns(buckets.map((bucket) => bucket.sketch)) };
}

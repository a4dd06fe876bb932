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

/** Of a counter, which may have begun anew. */
const growth = (from: number, to: number): number => (to >= from ? to - from : to);

/** `next` comes after `bucket`; between them the counter grew, or began anew. */
function join(bucket: Bucket, next: Bucket): void {
  const between = growth(bucket.last, next.first);
  // NaN does not grow, as within a bucket.
  bucket.innerIncrease += next.innerIncrease + (between === between ? between : 0);
  addValues(bucket, next);
  bucket.last = next.last;
  bucket.lastTime = next.lastTime;
  bucket.digest = digestOf([...bucket.digest, ...next.digest]);
}

/** What does not depend on the order. */
function addValues(bucket: Bucket, other: Bucket): void {
  bucket.count += other.count;
  bucket.sum += other.sum;
  if (other.min < bucket.min || bucket.min !== bucket.min) bucket.min = other.min;
  if (other.max > bucket.max || bucket.max !== bucket.max) bucket.max = other.max;
  bucket.sketch = bucket.sketch !== undefined && other.sketch !== undefined ? mergeSketches(bucket.sketch, other.sketch) : undefined;
}

/** What one shard has of a bucket and what a later one has. As many samples in the very same time are the same samples, as the later shard has them. */
function together(earlier: Bucket, later: Bucket): Bucket {
  const [one, other] = earlier.firstTime < later.firstTime ? [earlier, later] : [later, earlier];
  if (other.firstTime > one.lastTime) {
    join(one, other);
    return one;
  }
  const isSame = one.firstTime === other.firstTime && one.lastTime === other.lastTime && one.count === other.count;
  return isSame ? later : interleaved(one, other);
}

/** Of one counter or gauge, partly in the same time: `other` begins no sooner. It grew as it did in the one, and in the other since. */
function interleaved(one: Bucket, other: Bucket): Bucket {
  const both = { ...one, digest: other.count > one.count ? other.digest : one.digest };
  if (other.lastTime > one.lastTime) {
    const seen = growth(other.first, one.last);
    const since = other.innerIncrease - (seen === seen ? seen : 0);
    Object.assign(both, { last: other.last, lastTime: other.lastTime, innerIncrease: one.innerIncrease + (since > 0 ? since : 0) });
  } else if (other.innerIncrease > one.innerIncrease) both.innerIncrease = other.innerIncrease;
  addValues(both, other);
  return both;
}

interface Row {
  readonly part: number;
  readonly end: number;
  readonly bucket: Bucket;
}

/** The rows of one bucket, in order of their first samples, as one. */
function bucketOf(rows: readonly Row[]): Bucket {
  const follow = rows.every(({ bucket }, at) => at === 0 || bucket.firstTime > (rows[at - 1] as Row).bucket.lastTime);
  const ofParts = new Map<number, Bucket>();
  for (const { part, bucket } of rows) {
    const key = follow ? 0 : part;
    const before = ofParts.get(key);
    if (before === undefined) ofParts.set(key, bucket);
    else join(before, bucket);
  }
  return [...ofParts]
    .sort(([a], [b]) => a - b)
    .map(([, bucket]) => bucket)
    .reduce(together);
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
 * Aggregates that several shards hold of one series, as one: at the coarsest of their resolutions, buckets of one end joined in order of
 * their first samples. Where they hold samples of the same time (history was imported, a sender moved or has a twin), those of a bucket in
 * which all seem to be the same are counted once, any others are taken for different samples of one counter or gauge.
 */
export function mergeRollups(parts: readonly RollupColumns[]): RollupColumns | undefined {
  if (parts.length <= 1) return parts[0];
  const resolutionMs = Math.max(...parts.map((part) => part.resolutionMs));
  const rows = parts
    .flatMap((columns, part) => Array.from(columns.ends, (_, index) => ({ part, bucket: rowOf(columns, index) })))
    .map((row): Row => ({ ...row, end: Math.ceil(row.bucket.firstTime / resolutionMs) * resolutionMs }))
    .sort((left, right) => left.bucket.firstTime - right.bucket.firstTime);
  const ends: number[] = [];
  const buckets: Bucket[] = [];
  for (let from = 0; from < rows.length;) {
    const { end } = rows[from] as Row;
    let to = from + 1;
    while (rows[to]?.end === end) to++;
    ends.push(end);
    buckets.push(bucketOf(rows.slice(from, to)));
    from = to;
  }
  const column = (of: (bucket: Bucket) => number): Float64Array => Float64Array.from(buckets, of);
  const goneMs = Math.max(...parts.map((part) => part.goneMs ?? -Infinity));
  const columns = {
    resolutionMs,
    ...(goneMs === -Infinity ? {} : { goneMs }),
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
  if (parts.every((part) => part.sketches === undefined)) return { ...columns, ...ended };
  return { ...columns, ...ended, sketches: sketchColumns(buckets.map((bucket) => bucket.sketch)) };
}

import { fromSpans, toSpans } from "@sightline/shared/aggregation/bucket-range";
import type { BucketSpan, NativeHistogram } from "@sightline/shared/model/histogram";

/** Finest schema that is stored. */
const FINEST = 8;
/** Schemas that the format sets aside for finer ones (Prometheus: `ExponentialSchemaMaxReserved`). */
const FINEST_RESERVED = 52;

/**
 * A histogram of a schema from 9 to 52 at schema 8, as Prometheus takes it; any other as it is. One whose spans don't fit its
 * buckets only loses its schema: whoever judges it names the spans.
 */
export function reduceResolution(histogram: NativeHistogram): NativeHistogram {
  const { schema } = histogram;
  if (!(schema > FINEST && schema <= FINEST_RESERVED)) return histogram;
  const width = 2 ** (schema - FINEST);
  const positive = reduced(histogram.positiveSpans, histogram.positiveBuckets, width);
  const negative = reduced(histogram.negativeSpans, histogram.negativeBuckets, width);
  if (positive === null || negative === null) return { ...histogram, schema: FINEST };
  return {
    ...histogram,
    schema: FINEST,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}

function reduced(spans: readonly BucketSpan[], counts: readonly number[], width: number): ReturnType<typeof toSpans> | null {
  let covered = 0;
  for (const [i, { offset, length }] of spans.entries()) {
    if (i > 0 && offset < 0) return null;
    covered += length;
  }
  if (covered !== counts.length) return null;
  const merged: [index: number, count: number][] = [];
  for (const [index, count] of fromSpans(spans, counts)) {
    // Buckets are named by their upper bound, which belongs to them.
    const to = Math.floor((index - 1) / width) + 1;
    const last = merged.at(-1);
    if (last?.[0] === to) last[1] += count;
    else merged.push([to, count]);
  }
  return toSpans(merged);
}

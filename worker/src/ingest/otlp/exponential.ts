import { toSpans } from "@sightline/shared/aggregation/bucket-range";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { judgeHistogram, judgeObservations } from "@sightline/shared/protocol/judge-histogram";
import { MAX_HISTOGRAM_BUCKETS } from "@sightline/shared/protocol/limits";
import type { ExponentialBuckets, ExponentialPoint } from "./model.ts";

const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
/** Where the sender sets none (OpenTelemetry–Prometheus compatibility, "Exponential Histograms"). */
const DEFAULT_ZERO_THRESHOLD = 1e-128;

/**
 * An exponential histogram as a native one. Scales above 8 are merged down to it; buckets are indexed by their upper
 * bound here and by their lower one there. A sentence when there is no such native histogram.
 */
export function toNativeHistogram(point: ExponentialPoint): NativeHistogram | string {
  if (!Number.isInteger(point.scale) || point.scale < MIN_SCHEMA) return `its scale is ${point.scale}, below ${MIN_SCHEMA}`;
  const drop = Math.max(0, point.scale - MAX_SCHEMA);
  const positive = merged(point.positive, drop);
  const negative = merged(point.negative, drop);
  if (positive === null || negative === null) return "its buckets are not whole counts at 32-bit indexes";
  if (positive.counts.length > MAX_HISTOGRAM_BUCKETS || negative.counts.length > MAX_HISTOGRAM_BUCKETS)
    return `it has more than ${MAX_HISTOGRAM_BUCKETS} buckets`;
  const histogram: NativeHistogram = {
    schema: point.scale - drop,
    count: point.count,
    sum: point.sum ?? 0,
    zeroThreshold: point.zeroThreshold > 0 ? point.zeroThreshold : DEFAULT_ZERO_THRESHOLD,
    zeroCount: point.zeroCount,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
    counterResetHint: "unknown",
  };
  return (judgeHistogram(histogram) ?? judgeObservations(histogram))?.message ?? histogram;
}

function merged({ offset, counts }: ExponentialBuckets, drop: number): ReturnType<typeof toSpans> | null {
  if (!Number.isInteger(offset) || Math.abs(offset) > 2 ** 31) return null;
  const width = 2 ** drop;
  const buckets: [index: number, count: number][] = [];
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    if (!(Number.isInteger(count) && count > 0)) return null;
    const index = Math.floor((offset + i) / width) + 1;
    const last = buckets.at(-1);
    if (last?.[0] === index) last[1] += count;
    else buckets.push([index, count]);
  }
  return toSpans(buckets);
}

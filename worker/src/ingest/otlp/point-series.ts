import type { Labels } from "@sightline/shared/model/labels";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { formatFloat } from "@sightline/shared/promql/json/float-format";
import type { SampleValue } from "@sightline/shared/model/sample";
import { toNativeHistogram } from "./exponential.ts";
import type { ExponentialPoint, HistogramPoint, NumberPoint, SummaryPoint } from "./model.ts";

/** One sample of one of the series that a point becomes: `{name}{suffix}{...labels}`. */
export interface PointSample {
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: SampleValue;
  readonly histogram?: NativeHistogram;
}

const NONE: Labels = {};
const sample = (suffix: string, value: SampleValue, labels: Labels = NONE): PointSample => ({ suffix, labels, value });

// Each gives the samples of a point, or a sentence why it cannot be kept.

export function ofNumber(point: NumberPoint): readonly PointSample[] | string {
  if (point.ended) return [sample("", "stale")];
  return point.value === null ? "it has no value" : [sample("", point.value)];
}

export function ofHistogram(point: HistogramPoint): readonly PointSample[] | string {
  const { bucketCounts: counts, explicitBounds: bounds, ended } = point;
  if (counts.length !== bounds.length + 1 && !(counts.length === 0 && (bounds.length === 0 || ended)))
    return `it has ${counts.length} buckets for ${bounds.length} bounds`;
  if (counts.some((count) => !(Number.isInteger(count) && count >= 0))) return "its buckets are not whole counts";
  const samples: PointSample[] = [];
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    if (!(bound > (bounds[i - 1] ?? -Infinity))) return "its bounds do not ascend";
    below += counts[i] ?? 0;
    // An infinite bound is the last bucket, which every histogram has.
    if (bound !== Infinity) samples.push(sample("_bucket", ended ? "stale" : below, { le: formatFloat(bound) }));
  }
  samples.push(sample("_bucket", ended ? "stale" : point.count, { le: "+Inf" }));
  if (point.sum !== null || ended) samples.push(sample("_sum", ended ? "stale" : (point.sum ?? 0)));
  samples.push(sample("_count", ended ? "stale" : point.count));
  return samples;
}

export function ofExponential(point: ExponentialPoint): readonly PointSample[] | string {
  if (point.ended) return [sample("", "stale")];
  const histogram = toNativeHistogram(point);
  return typeof histogram === "string" ? histogram : [{ ...sample("", 0), histogram }];
}

export function ofSummary(point: SummaryPoint): readonly PointSample[] | string {
  const quantiles = point.quantiles.map(({ quantile, value }) =>
    sample("", point.ended ? "stale" : value, { quantile: formatFloat(quantile) }),
  );
  return [...quantiles, sample("_sum", point.ended ? "stale" : point.sum), sample("_count", point.ended ? "stale" : point.count)];
}

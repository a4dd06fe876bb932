/** Bringing native histograms to one layout: schema, zero threshold and custom bounds under which their buckets are the same. */
import type { NativeHistogram } from "../../model/histogram.ts";
import { type Buckets, bucketsOf, CUSTOM_SCHEMA, lowerBound, upperBound } from "./buckets.ts";

export interface Layout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly customValues: readonly number[] | undefined;
}

/** A histogram's counts with their bucket numbers spelled out. */
export interface LaidOut extends Layout {
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
}

export function laidOut(h: NativeHistogram): LaidOut {
  return {
    ...layoutOf(h),
    zeroCount: h.zeroCount,
    positive: bucketsOf(h.positiveSpans, h.positiveBuckets),
    negative: bucketsOf(h.negativeSpans, h.negativeBuckets),
  };
}

/** Without its buckets. */
export const layoutOf = ({ schema, zeroThreshold, customValues = [] }: NativeHistogram): Layout => ({
  schema,
  zeroThreshold,
  customValues: schema === CUSTOM_SCHEMA ? customValues : undefined,
});

/** The finest layout all can be brought to; undefined when some have custom and some exponential buckets. */
export function commonLayout(histograms: readonly NativeHistogram[]): Layout | undefined {
  const [first, ...others] = histograms;
  if (first === undefined) return undefined;
  let { schema, customValues } = layoutOf(first);
  for (const h of others.map(layoutOf)) {
    if ((h.customValues === undefined) !== (customValues === undefined)) return undefined;
    schema = Math.min(schema, h.schema);
    if (customValues !== undefined && h.customValues !== undefined) customValues = commonBounds(customValues, h.customValues);
  }
  return { schema, zeroThreshold: customValues === undefined ? commonZeroThreshold(histograms) : first.zeroThreshold, customValues };
}

/** Whether custom bounds of one were given up for the others' sake. */
export const lostBounds = (layout: Layout, histograms: readonly Layout[]): boolean =>
  histograms.some((h) => h.customValues?.length !== layout.customValues?.length);

export const sameLayout = (h: Layout, layout: Layout): boolean =>
  layout.customValues !== undefined
    ? h.customValues?.length === layout.customValues.length
    : h.schema === layout.schema && h.zeroThreshold === layout.zeroThreshold;

/** Hands each bucket's count to its bucket in `layout`, by ascending number, or to the zero bucket where it lies below the threshold. */
export function pour(
  buckets: Buckets,
  from: Layout,
  layout: Layout,
  into: (index: number, count: number) => void,
  zero: (count: number) => void,
): void {
  const { indices, counts } = buckets;
  const keeps = sameLayout(from, layout);
  const by = from.schema - layout.schema;
  let target = 0;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const count = counts[i] ?? 0;
    if (keeps) into(index, count);
    else if (layout.customValues !== undefined) {
      const upper = from.customValues?.[index] ?? Infinity;
      while (target < layout.customValues.length && (layout.customValues[target] ?? Infinity) < upper) target++;
      into(target, count);
    } else if (upperBound(from.schema, index, undefined) <= layout.zeroThreshold) zero(count);
    else into(((index - 1) >> by) + 1, count);
  }
}

/** What lies in `layout`'s buckets; the same object when it has the layout already. */
export function toLayout(h: LaidOut, layout: Layout): LaidOut {
  if (sameLayout(h, layout)) return h;
  let { zeroCount } = h;
  const poured = (buckets: Buckets): Buckets => {
    const indices: number[] = [];
    const counts: number[] = [];
    pour(
      buckets,
      h,
      layout,
      (index, count) => {
        if (indices.at(-1) === index) counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
        else {
          indices.push(index);
          counts.push(count);
        }
      },
      (count) => {
        zeroCount += count;
      },
    );
    return { indices, counts };
  };
  const positive = poured(h.positive);
  const negative = poured(h.negative);
  return { ...layout, zeroCount, positive, negative };
}

/** The smallest threshold ≥ all that cuts no populated bucket of any. */
function commonZeroThreshold(histograms: readonly NativeHistogram[]): number {
  let threshold = histograms.reduce((most, h) => Math.max(most, h.zeroThreshold), 0);
  // One that was as wide as any is looked at as well once the threshold has gone beyond its own.
  for (let changed = true; changed;) {
    changed = false;
    for (const h of histograms) {
      if (h.zeroThreshold >= threshold) continue;
      const { positive, negative } = laidOut(h);
      for (const { indices, counts } of [positive, negative]) {
        for (let i = 0; i < indices.length; i++) {
          const index = indices[i] ?? 0;
          const upper = upperBound(h.schema, index, undefined);
          if (counts[i] !== 0 && lowerBound(h.schema, index, undefined) < threshold && upper > threshold) {
            threshold = upper;
            changed = true;
          }
        }
      }
    }
  }
  return threshold;
}

function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === b.length && a.every((bound, i) => bound === b[i])) return a;
  const other = new Set(b);
  return a.filter((bound) => other.has(bound));
}

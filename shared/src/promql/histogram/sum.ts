/**
 * Sums and means of many native histograms. Every number of the sum carries what rounding took from it (Neumaier's
 * variant of Kahan's summation), so that `1e100 + 1 - 1e100` is 1 in a bucket as it is in a float (Prometheus
 * `FloatHistogram.KahanAdd`).
 */
import type { NativeHistogram } from "../../model/histogram.ts";
import { combinedHint, scaleHistogram } from "./arithmetic.ts";
import { compact } from "./buckets.ts";
import { commonLayout, laidOut, lostBounds, pour } from "./layout.ts";

export interface HistogramTotal {
  readonly histogram: NativeHistogram;
  /** Custom bounds that were not in all of them were given up. */
  readonly boundsReconciled: boolean;
  /** One says that a counter was reset, another that it was not. */
  readonly resetsConflict: boolean;
}

/** Numbers and what rounding took from each. */
class Compensated {
  readonly sums: number[];
  private readonly losses: number[];
  constructor(sums: number[]) {
    this.sums = sums;
    this.losses = sums.map(() => 0);
  }

  insert(at: number): void {
    this.sums.splice(at, 0, 0);
    this.losses.splice(at, 0, 0);
  }

  add(i: number, x: number): void {
    const sum = this.sums[i] ?? 0;
    const next = sum + x;
    if (!Number.isFinite(next)) this.losses[i] = 0;
    else this.losses[i] = (this.losses[i] ?? 0) + (Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum);
    this.sums[i] = next;
  }

  total(): number[] {
    return this.sums.map((sum, i) => sum + (this.losses[i] ?? 0));
  }
}

/** The sums of buckets, by ascending number. */
class BucketSums {
  private readonly indices: number[] = [];
  private readonly counts = new Compensated([]);
  private at = 0;

  /** The buckets of each histogram come by ascending number. */
  begin(): void {
    this.at = 0;
  }

  readonly add = (index: number, count: number): void => {
    const { indices } = this;
    while (this.at < indices.length && (indices[this.at] ?? 0) < index) this.at++;
    if (indices[this.at] !== index) {
      indices.splice(this.at, 0, index);
      this.counts.insert(this.at);
    }
    this.counts.add(this.at, count);
  };

  total(): ReturnType<typeof compact> {
    return compact({ indices: this.indices, counts: this.counts.total() });
  }
}

/** Undefined when some have custom and some exponential buckets. */
export function sumOfHistograms(first: NativeHistogram, others: readonly NativeHistogram[]): HistogramTotal | undefined {
  const list = [first, ...others];
  const resetsConflict =
    list.some(({ counterResetHint }) => counterResetHint === "reset") &&
    list.some(({ counterResetHint }) => counterResetHint === "not_reset");
  if (others.length === 0) return { histogram: first, boundsReconciled: false, resetsConflict };
  const laid = list.map(laidOut);
  const layout = commonLayout(laid);
  if (layout === undefined) return undefined;
  const scalars = new Compensated([0, 0, 0]);
  const toZero = (count: number): void => scalars.add(2, count);
  const positive = new BucketSums();
  const negative = new BucketSums();
  for (const [i, h] of laid.entries()) {
    scalars.add(0, list[i]?.count ?? 0);
    scalars.add(1, list[i]?.sum ?? 0);
    scalars.add(2, h.zeroCount);
    positive.begin();
    pour(h.positive, h, layout, positive.add, toZero);
    negative.begin();
    pour(h.negative, h, layout, negative.add, toZero);
  }
  const [count = 0, sum = 0, zeroCount = 0] = scalars.total();
  const above = positive.total();
  const below = negative.total();
  const histogram: NativeHistogram = {
    schema: layout.schema,
    count,
    sum,
    zeroThreshold: layout.zeroThreshold,
    zeroCount,
    positiveSpans: above.spans,
    positiveBuckets: above.counts,
    negativeSpans: below.spans,
    negativeBuckets: below.counts,
    ...(layout.customValues === undefined ? {} : { customValues: layout.customValues }),
    counterResetHint: others.reduce((hint, h) => combinedHint(hint, h.counterResetHint), first.counterResetHint),
  };
  return { histogram, boundsReconciled: lostBounds(layout, laid), resetsConflict };
}

/** As `sumOfHistograms`; where a sum is too great for a number, the parts of the mean are added instead. */
export function meanOfHistograms(first: NativeHistogram, others: readonly NativeHistogram[]): HistogramTotal | undefined {
  const n = others.length + 1;
  const total = sumOfHistograms(first, others);
  if (total === undefined || n === 1) return total;
  if (isFinite(total.histogram)) return { ...total, histogram: scaleHistogram(total.histogram, n, true) };
  const part = (h: NativeHistogram): NativeHistogram => scaleHistogram(h, n, true);
  return sumOfHistograms(part(first), others.map(part));
}

const isFinite = (h: NativeHistogram): boolean =>
  [h.count, h.sum, h.zeroCount, ...h.positiveBuckets, ...h.negativeBuckets].every(Number.isFinite);

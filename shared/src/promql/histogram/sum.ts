/**
 * Sums and means of many native histograms. Every number of the sum carries what rounding took from it (Neumaier's
 * variant of Kahan's summation), so that `1e100 + 1 - 1e100` is 1 in a bucket as it is in a float (Prometheus
 * `FloatHistogram.KahanAdd`).
 */
import type { BucketSpan, NativeHistogram } from "../../model/histogram.ts";
import { combinedHint, scaleHistogram } from "./arithmetic.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import type { Pace, Stepwise } from "../evaluation/pace.ts";
import { type Buckets, bucketsOf, compact } from "./buckets.ts";
import { commonLayout, laidOut, type Layout, layoutOf, lostBounds, pour, sameLayout } from "./layout.ts";

export interface HistogramTotal {
  readonly histogram: NativeHistogram;
  /** Custom bounds that were not in all of them were given up. */
  readonly boundsReconciled: boolean;
  /** One says that a counter was reset, another that it was not. */
  readonly resetsConflict: boolean;
}

/** Numbers and what rounding took from each. */
class Compensated {
  readonly #sums: Float64Array;
  readonly #losses: Float64Array;
  constructor(length: number) {
    this.#sums = new Float64Array(length);
    this.#losses = new Float64Array(length);
  }

  /** With more of them, each where `to` has it. */
  spread(length: number, to: Int32Array): Compensated {
    const wide = new Compensated(length);
    for (let i = 0; i < to.length; i++) {
      wide.#sums[to[i] as number] = this.#sums[i] as number;
      wide.#losses[to[i] as number] = this.#losses[i] as number;
    }
    return wide;
  }

  add(i: number, x: number): void {
    const sum = this.#sums[i] as number;
    const next = sum + x;
    if (!Number.isFinite(next)) this.#losses[i] = 0;
    else this.#losses[i] = (this.#losses[i] as number) + (Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum);
    this.#sums[i] = next;
  }

  /** Each to the one in its place. */
  addAll(numbers: readonly number[]): void {
    for (let i = 0; i < numbers.length; i++) this.add(i, numbers[i] as number);
  }

  total(): number[] {
    const totals = Array.from(this.#sums);
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (this.#losses[i] as number);
    return totals;
  }
}

/** The sums of buckets that lie alike in all histograms, as those of series of one service mostly do: nobody has to ask which bucket is which. */
class AlikeSums {
  readonly #spans: readonly BucketSpan[];
  readonly #counts: Compensated;

  constructor(spans: readonly BucketSpan[], length: number) {
    this.#spans = spans;
    this.#counts = new Compensated(length);
  }

  add(counts: readonly number[]): void {
    this.#counts.addAll(counts);
  }

  total(): Compacted {
    const counts = this.#counts.total();
    const isCompact = !counts.includes(0) && this.#spans.every(({ offset, length }, i) => length > 0 && (i === 0 || offset > 0));
    return isCompact ? { spans: this.#spans, counts } : compact(bucketsOf(this.#spans, counts));
  }
}

interface Compacted {
  readonly spans: readonly BucketSpan[];
  readonly counts: readonly number[];
}

/** Whether all have the buckets of the first. */
function areAlike(first: NativeHistogram, others: readonly NativeHistogram[]): boolean {
  const fills = (spans: readonly BucketSpan[], counts: readonly number[]): boolean =>
    spans.reduce((length, span) => length + span.length, 0) === counts.length;
  return (
    fills(first.positiveSpans, first.positiveBuckets) &&
    fills(first.negativeSpans, first.negativeBuckets) &&
    others.every(
      (h) =>
        h.positiveBuckets.length === first.positiveBuckets.length &&
        h.negativeBuckets.length === first.negativeBuckets.length &&
        sameSpans(h.positiveSpans, first.positiveSpans) &&
        sameSpans(h.negativeSpans, first.negativeSpans),
    )
  );
}

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]?.offset !== b[i]?.offset || a[i]?.length !== b[i]?.length) return false;
  return true;
}

/** The sums of buckets, by ascending number. */
class BucketSums {
  #indices = new Int32Array(0);
  #counts = new Compensated(0);

  /** Ascending; several may have one number. */
  add({ indices, counts }: Buckets): void {
    this.#widen(indices);
    let at = 0;
    for (let i = 0; i < indices.length; i++) {
      while ((this.#indices[at] as number) < (indices[i] as number)) at++;
      this.#counts.add(at, counts[i] as number);
    }
  }

  #has(indices: readonly number[]): boolean {
    let at = 0;
    for (const index of indices) {
      while ((this.#indices[at] as number) < index) at++;
      if (this.#indices[at] !== index) return false;
    }
    return true;
  }

  /** Makes room for those that are not there yet, all at once. */
  #widen(indices: readonly number[]): void {
    if (this.#has(indices)) return;
    const own = this.#indices;
    const all: number[] = [];
    const to = new Int32Array(own.length);
    let at = 0;
    for (const index of indices) {
      for (; at < own.length && (own[at] as number) <= index; at++) to[at] = all.push(own[at] as number) - 1;
      if (all.at(-1) !== index) all.push(index);
    }
    for (; at < own.length; at++) to[at] = all.push(own[at] as number) - 1;
    this.#indices = Int32Array.from(all);
    this.#counts = this.#counts.spread(all.length, to);
  }

  total(): Compacted {
    return compact({ indices: [...this.#indices], counts: this.#counts.total() });
  }
}

/** The buckets of one as they lie in the layout, those of one number not yet added up. */
function poured(buckets: Buckets, from: Layout, layout: Layout, zero: (count: number) => void): Buckets {
  if (sameLayout(from, layout)) return buckets;
  const indices: number[] = [];
  const counts: number[] = [];
  pour(
    buckets,
    from,
    layout,
    (index, count) => {
      indices.push(index);
      counts.push(count);
    },
    zero,
  );
  return { indices, counts };
}

const COUNT = 0;
const SUM = 1;
const ZERO = 2;

function addScalars(scalars: Compensated, { count, sum, zeroCount }: NativeHistogram): void {
  scalars.add(COUNT, count);
  scalars.add(SUM, sum);
  scalars.add(ZERO, zeroCount);
}

/** Positive and negative ones. */
function* sumsOfAlike(list: readonly NativeHistogram[], scalars: Compensated, pace: Pace): Stepwise<readonly [Compacted, Compacted]> {
  const [first] = list;
  const positive = new AlikeSums(first?.positiveSpans ?? [], first?.positiveBuckets.length ?? 0);
  const negative = new AlikeSums(first?.negativeSpans ?? [], first?.negativeBuckets.length ?? 0);
  for (const one of list) {
    if (pace.spend(workOn(one))) yield;
    addScalars(scalars, one);
    positive.add(one.positiveBuckets);
    negative.add(one.negativeBuckets);
  }
  return [positive.total(), negative.total()];
}

/** Likewise, wherever they lie. */
function* sumsOfBuckets(
  list: readonly NativeHistogram[],
  layout: Layout,
  scalars: Compensated,
  pace: Pace,
): Stepwise<readonly [Compacted, Compacted]> {
  const toZero = (count: number): void => scalars.add(ZERO, count);
  const positive = new BucketSums();
  const negative = new BucketSums();
  for (const one of list) {
    if (pace.spend(workOn(one))) yield;
    const h = laidOut(one);
    addScalars(scalars, one);
    positive.add(poured(h.positive, h, layout, toZero));
    negative.add(poured(h.negative, h, layout, toZero));
  }
  return [positive.total(), negative.total()];
}

/** Undefined when some have custom and some exponential buckets. One at a time is laid out: its buckets are the work. */
export function* sumOfHistograms(
  first: NativeHistogram,
  others: readonly NativeHistogram[],
  pace: Pace,
): Stepwise<HistogramTotal | undefined> {
  const list = [first, ...others];
  const resetsConflict =
    list.some(({ counterResetHint }) => counterResetHint === "reset") &&
    list.some(({ counterResetHint }) => counterResetHint === "not_reset");
  if (others.length === 0) return { histogram: first, boundsReconciled: false, resetsConflict };
  const layout = commonLayout(list);
  if (layout === undefined) return undefined;
  const scalars = new Compensated(3);
  const alike = areAlike(first, others) && list.every((one) => sameLayout(layoutOf(one), layout));
  const [above, below] = yield* alike ? sumsOfAlike(list, scalars, pace) : sumsOfBuckets(list, layout, scalars, pace);
  const [count = 0, sum = 0, zeroCount = 0] = scalars.total();
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
  return { histogram, boundsReconciled: lostBounds(layout, list.map(layoutOf)), resetsConflict };
}

/** As `sumOfHistograms`; where a sum is too great for a number, the parts of the mean are added instead. */
export function* meanOfHistograms(
  first: NativeHistogram,
  others: readonly NativeHistogram[],
  pace: Pace,
): Stepwise<HistogramTotal | undefined> {
  const n = others.length + 1;
  const total = yield* sumOfHistograms(first, others, pace);
  if (total === undefined || n === 1) return total;
  if (isFinite(total.histogram)) return { ...total, histogram: scaleHistogram(total.histogram, n, true) };
  const part = (h: NativeHistogram): NativeHistogram => scaleHistogram(h, n, true);
  return yield* sumOfHistograms(part(first), others.map(part), pace);
}

const isFinite = (h: NativeHistogram): boolean =>
  [h.count, h.sum, h.zeroCount, ...h.positiveBuckets, ...h.negativeBuckets].every(Number.isFinite);

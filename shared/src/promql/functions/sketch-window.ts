/** Quantiles of a sliding run of sketches: dense bins, counts added as buckets enter and taken away as they leave. */
import { sketchError } from "../../aggregation/quantile-sketch.ts";
import { sketchColumns } from "../../aggregation/sketch-columns.ts";
import type { RollupColumns, SketchColumns } from "../../model/rollup.ts";

/** Smaller magnitudes count as zero, as in the sketches. */
const SMALLEST = 1e-300;

const NO_SKETCHES = sketchColumns([]);

/** Bins of what no sketch has: NaN sorts first, as in Prometheus. Positive infinity has the last one. */
const NANS = 0;
const LOWEST = 1;

/** Values of a bucket that are not in its sketch, and their bin. */
interface Outside {
  readonly count: number;
  readonly bin: number;
}

/** Sketches bLo…bHi-1 and raw samples fLo…fHi-1. */
interface Window {
  readonly bLo: number;
  readonly bHi: number;
  readonly fLo: number;
  readonly fHi: number;
}

/**
 * Bins of one series' sketches and raw samples, ascending by value: NaN, negatives, zero, positives (DDSketch, Masson et al.
 * 2019), infinities around these. All are brought to the resolution of the coarsest, whose relative error is the result's. A hot path: plain loops.
 */
export class SketchWindow {
  readonly #sketches: SketchColumns;
  readonly #raw: Float64Array;
  readonly #logGamma: number;
  readonly #gamma: number;
  readonly #joins: number;
  readonly #counts: Float64Array;
  /** What the bins of each magnitude stand for, from `#lowest` on; 0 when not worked out yet. */
  readonly #magnitudes: Float64Array;
  readonly #zero: number;
  readonly #highest: number;
  /** By bucket; null where every value is in a sketch, the usual case. */
  readonly #outside: readonly (Outside | undefined)[] | null;
  readonly #lowest: number;
  /** The buckets that lack their sketch, and the first of them that no window has left behind. */
  readonly #lacking: readonly number[];
  #nextLacking = 0;
  #total = 0;
  /** No bin before it holds anything. */
  #first = 0;
  /** What is in the bins. */
  #bLo = 0;
  #bHi = 0;
  #fLo = 0;
  #fHi = 0;

  constructor(rollup: RollupColumns, raw: Float64Array) {
    const sketches = rollup.sketches ?? NO_SKETCHES;
    this.#sketches = sketches;
    this.#lacking = Array.from(rollup.ends.keys()).filter((bucket) => lacksSketch(rollup, bucket));
    this.#raw = raw;
    const { joins, negativeEnds, positiveEnds, indices } = sketches;
    let coarsest = 0;
    for (let i = 0; i < joins.length; i++) if ((joins[i] as number) > coarsest) coarsest = joins[i] as number;
    this.#joins = coarsest;
    const error = sketchError(coarsest);
    this.#gamma = (1 + error) / (1 - error);
    this.#logGamma = Math.log(this.#gamma);
    let low = Infinity;
    let high = -Infinity;
    const widen = (index: number): void => {
      if (index < low) low = index;
      if (index > high) high = index;
    };
    for (let i = 0, from = 0; i < joins.length; i++) {
      const by = this.#pairs(i);
      const middle = negativeEnds[i] as number;
      const to = positiveEnds[i] as number;
      if (from < middle) {
        widen(Math.ceil((indices[from] as number) / by));
        widen(Math.ceil((indices[middle - 1] as number) / by));
      }
      if (middle < to) {
        widen(Math.ceil((indices[middle] as number) / by));
        widen(Math.ceil((indices[to - 1] as number) / by));
      }
      from = to;
    }
    for (const value of raw) if (Math.abs(value) >= SMALLEST && Math.abs(value) < Infinity) widen(this.#indexOf(Math.abs(value)));
    this.#lowest = low;
    const bins = high < low ? 0 : high - low + 1;
    this.#zero = LOWEST + 1 + bins;
    this.#highest = this.#zero + bins + 1;
    this.#counts = new Float64Array(this.#highest + 1);
    this.#outside = outsideSketches(rollup, sketches, this.#highest);
    this.#magnitudes = new Float64Array(bins);
  }

  /**
   * Of what lies in a window, which may only move forwards; NaN when nothing does, undefined where a bucket lacks its sketch. As Prometheus, linear between the order statistics around rank q (n - 1), each of them within the sketch's relative error.
   */
  quantile(window: Window, q: number): number | undefined {
    while ((this.#lacking[this.#nextLacking] ?? Infinity) < window.bLo) this.#nextLacking++;
    if ((this.#lacking[this.#nextLacking] ?? Infinity) < window.bHi) return undefined;
    // A window of one bucket needs no bins but the bucket's own: the usual one, where the range is the step.
    if (window.bHi - window.bLo === 1 && window.fLo === window.fHi && this.#outside?.[window.bLo] === undefined)
      return this.#ofBucket(window.bLo, q);
    this.#moveTo(window);
    const total = this.#total;
    if (!(total > 0 && q >= 0 && q <= 1)) return outside(total, q);
    const rank = q * (total - 1);
    const lower = Math.floor(rank);
    const weight = rank - lower;
    const counts = this.#counts;
    const last = counts.length - 1;
    let at = this.#first;
    while (at < last && counts[at] === 0) at++;
    this.#first = at;
    let before = counts[at] as number;
    while (before <= lower && at < last) before += counts[++at] as number;
    const low = this.#valueOf(at);
    const upper = Math.min(lower + 1, total - 1);
    while (before <= upper && at < last) before += counts[++at] as number;
    // Also of weight 0: beside an infinity that is NaN, as in Prometheus.
    return low * (1 - weight) + this.#valueOf(at) * weight;
  }

  /** The same of one sketch alone. */
  #ofBucket(bucket: number, q: number): number {
    const { negativeEnds, positiveEnds, zeroCounts, counts } = this.#sketches;
    const from = bucket === 0 ? 0 : (positiveEnds[bucket - 1] as number);
    const middle = negativeEnds[bucket] as number;
    const to = positiveEnds[bucket] as number;
    const zeros = zeroCounts[bucket] as number;
    let total = zeros;
    for (let i = from; i < to; i++) total += counts[i] as number;
    if (!(total > 0 && q >= 0 && q <= 1)) return outside(total, q);
    const rank = q * (total - 1);
    const lower = Math.floor(rank);
    const weight = rank - lower;
    let low = NaN;
    let wanted = lower;
    let before = 0;
    for (let i = middle - 1; i >= from; i--) {
      before += counts[i] as number;
      if (before <= wanted) continue;
      const value = -this.#magnitudeOf(bucket, i);
      if (wanted > lower) return low * (1 - weight) + value * weight;
      if (weight === 0) return value;
      low = value;
      wanted = lower + 1;
      if (before > wanted) return low;
    }
    before += zeros;
    if (before > wanted) {
      if (wanted > lower) return low * (1 - weight);
      low = 0;
      wanted = lower + 1;
      if (weight === 0 || before > wanted) return 0;
    }
    for (let i = middle; i < to; i++) {
      before += counts[i] as number;
      if (before <= wanted) continue;
      const value = this.#magnitudeOf(bucket, i);
      if (wanted > lower) return low * (1 - weight) + value * weight;
      if (weight === 0) return value;
      low = value;
      wanted = lower + 1;
      if (before > wanted) return low;
    }
    return low;
  }

  #moveTo({ bLo, bHi, fLo, fHi }: Window): void {
    // Nothing of a window that has been left behind needs to enter.
    if (bLo >= this.#bHi) {
      for (let i = this.#bLo; i < this.#bHi; i++) this.#bucket(i, -1);
      this.#bLo = bLo;
      this.#bHi = bLo;
    }
    if (fLo >= this.#fHi) {
      for (let i = this.#fLo; i < this.#fHi; i++) this.#sample(this.#raw[i] as number, -1);
      this.#fLo = fLo;
      this.#fHi = fLo;
    }
    for (; this.#bHi < bHi; this.#bHi++) this.#bucket(this.#bHi, 1);
    for (; this.#bLo < bLo; this.#bLo++) this.#bucket(this.#bLo, -1);
    for (; this.#fHi < fHi; this.#fHi++) this.#sample(this.#raw[this.#fHi] as number, 1);
    for (; this.#fLo < fLo; this.#fLo++) this.#sample(this.#raw[this.#fLo] as number, -1);
  }

  /** Adds (sign 1) or takes away (sign -1) a bucket's sketch; one that has none has no bins. */
  #bucket(bucket: number, sign: 1 | -1): void {
    const { negativeEnds, positiveEnds, zeroCounts, indices, counts } = this.#sketches;
    const by = this.#pairs(bucket);
    const middle = negativeEnds[bucket] as number;
    const to = positiveEnds[bucket] as number;
    const zeros = zeroCounts[bucket] as number;
    if (zeros > 0) this.#count(this.#zero, sign * zeros);
    const outside = this.#outside?.[bucket];
    if (outside !== undefined) this.#count(outside.bin, sign * outside.count);
    for (let i = bucket === 0 ? 0 : (positiveEnds[bucket - 1] as number); i < to; i++) {
      const index = by === 1 ? (indices[i] as number) : Math.ceil((indices[i] as number) / by);
      this.#count(this.#place(index, i < middle ? -1 : 1), sign * (counts[i] as number));
    }
  }

  #sample(value: number, sign: 1 | -1): void {
    this.#count(this.#binOf(value), sign);
  }

  #binOf(value: number): number {
    if (value !== value) return NANS;
    const magnitude = Math.abs(value);
    if (magnitude < SMALLEST) return this.#zero;
    if (magnitude === Infinity) return value < 0 ? LOWEST : this.#highest;
    return this.#place(this.#indexOf(magnitude), value < 0 ? -1 : 1);
  }

  #count(at: number, by: number): void {
    this.#counts[at] = (this.#counts[at] as number) + by;
    this.#total += by;
    if (at < this.#first) this.#first = at;
  }

  #indexOf(magnitude: number): number {
    return Math.ceil(Math.log(magnitude) / this.#logGamma);
  }

  #place(index: number, side: 1 | -1): number {
    return this.#zero + side * (index - this.#lowest + 1);
  }

  /** How many bins of a bucket's sketch make one here. */
  #pairs(bucket: number): number {
    const joins = this.#sketches.joins[bucket] as number;
    return joins < 0 || joins === this.#joins ? 1 : 2 ** (this.#joins - joins);
  }

  /** What a dense bin stands for. */
  #valueOf(at: number): number {
    if (at === this.#zero) return 0;
    if (at === NANS) return NaN;
    if (at === LOWEST || at === this.#highest) return at === LOWEST ? -Infinity : Infinity;
    const magnitude = this.#magnitude(Math.abs(at - this.#zero) - 1);
    return at < this.#zero ? -magnitude : magnitude;
  }

  /** What bin `i` of a bucket's sketch stands for, without its sign. */
  #magnitudeOf(bucket: number, i: number): number {
    const by = this.#pairs(bucket);
    const index = this.#sketches.indices[i] as number;
    return this.#magnitude((by === 1 ? index : Math.ceil(index / by)) - this.#lowest);
  }

  #magnitude(bin: number): number {
    const known = this.#magnitudes[bin] as number;
    return known === 0 ? (this.#magnitudes[bin] = this.#middleOf(this.#lowest + bin)) : known;
  }

  /** Finite, as all that it stands for. */
  #middleOf(index: number): number {
    return Math.min(Number.MAX_VALUE, this.#gamma ** index * (2 / (this.#gamma + 1)));
  }
}

/** Whether a quantile cannot be told of a bucket: it has no sketch, or what is not in its sketch is not known. */
export const lacksSketch = (rollup: RollupColumns, bucket: number): boolean =>
  (rollup.sketches?.joins[bucket] ?? -1) < 0 || isMixed(rollup, bucket);

/** Whether a bucket has NaN and infinities, or both of these: how many there are of each is not known. */
const isMixed = ({ sums, mins, maxs }: RollupColumns, bucket: number): boolean =>
  Number.isNaN(sums[bucket]) && (mins[bucket] === -Infinity || maxs[bucket] === Infinity);

/** Of one kind each: least and greatest pass over NaN, and tell infinities. Only these make a sum that is not finite. */
function outsideSketches(rollup: RollupColumns, sketches: SketchColumns, highest: number): readonly (Outside | undefined)[] | null {
  const { counts, sums, mins, maxs } = rollup;
  if (sums.every((sum) => Number.isFinite(sum))) return null;
  return Array.from(sums, (sum, bucket) => {
    if (Number.isFinite(sum)) return undefined;
    let inside = sketches.zeroCounts[bucket] ?? 0;
    const to = sketches.positiveEnds[bucket] ?? 0;
    for (let i = bucket === 0 ? 0 : (sketches.positiveEnds[bucket - 1] ?? 0); i < to; i++) inside += sketches.counts[i] as number;
    const count = (counts[bucket] as number) - inside;
    const bin = mins[bucket] === -Infinity ? LOWEST : maxs[bucket] === Infinity ? highest : NANS;
    return count > 0 ? { count, bin } : undefined;
  });
}

function outside(total: number, q: number): number {
  if (!(total > 0) || q !== q) return NaN;
  return q < 0 ? -Infinity : Infinity;
}

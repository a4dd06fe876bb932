/** Quantiles of a sliding run of sketches: dense bins, counts added as buckets enter and taken away as they leave. */
import { sketchError } from "../../aggregation/quantile-sketch.ts";
import type { SketchColumns } from "../../model/rollup.ts";

/** Smaller magnitudes count as zero, as in the sketches. */
const SMALLEST = 1e-300;

/** Sketches bLo…bHi-1 and raw samples fLo…fHi-1. */
interface Window {
  readonly bLo: number;
  readonly bHi: number;
  readonly fLo: number;
  readonly fHi: number;
}

/**
 * Bins of one series' sketches and raw samples, ascending by value: negatives, zero, positives (DDSketch, Masson et al.
 * 2019). All are brought to the resolution of the coarsest, whose relative error is the result's. A hot path: plain loops.
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
  readonly #lowest: number;
  #total = 0;
  /** No bin before it holds anything. */
  #first = 0;
  /** What is in the bins. */
  #bLo = 0;
  #bHi = 0;
  #fLo = 0;
  #fHi = 0;

  constructor(sketches: SketchColumns, raw: Float64Array) {
    this.#sketches = sketches;
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
    for (const value of raw) if (Math.abs(value) >= SMALLEST) widen(this.#indexOf(Math.abs(value)));
    this.#lowest = low;
    const bins = high < low ? 0 : high - low + 1;
    this.#zero = bins;
    this.#counts = new Float64Array(2 * bins + 1);
    this.#magnitudes = new Float64Array(bins);
  }

  /**
   * Of what lies in a window, which may only move forwards; NaN when nothing does. As Prometheus, linear between the order statistics around rank q (n - 1), each of them within the sketch's relative error.
   */
  quantile(window: Window, q: number): number {
    // A window of one bucket needs no bins but the bucket's own: the usual one, where the range is the step.
    if (window.bHi - window.bLo === 1 && window.fLo === window.fHi) return this.#ofBucket(window.bLo, q);
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
    if (weight === 0) return low;
    while (before <= lower + 1 && at < last) before += counts[++at] as number;
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
    for (let i = bucket === 0 ? 0 : (positiveEnds[bucket - 1] as number); i < to; i++) {
      const index = by === 1 ? (indices[i] as number) : Math.ceil((indices[i] as number) / by);
      this.#count(this.#place(index, i < middle ? -1 : 1), sign * (counts[i] as number));
    }
  }

  #sample(value: number, sign: 1 | -1): void {
    if (value !== value) return;
    const at = Math.abs(value) < SMALLEST ? this.#zero : this.#place(this.#indexOf(Math.abs(value)), value < 0 ? -1 : 1);
    this.#count(at, sign);
  }

  #count(at: number, by: number): void {
    this.#counts[at] = (this.#counts[at] as number) + by;
    this.#total += by;
    if (at < this.#first) this.#first = at;
  }

  #indexOf(magnitude: number): number {
    return Math.ceil(Math.log(Math.min(magnitude, Number.MAX_VALUE)) / this.#logGamma);
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
    return known === 0 ? (this.#magnitudes[bin] = (2 * this.#gamma ** (this.#lowest + bin)) / (this.#gamma + 1)) : known;
  }
}

function outside(total: number, q: number): number {
  if (!(total > 0) || q !== q) return NaN;
  return q < 0 ? -Infinity : Infinity;
}

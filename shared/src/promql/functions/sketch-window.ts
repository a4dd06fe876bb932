/** Quantiles of a sliding run of sketches: dense bins, counts added as buckets enter and taken away as they leave. */
import { sketchError, sketchJoins } from "../../aggregation/quantile-sketch.ts";
import type { RollupColumns, SketchBins } from "../../model/rollup.ts";

/** Smaller magnitudes count as zero, as in the sketches. */
const SMALLEST = 1e-300;

/**
 * Bins of one series' sketches and raw samples, ascending by value: negatives, zero, positives (DDSketch, Masson et al.
 * 2019). All are brought to the resolution of the coarsest, whose relative error is the result's.
 */
export class SketchWindow {
  private readonly rollup: RollupColumns;
  private readonly logGamma: number;
  private readonly gamma: number;
  private readonly counts: Float64Array;
  private readonly zero: number;
  private readonly lowest: number;
  private readonly joins: number;
  private readonly error: number;
  private total = 0;
  /** No bin before it holds anything. */
  private first = 0;

  constructor(rollup: RollupColumns, raw: Float64Array) {
    this.rollup = rollup;
    let coarsest = 0;
    for (const one of rollup.sketches ?? []) if (one !== undefined && one.relativeError > coarsest) coarsest = one.relativeError;
    this.joins = coarsest === 0 ? 0 : sketchJoins({ relativeError: coarsest });
    const error = sketchError(this.joins);
    this.error = error;
    this.gamma = (1 + error) / (1 - error);
    this.logGamma = Math.log(this.gamma);
    let low = Infinity;
    let high = -Infinity;
    const widen = (index: number): void => {
      if (index < low) low = index;
      if (index > high) high = index;
    };
    for (const sketch of rollup.sketches ?? []) {
      if (sketch === undefined) continue;
      const by = this.pairs(sketch);
      for (const { indices } of [sketch.negative, sketch.positive]) {
        if (indices.length === 0) continue;
        widen(Math.ceil((indices[0] ?? 0) / by));
        widen(Math.ceil((indices[indices.length - 1] ?? 0) / by));
      }
    }
    for (const value of raw) if (Math.abs(value) >= SMALLEST) widen(this.indexOf(Math.abs(value)));
    this.lowest = low;
    const bins = high < low ? 0 : high - low + 1;
    this.zero = bins;
    this.counts = new Float64Array(2 * bins + 1);
  }

  /** Adds (sign 1) or takes away (sign -1) a bucket. False where it has no sketch. */
  bucket(index: number, sign: 1 | -1): boolean {
    const sketch = this.rollup.sketches?.[index];
    if (sketch === undefined) return false;
    if (sketch.zeroCount > 0) this.count(this.zero, sign * sketch.zeroCount);
    const by = this.pairs(sketch);
    this.side(sketch.positive, 1, sign, by);
    this.side(sketch.negative, -1, sign, by);
    return true;
  }

  sample(value: number, sign: 1 | -1): void {
    if (value !== value) return;
    const at = Math.abs(value) < SMALLEST ? this.zero : this.place(this.indexOf(Math.abs(value)), value < 0 ? -1 : 1);
    this.count(at, sign);
  }

  private count(at: number, by: number): void {
    this.counts[at] = (this.counts[at] as number) + by;
    this.total += by;
    if (at < this.first) this.first = at;
  }

  /** As Prometheus, linear between the order statistics around rank q (n - 1), each of them within the sketch's relative error. */
  quantile(q: number): number {
    if (this.total <= 0 || q !== q) return NaN;
    if (q < 0) return -Infinity;
    if (q > 1) return Infinity;
    const rank = q * (this.total - 1);
    const lower = Math.floor(rank);
    const weight = rank - lower;
    const { counts } = this;
    const last = counts.length - 1;
    while (this.first < last && counts[this.first] === 0) this.first++;
    let at = this.first;
    let before = counts[at] as number;
    while (before <= lower && at < last) before += counts[++at] as number;
    const low = this.valueOf(at);
    if (weight === 0) return low;
    while (before <= lower + 1 && at < last) before += counts[++at] as number;
    return low * (1 - weight) + this.valueOf(at) * weight;
  }

  private indexOf(magnitude: number): number {
    return Math.ceil(Math.log(Math.min(magnitude, Number.MAX_VALUE)) / this.logGamma);
  }

  private place(index: number, side: 1 | -1): number {
    return this.zero + side * (index - this.lowest + 1);
  }

  /** How many of a sketch's bins make one here. */
  private pairs(sketch: SketchBins): number {
    return sketch.relativeError === this.error ? 1 : 2 ** (this.joins - sketchJoins(sketch));
  }

  private side(bins: SketchBins["positive"], side: 1 | -1, sign: 1 | -1, by: number): void {
    const { indices, counts } = bins;
    for (let i = 0; i < indices.length; i++) {
      this.count(this.place(Math.ceil((indices[i] as number) / by), side), sign * (counts[i] as number));
    }
  }

  /** What a bin stands for. */
  private valueOf(at: number): number {
    if (at === this.zero) return 0;
    const index = this.lowest + Math.abs(at - this.zero) - 1;
    const magnitude = (2 * this.gamma ** index) / (this.gamma + 1);
    return at < this.zero ? -magnitude : magnitude;
  }
}

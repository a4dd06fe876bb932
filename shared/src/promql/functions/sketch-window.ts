/** Quantiles of a sliding run of sketches: dense bins, counts added as buckets enter and taken away as they leave. */
import type { RollupColumns, SketchBins } from "../../model/rollup.ts";

/** Bins of one series' sketches and raw samples, ascending by value: negatives, zero, positives (DDSketch, Masson et al. 2019). */
export class SketchWindow {
  private readonly rollup: RollupColumns;
  private readonly logGamma: number;
  private readonly gamma: number;
  private readonly counts: Float64Array;
  private readonly zero: number;
  private readonly lowest: number;
  private total = 0;

  constructor(rollup: RollupColumns, raw: Float64Array) {
    this.rollup = rollup;
    const error = rollup.sketches?.find((one) => one !== undefined)?.relativeError ?? 0.01;
    this.gamma = (1 + error) / (1 - error);
    this.logGamma = Math.log(this.gamma);
    let low = Infinity;
    let high = -Infinity;
    const widen = (index: number | undefined): void => {
      if (index === undefined) return;
      if (index < low) low = index;
      if (index > high) high = index;
    };
    for (const sketch of rollup.sketches ?? []) {
      for (const { indices } of sketch === undefined ? [] : [sketch.negative, sketch.positive]) {
        widen(indices[0]);
        widen(indices[indices.length - 1]);
      }
    }
    for (const value of raw) if (value !== 0 && value === value) widen(this.indexOf(Math.abs(value)));
    this.lowest = low;
    const bins = high < low ? 0 : high - low + 1;
    this.zero = bins;
    this.counts = new Float64Array(2 * bins + 1);
  }

  /** Adds (sign 1) or takes away (sign -1) a bucket. False where it has no sketch. */
  bucket(index: number, sign: 1 | -1): boolean {
    const sketch = this.rollup.sketches?.[index];
    if (sketch === undefined) return false;
    this.counts[this.zero] = (this.counts[this.zero] ?? 0) + sign * sketch.zeroCount;
    this.total += sign * sketch.zeroCount;
    this.side(sketch.positive, 1, sign);
    this.side(sketch.negative, -1, sign);
    return true;
  }

  sample(value: number, sign: 1 | -1): void {
    if (value !== value) return;
    const at = value === 0 ? this.zero : this.place(this.indexOf(Math.abs(value)), value < 0 ? -1 : 1);
    this.counts[at] = (this.counts[at] ?? 0) + sign;
    this.total += sign;
  }

  /** As Prometheus, linear between the order statistics around rank q (n - 1), each of them within the sketch's relative error. */
  quantile(q: number): number {
    if (this.total <= 0 || q !== q) return NaN;
    if (q < 0) return -Infinity;
    if (q > 1) return Infinity;
    const rank = q * (this.total - 1);
    const lower = Math.floor(rank);
    const weight = rank - lower;
    const low = this.valueAt(lower);
    return weight === 0 ? low : low * (1 - weight) + this.valueAt(Math.min(lower + 1, this.total - 1)) * weight;
  }

  private indexOf(magnitude: number): number {
    return Math.ceil(Math.log(Math.min(magnitude, Number.MAX_VALUE)) / this.logGamma);
  }

  private place(index: number, side: 1 | -1): number {
    return this.zero + side * (index - this.lowest + 1);
  }

  private side(bins: SketchBins["positive"], side: 1 | -1, sign: 1 | -1): void {
    const { indices, counts } = bins;
    for (let i = 0; i < indices.length; i++) {
      const at = this.place(indices[i] ?? 0, side);
      const n = sign * (counts[i] ?? 0);
      this.counts[at] = (this.counts[at] ?? 0) + n;
      this.total += n;
    }
  }

  /** The value of the sample of this rank, from 0. */
  private valueAt(rank: number): number {
    let before = 0;
    let at = 0;
    for (; at < this.counts.length - 1; at++) {
      before += this.counts[at] ?? 0;
      if (before > rank) break;
    }
    if (at === this.zero) return 0;
    const index = this.lowest + Math.abs(at - this.zero) - 1;
    const magnitude = (2 * this.gamma ** index) / (this.gamma + 1);
    return at < this.zero ? -magnitude : magnitude;
  }
}

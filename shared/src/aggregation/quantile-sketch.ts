/**
 * DDSketch (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
 * VLDB 2019): a value x > 0 lies in the bin i with γ^(i−1) < x <= γ^i, γ = (1+α)/(1−α), and the bin's value
 * 2γ^i/(γ+1) is within α·x of it. Every quantile is therefore within relative error α = 0.01 of the sample of that rank.
 * At most MAX_BINS bins a sign, which at 1% hold values over 17 decades; where they don't, all bins are joined in pairs
 * (γ becomes γ², α becomes 2α/(1+α²): Epicoco et al., "UDDSketch", 2020), so the error grows but stays known: it is
 * `relativeError` of the bins.
 */
import type { SketchBins } from "../model/rollup.ts";

const SKETCH_ERROR = 0.01;
export const MAX_BINS = 2048;
/** One over the logarithm of γ. */
const INDEX_SCALE = 1 / Math.log((1 + SKETCH_ERROR) / (1 - SKETCH_ERROR));
/** Below this a value counts as zero, so that indices stay small. */
const SMALLEST = 1e-300;

type Bins = SketchBins["positive"];

const gammaOf = (error: number): number => (1 + error) / (1 - error);

const joinedError = (error: number): number => (2 * error) / (1 + error * error);

/** The error after bins were joined in pairs so many times. */
export function sketchError(joins: number): number {
  let error = SKETCH_ERROR;
  for (let i = 0; i < joins; i++) error = joinedError(error);
  return error;
}

/** How often the bins of a sketch were joined. */
export function sketchJoins(sketch: Pick<SketchBins, "relativeError">): number {
  let joins = 0;
  while (sketchError(joins) < sketch.relativeError * 0.999 && joins < 60) joins++;
  return joins;
}

let positives = new Int32Array(512);
let negatives = new Int32Array(512);

/** Of finite values; NaN and infinities are passed over. Undefined when none is left. A hot path: scratch arrays are kept. */
export function sketchOf(values: Float64Array): SketchBins | undefined {
  if (positives.length < values.length) {
    positives = new Int32Array(values.length);
    negatives = new Int32Array(values.length);
  }
  let positive = 0;
  let negative = 0;
  let zeroCount = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const size = Math.abs(value);
    if (size < SMALLEST) zeroCount += 1;
    else if (size < Infinity) {
      const index = Math.ceil(Math.log(size) * INDEX_SCALE);
      if (value > 0) positives[positive++] = index;
      else negatives[negative++] = index;
    }
  }
  if (positive + negative + zeroCount === 0) return undefined;
  return bounded({
    relativeError: SKETCH_ERROR,
    zeroCount,
    negative: countBins(negatives, negative),
    positive: countBins(positives, positive),
  });
}

/** Bins of the first `count` indices, which it sorts. */
function countBins(indices: Int32Array, count: number): Bins {
  const sorted = indices.subarray(0, count).sort();
  let bins = 0;
  for (let i = 0; i < count; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) bins += 1;
  const unique = new Int32Array(bins);
  const counts = new Float64Array(bins);
  for (let i = 0, bin = -1; i < count; i++) {
    const index = sorted[i] as number;
    if (bin < 0 || unique[bin] !== index) unique[++bin] = index;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { indices: unique, counts };
}

function bounded(sketch: SketchBins): SketchBins {
  let joined = sketch;
  while (joined.positive.indices.length > MAX_BINS || joined.negative.indices.length > MAX_BINS) joined = coarser(joined);
  return joined;
}

/** Bins joined in pairs: i becomes ceil(i / 2). */
function coarser(sketch: SketchBins): SketchBins {
  const join = ({ indices, counts }: Bins): Bins =>
    sumBins(
      indices.map((index) => Math.ceil(index / 2)),
      counts,
    );
  return {
    relativeError: joinedError(sketch.relativeError),
    zeroCount: sketch.zeroCount,
    negative: join(sketch.negative),
    positive: join(sketch.positive),
  };
}

/** Adds up the counts of equal ascending indices. */
function sumBins(indices: Int32Array, counts: Float64Array): Bins {
  const unique: number[] = [];
  const sums: number[] = [];
  for (let i = 0; i < indices.length; i++) {
    const last = sums.length - 1;
    if (unique[last] === indices[i]) sums[last] = (sums[last] as number) + (counts[i] as number);
    else {
      unique.push(indices[i] as number);
      sums.push(counts[i] as number);
    }
  }
  return { indices: Int32Array.from(unique), counts: Float64Array.from(sums) };
}

function mergeBins(a: Bins, b: Bins): Bins {
  const indices = new Int32Array(a.indices.length + b.indices.length);
  const counts = new Float64Array(indices.length);
  let i = 0;
  let j = 0;
  for (let to = 0; to < indices.length; to++) {
    const fromA = j === b.indices.length || (i < a.indices.length && (a.indices[i] as number) <= (b.indices[j] as number));
    indices[to] = (fromA ? a.indices[i] : b.indices[j]) as number;
    counts[to] = (fromA ? a.counts[i++] : b.counts[j++]) as number;
  }
  return sumBins(indices, counts);
}

/** The sketch of both samples together; its error is the greater of the two, or more where the bins grow too many. */
export function mergeSketches(a: SketchBins, b: SketchBins): SketchBins {
  let left = a;
  let right = b;
  // Errors come from one series of doublings, so the finer one reaches the coarser one's exactly.
  while (left.relativeError < right.relativeError * 0.999) left = coarser(left);
  while (right.relativeError < left.relativeError * 0.999) right = coarser(right);
  return bounded({
    relativeError: left.relativeError,
    zeroCount: left.zeroCount + right.zeroCount,
    negative: mergeBins(left.negative, right.negative),
    positive: mergeBins(left.positive, right.positive),
  });
}

export function sketchCount(sketch: SketchBins): number {
  let count = sketch.zeroCount;
  for (const value of sketch.negative.counts) count += value;
  for (const value of sketch.positive.counts) count += value;
  return count;
}

/** The value of rank floor(q·(n−1)), 0 <= q <= 1, within `relativeError` of it; NaN for an empty sketch. */
export function sketchQuantile(sketch: SketchBins, q: number): number {
  const rank = Math.floor(q * (sketchCount(sketch) - 1));
  const gamma = gammaOf(sketch.relativeError);
  const valueOf = (index: number): number => Math.min(Number.MAX_VALUE, gamma ** index * (2 / (gamma + 1)));
  let seen = 0;
  const { negative, positive } = sketch;
  for (let i = negative.indices.length - 1; i >= 0; i--) {
    seen += negative.counts[i] as number;
    if (seen > rank) return -valueOf(negative.indices[i] as number);
  }
  seen += sketch.zeroCount;
  if (seen > rank) return 0;
  for (let i = 0; i < positive.indices.length; i++) {
    seen += positive.counts[i] as number;
    if (seen > rank) return valueOf(positive.indices[i] as number);
  }
  return Number.NaN;
}

import { quantileSorted } from "simple-statistics";
import { largestOf, varianceInflation } from "../statistics/autocorrelation.ts";
import { midranks } from "../statistics/ranks.ts";
import { spreadOfDistances } from "../statistics/spread.ts";

/** A stretch with one level or one line, positions [from, to). */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly intercept: number;
  /** Per step, about the segment's first position; 0 for a level. */
  readonly slope: number;
}

const SHORTEST = 5;
/** Of a stretch of which this share more is unseen than of all nobody knows that it was a line: what moved meanwhile may have done so at once. */
const MORE_UNSEEN = 0.25;
/** Of a series: values so far apart tell its slope. */
const SHARE_APART = 0.1;
const MOST_CORRELATION = 0.97;
/** Noise of a series that stands still but for one jump, as a share of that. */
const STILL = 0.001;
/** What fitting a season leaves of it. */
const LEFT_OVER = 1e-6;
/** Classes by height of the season, and the fewest differences that tell how one scatters. */
const [FIFTHS, FEWEST_STEPS] = [5, 12];
/** Neighbours to either side of a value that is judged an outlier, and by how many deviations. */
const BESIDE = 3;
const OUTLYING = 3;

/**
 * Stretches of one level or one line each, by PELT: the exact minimum of the squared residuals over their long-run variance, with MBIC's
 * 3 ln n for every change and ln n more for a line than for a level. The variance comes from differences about their median, which neither a change nor a slope disturbs.
 * `seasonal`, where there is one, is what was taken out: what is busy by day scatters more by day, and each busy day would be a change.
 * `missing`, 1 at the positions without a sample: what was filled in there scatters not at all, lies as far off as its ends do, and is left out.
 * Sources: Killick, Fearnhead & Eckley 2012, JASA 107 (PELT); Zhang & Siegmund 2007, Biometrics 63 (MBIC).
 */
export function segments(all: Float64Array, seasonalOfAll?: Float64Array, missing?: Uint8Array): Segment[] {
  const seen = <T extends Float64Array | undefined>(of: T): T => of?.filter((_, i) => missing?.[i] !== 1) as T;
  const at = seen(Float64Array.from(all.keys()));
  const values = seen(all);
  const seasonal = seen(seasonalOfAll);
  // About the first: of what is far from 0 and hardly moves, sums of squares keep no digit.
  const first = values[0] ?? 0;
  const fifths = seasonal === undefined ? new Uint8Array(values.length) : fifthsOf(seasonal);
  // A slope is neither noise nor makes outliers of the ends.
  const slope = usualStep(at, values);
  const calm = withoutOutliers(
    values.map((value, i) => value - first - slope * at[i]!),
    fifths,
  );
  const y = slope === 0 ? calm : calm.map((value, i) => value + slope * at[i]!);
  const leftOver = seasonal === undefined ? 0 : LEFT_OVER * seasonal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const noise = Math.max(longRunVariance(calm, fifths), leftOver ** 2);
  const found = penalized(at, y, noise);
  // Fewer changes leave more of what wanders: its variance is measured again about the stretches that were found.
  const about = found.length > 1 ? longRunVarianceAbout(at, y, found) : 0;
  const kept = about > noise ? penalized(at, y, about) : found;
  return kept.map((segment) => ({
    ...segment,
    from: at[segment.from] ?? 0,
    to: at[segment.to] ?? all.length,
    intercept: segment.intercept + first,
  }));
}

/** The median slope over a tenth of the series: from one value to the next what goes up slowly and comes back at once mostly rises. */
function usualStep(at: Float64Array, y: Float64Array): number {
  const apart = Math.max(1, Math.floor(SHARE_APART * y.length));
  const slopeFrom = (_: unknown, i: number): number => (y[i + apart]! - y[i]!) / (at[i + apart]! - at[i]!);
  const slopes = Float64Array.from({ length: Math.max(0, y.length - apart) }, slopeFrom).sort();
  return slopes.length === 0 ? 0 : quantileSorted(slopes as unknown as number[], 0.5);
}

/** Stretches of the values, `from` and `to` by their place among these. */
function penalized(at: Float64Array, y: Float64Array, noise: number): Segment[] {
  const n = y.length;
  if (n < 2 * SHORTEST || !(noise > 0)) return [fit(sums(at, y), 0, n, 1, 0)];
  const prefix = sums(at, y);
  const penalty = 3 * Math.log(n);
  const forLine = Math.log(n) + 2;
  const cost = (from: number, to: number): number => {
    const { level, line } = residuals(prefix, from, to);
    return Math.min(level / noise, line / noise + forLine);
  };
  const best = new Float64Array(n + 1).fill(Infinity);
  const start = new Int32Array(n + 1);
  best[0] = -penalty;
  let candidates = [0];
  for (let to = SHORTEST; to <= n; to++) {
    const costs = candidates.map((from) => (best[from] ?? Infinity) + cost(from, to));
    for (const [k, total] of costs.entries())
      if (total + penalty < (best[to] ?? Infinity)) {
        best[to] = total + penalty;
        start[to] = candidates[k] ?? 0;
      }
    // What a further cut could gain at most is the penalty that tells a line from a level.
    candidates = candidates.filter((_, k) => (costs[k] ?? Infinity) <= (best[to] ?? Infinity) + forLine);
    if (to - SHORTEST + 1 >= SHORTEST) candidates.push(to - SHORTEST + 1);
  }
  const found: Segment[] = [];
  for (let to = n; to > 0; to = start[to] ?? 0) found.unshift(fit(prefix, start[to] ?? 0, to, noise, forLine));
  return found;
}

/** Variance of the noise as a level would see it, from first and second differences alone: γ0 (1 + ρ) / (1 − ρ) of an AR(1). */
function longRunVariance(y: Float64Array, fifths: Uint8Array): number {
  const robust = (lag: number): number => {
    const steps = Float64Array.from({ length: y.length - lag }, (_, i) => Math.abs((y[i + lag] ?? 0) - (y[i] ?? 0)));
    const spread = spreadOfDistances(steps) ** 2;
    if (spread > 0) return spread;
    // A series that hardly moves: all its steps but a single jump, which is what is looked for.
    let sum = 0;
    for (let i = 0; i < steps.length - lag; i++) sum += steps[i]! ** 2;
    return sum > 0 ? sum / steps.length : (STILL * (steps[steps.length - 1] ?? 0)) ** 2;
  };
  if (y.length < 4) return 0;
  const first = robust(1);
  if (!(first > 1e-30)) return 0;
  const rho = Math.min(MOST_CORRELATION, Math.max(0, robust(2) / first - 1));
  const throughout = Math.max(first, spreadOverFifths(y, fifths) ** 2);
  return (throughout * (1 + rho)) / (2 * (1 - rho) ** 2);
}

/** Of differences within fifths of the season's height, on average over these; of all of them the median would be that of the quiet nights. */
function spreadOverFifths(y: Float64Array, fifths: Uint8Array): number {
  const steps = Array.from({ length: FIFTHS }, (): number[] => []);
  for (let i = 1; i < y.length; i++) if (fifths[i] === fifths[i - 1]) steps[fifths[i]!]?.push(Math.abs(y[i]! - y[i - 1]!));
  const squares = steps.flatMap((some) => (some.length < FEWEST_STEPS ? [] : [spreadOfDistances(Float64Array.from(some)) ** 2]));
  return Math.sqrt(squares.reduce((sum, square) => sum + square / squares.length, 0));
}

function fifthsOf(seasonal: Float64Array): Uint8Array {
  return Uint8Array.from(midranks(seasonal), (rank) => Math.min(FIFTHS - 1, Math.floor((FIFTHS * (rank - 1)) / seasonal.length)));
}

/** What the stretches leave, with its autocorrelation. */
function longRunVarianceAbout(at: Float64Array, y: Float64Array, found: readonly Segment[]): number {
  const rest = Float64Array.from(y);
  for (const { from, to, intercept, slope } of found)
    for (let i = from; i < to; i++) rest[i] = rest[i]! - intercept - slope * (at[i]! - at[from]!);
  let sum = 0;
  for (const value of rest) sum += value * value;
  return (sum / Math.max(1, y.length - 2 * found.length)) * varianceInflation(rest, 2, largestOf(y));
}

/**
 * Values further from the median of the seven about them than three deviations are drawn to that distance: single ones are no change, and a
 * stretch of four or more is its own median. Source: Hampel's identifier, Davies & Gather 1993, JASA 88.
 */
function withoutOutliers(y: Float64Array, fifths: Uint8Array): Float64Array {
  const n = y.length;
  const window = new Float64Array(2 * BESIDE + 1);
  const middles = y.map((_, i) => {
    const from = Math.max(0, Math.min(n - window.length, i - BESIDE));
    const near = window.subarray(0, Math.min(n, window.length));
    near.set(y.subarray(from, from + near.length));
    return near.sort()[near.length >> 1]!;
  });
  const far = y.map((value, i) => Math.abs(value - middles[i]!));
  const most = Array.from({ length: FIFTHS }, (_, fifth) => {
    const some = far.filter((__, i) => fifths[i] === fifth).sort();
    const at = (share: number): number => (some.length === 0 ? 0 : quantileSorted(some as unknown as number[], share));
    // Of what mostly stands still the median says nothing, and of what hardly ever moves any single value is one that has no like.
    return OUTLYING * (at(0.5) > 0 ? at(0.5) / 0.6745 : at(0.9) / 1.6449);
  });
  return y.map((value, i) => Math.min(middles[i]! + most[fifths[i]!]!, Math.max(middles[i]! - most[fifths[i]!]!, value)));
}

/** Prefix sums, `x` being positions. */
interface Sums {
  readonly at: Float64Array;
  readonly x: Float64Array;
  readonly xx: Float64Array;
  readonly y: Float64Array;
  readonly xy: Float64Array;
  readonly yy: Float64Array;
}

function sums(at: Float64Array, y: Float64Array): Sums {
  const prefix = (term: (i: number) => number): Float64Array => {
    const out = new Float64Array(y.length + 1);
    for (let i = 0; i < y.length; i++) out[i + 1] = out[i]! + term(i);
    return out;
  };
  return {
    at,
    x: prefix((i) => at[i]!),
    xx: prefix((i) => at[i]! ** 2),
    y: prefix((i) => y[i]!),
    xy: prefix((i) => at[i]! * y[i]!),
    yy: prefix((i) => y[i]! ** 2),
  };
}

/** Share of the positions. */
function unseen(at: Float64Array, from: number, to: number): number {
  const positions = at[to - 1]! - at[from]! + 1;
  return 1 - (to - from) / positions;
}

function residuals(prefix: Sums, from: number, to: number): { level: number; line: number; mean: number; middle: number; slope: number } {
  const n = to - from;
  const mean = (prefix.y[to]! - prefix.y[from]!) / n;
  const middle = (prefix.x[to]! - prefix.x[from]!) / n;
  const cross = prefix.xy[to]! - prefix.xy[from]! - middle * n * mean;
  const spread = prefix.xx[to]! - prefix.xx[from]! - n * middle * middle;
  const level = Math.max(0, prefix.yy[to]! - prefix.yy[from]! - n * mean * mean);
  const isSeen = unseen(prefix.at, from, to) <= MORE_UNSEEN + unseen(prefix.at, 0, prefix.at.length);
  const slope = isSeen && spread > 0 ? cross / spread : 0;
  return { level, line: Math.max(0, level - slope * cross), mean, middle, slope };
}

function fit(prefix: Sums, from: number, to: number, noise: number, forLine: number): Segment {
  const { level, line, mean, middle, slope } = residuals(prefix, from, to);
  if (level / noise <= line / noise + forLine) return { from, to, intercept: mean, slope: 0 };
  return { from, to, intercept: mean - slope * (middle - prefix.at[from]!), slope };
}

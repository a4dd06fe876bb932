import { quantileSorted } from "simple-statistics";
import { tieSizes } from "../statistics/ranks.ts";
import { twoSided } from "../statistics/normal.ts";

export interface SlopeOfSeries {
  /** Per unit of x. */
  readonly slope: number;
  readonly lower: number;
  readonly upper: number;
  readonly intercept: number;
  /** What the line leaves of y. */
  readonly rest: Float64Array;
  /** How likely as much is where there is no slope. */
  readonly pValue: number;
}

/** The whole is no steeper than the steepest pair that lies this share of it apart. */
const FAR = 1 / 4;

/**
 * The median of the slopes of all pairs with its 95% interval, and Mann–Kendall's test of the same pairs. `inflationOf` tells by how much
 * autocorrelation of what the line leaves inflates the variance of S; where that reaches the outermost ranks, which are of neighbours and say how large
 * noise is, the interval ends with pairs that lie far apart. x ascending, at least 3 points; n² / 2 pairs.
 * Sources: Sen 1968, JASA 63; Kendall 1975 (ties); Hamed & Rao 1998 (autocorrelation).
 */
export function theilSen(x: Float64Array, y: Float64Array, inflationOf: (rest: Float64Array) => number): SlopeOfSeries {
  const n = x.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let pairs = 0;
  let s = 0;
  const far = Math.ceil(FAR * n);
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const rise = y[j]! - y[i]!;
      s += rise > 0 ? 1 : rise < 0 ? -1 : 0;
      const steepness = rise / (x[j]! - x[i]!);
      slopes[pairs++] = steepness;
      if (j - i < far) continue;
      least = Math.min(least, steepness);
      most = Math.max(most, steepness);
    }
  slopes.sort();
  const slope = quantileSorted(slopes as unknown as number[], 0.5);
  const rest = y.map((value, i) => value - slope * x[i]!);
  const intercept = quantileSorted(Float64Array.from(rest).sort() as unknown as number[], 0.5);
  for (let i = 0; i < n; i++) rest[i] = rest[i]! - intercept;
  let variance = n * (n - 1) * (2 * n + 5);
  for (const size of tieSizes(y)) variance -= size * (size - 1) * (2 * size + 5);
  variance = (variance / 18) * inflationOf(rest);
  const spread = 1.96 * Math.sqrt(variance);
  const at = (rank: number): number => slopes[Math.min(pairs - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    slope,
    rest,
    lower: Math.min(slope, Math.max(least, at((pairs - spread) / 2 - 1))),
    upper: Math.max(slope, Math.min(most, at((pairs + spread) / 2))),
    intercept,
    pValue: s === 0 || variance <= 0 ? 1 : twoSided((s - Math.sign(s)) / Math.sqrt(variance)),
  };
}

import { midranks, tieSizes } from "../statistics/ranks.ts";
import { twoSided } from "../statistics/normal.ts";

/**
 * Whether values of `after` tend to be larger than those of `before`: P(after > before) with ties half, and its two-sided p-value.
 * `inflation` is by how much autocorrelation inflates the variance. Both at least 2 long.
 * Source: Mann & Whitney 1947; ties as in Lehmann, Nonparametrics, 1.4.
 */
export function rankSum(before: Float64Array, after: Float64Array, inflation: number): { superiority: number; pValue: number } {
  const m = before.length;
  const n = after.length;
  const both = new Float64Array(m + n);
  both.set(before);
  both.set(after, m);
  const ranks = midranks(both);
  let sum = 0;
  for (let i = m; i < m + n; i++) sum += ranks[i] ?? 0;
  const u = sum - (n * (n + 1)) / 2;
  const all = m + n;
  let ties = 0;
  for (const size of tieSizes(both)) ties += size ** 3 - size;
  const variance = ((m * n) / 12) * (all + 1 - ties / (all * (all - 1))) * inflation;
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return { superiority: u / (m * n), pValue: variance > 0 ? twoSided(distance / Math.sqrt(variance)) : 1 };
}

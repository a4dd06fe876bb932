/** Autocorrelations at lags 1…most (index 0 is lag 1); zeros for a constant. */
export function autocorrelations(y: Float64Array, most: number): Float64Array {
  const n = y.length;
  let mean = 0;
  for (const value of y) mean += value / n;
  let power = 0;
  for (const value of y) power += (value - mean) ** 2;
  const out = new Float64Array(Math.max(0, Math.min(most, n - 1)));
  if (!(power > 0)) return out;
  for (let lag = 1; lag <= out.length; lag++) {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += ((y[i] ?? 0) - mean) * ((y[i - lag] ?? 0) - mean);
    out[lag - 1] = sum / power;
  }
  return out;
}

const STRONGEST = 0.99;
/** What is left of a fit that is exact comes to no more than this share of what was fitted. */
const ROUNDING = 1e-13;

export function largestOf(y: Float64Array): number {
  let largest = 0;
  for (const value of y) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/**
 * By how much correlation of neighbours inflates the variance of a mean or of Kendall's S, at least 1: the larger of what an AR(1) with its
 * bias taken out says and of the sum of the autocorrelations that are not noise. `fitted`: parameters fitted before (1 mean, 2 line). `size`: the largest of the values that
 * `y` is left of; beside them what is as small as rounding errors, which follow one another, is nothing.
 * Sources: Hamed & Rao 1998, J. Hydrology 204; Marriott & Pope 1954 (bias); Bayley & Hammersley 1946 (effective number of observations).
 */
export function varianceInflation(y: Float64Array, fitted: number, size: number): number {
  const n = y.length;
  if (n < 4 || largestOf(y) <= ROUNDING * size) return 1;
  const rho = autocorrelations(y, Math.max(1, Math.floor(n / 5)));
  const first = rho[0] ?? 0;
  const unbiased = Math.min(STRONGEST, first + (fitted >= 2 ? 2 + 4 * first : 1 + 3 * first) / n);
  const autoregressive = unbiased > 0 ? (1 + unbiased) / (1 - unbiased) : 1;
  const noise = 1.96 / Math.sqrt(n);
  let sum = 1;
  for (let lag = 1; lag <= rho.length; lag++) {
    const r = rho[lag - 1] ?? 0;
    if (r <= noise) break;
    sum += 2 * (1 - lag / n) * r;
  }
  return Math.max(1, autoregressive, sum);
}

import { sampleCorrelation } from "simple-statistics";
import { autocorrelations } from "../statistics/autocorrelation.ts";
import { studentToNormal, twoSided } from "../statistics/normal.ts";
import { midranks } from "../statistics/ranks.ts";

export interface LaggedCorrelation {
  readonly rho: number;
  /** Steps by which the second series follows the first; negative when it leads. */
  readonly lag: number;
  /** Pairs of changes compared. */
  readonly points: number;
  /** Corrected for the lags tried (Šidák) and for autocorrelation. */
  readonly pValue: number;
}

const FEWEST_PAIRS = 12;
const CORRELATED_LAGS = 10;

/**
 * The strongest Spearman correlation of the changes of two series on the same steps, over lags of up to `most` steps either way. Changes,
 * because two series that merely drift correlate in their levels. NaN marks a missing value. Null with fewer than 12 pairs of changes,
 * or when one series never changes.
 * Sources: Spearman 1904; Granger & Newbold 1974 (why differences); Bartlett 1946 (autocorrelation).
 */
export function laggedSpearman(first: Float64Array, second: Float64Array, most: number): LaggedCorrelation | null {
  const one = changes(first);
  const two = changes(second);
  let best: { rho: number; lag: number; points: number; z: number } | null = null;
  let tried = 0;
  for (let lag = -most; lag <= most; lag++) {
    const found = correlationAt(one, two, lag);
    if (found === null) continue;
    tried++;
    if (best === null || found.z > best.z || (found.z === best.z && Math.abs(lag) < Math.abs(best.lag))) best = { ...found, lag };
  }
  if (best === null) return null;
  const { rho, lag, points, z } = best;
  // 1 - (1 - p)^tried, without losing small p.
  return { rho, lag, points, pValue: -Math.expm1(tried * Math.log1p(-Math.min(twoSided(z), 1 - 1e-16))) };
}

const changes = (y: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.max(0, y.length - 1) }, (_, i) => (y[i + 1] ?? Number.NaN) - (y[i] ?? Number.NaN));

function correlationAt(one: Float64Array, two: Float64Array, lag: number): { rho: number; points: number; z: number } | null {
  const left: number[] = [];
  const right: number[] = [];
  for (let i = Math.max(0, -lag); i < one.length && i + lag < two.length; i++) {
    const a = one[i] ?? Number.NaN;
    const b = two[i + lag] ?? Number.NaN;
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    left.push(a);
    right.push(b);
  }
  const points = left.length;
  if (points < FEWEST_PAIRS) return null;
  const ranks = midranks(left);
  const others = midranks(right);
  const rho = sampleCorrelation(Array.from(ranks), Array.from(others));
  if (!Number.isFinite(rho)) return null;
  const own = autocorrelations(ranks, CORRELATED_LAGS);
  const their = autocorrelations(others, CORRELATED_LAGS);
  let inflation = 1;
  for (let k = 0; k < own.length; k++) inflation += 2 * (1 - (k + 1) / points) * (own[k] ?? 0) * (their[k] ?? 0);
  const effective = Math.max(4, Math.min(points, points / Math.max(0.5, inflation)));
  const bounded = Math.min(0.999999, Math.abs(rho));
  const t = bounded * Math.sqrt((effective - 2) / (1 - bounded * bounded));
  return { rho, points, z: studentToNormal(t, effective - 2) };
}

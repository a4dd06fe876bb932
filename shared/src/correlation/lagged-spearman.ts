import { sampleCorrelation } from "simple-statistics";
import { autocorrelations } from "../statistics/autocorrelation.ts";
import { studentToNormal, twoSided } from "../statistics/normal.ts";
import { midranks } from "../statistics/ranks.ts";
import { chanceOfCoincidence } from "./coincidence.ts";

export interface LaggedCorrelation {
  readonly rho: number;
  /** Steps by which the second series follows the first; negative when it leads. */
  readonly lag: number;
  /** Pairs of changes compared. */
  readonly points: number;
  /** Corrected for the lags tried (Šidák), for autocorrelation, and for changes that are rare. */
  readonly pValue: number;
}

export interface LagSearch {
  readonly most: number;
  readonly covers: number;
}

/** Changes that both series have. */
export const FEWEST_PAIRS = 12;
/** Of the pairs: waves of unlike periods are alike for long, and a few lags do not see it. */
const CORRELATED_SHARE = 4;
const FEWEST_LAGS = 10;

/**
 * The strongest Spearman correlation of the changes of two series on the same steps, over lags of up to `most` steps either way. Changes,
 * because two series that merely drift correlate in their levels. NaN marks a missing value. `covers` is of how many steps a value stands
 * for. Null with fewer than 12 pairs of changes, or when one series never changes.
 * Sources: Spearman 1904; Granger & Newbold 1974 (why differences); Bartlett 1946 (autocorrelation).
 */
export function laggedSpearman(first: Float64Array, second: Float64Array, { most, covers }: LagSearch): LaggedCorrelation | null {
  const one = changes(first);
  const two = changes(second);
  let best: { rho: number; lag: number; points: number; pValue: number } | null = null;
  let tried = 0;
  // The nearest first: of equals it stays.
  const lags = Array.from({ length: 2 * most + 1 }, (_, i) => i - most).toSorted((a, b) => Math.abs(a) - Math.abs(b));
  for (const lag of lags) {
    const found = correlationAt(one, two, { lag, covers });
    if (found === null) continue;
    tried++;
    if (best === null || found.pValue < best.pValue || (found.pValue === best.pValue && Math.abs(found.rho) > Math.abs(best.rho)))
      best = { ...found, lag };
  }
  // 1 - (1 - p)^tried, without losing small p.
  return best && { ...best, pValue: -Math.expm1(tried * Math.log1p(-Math.min(best.pValue, 1 - 1e-16))) };
}

const changes = (y: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.max(0, y.length - 1) }, (_, i) => (y[i + 1] ?? Number.NaN) - (y[i] ?? Number.NaN));

function correlationAt(
  one: Float64Array,
  two: Float64Array,
  { lag, covers }: { readonly lag: number; readonly covers: number },
): Omit<LaggedCorrelation, "lag"> | null {
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
  const lags = Math.max(FEWEST_LAGS, Math.floor(points / CORRELATED_SHARE));
  const own = autocorrelations(ranks, lags);
  const their = autocorrelations(others, lags);
  let inflation = 1;
  for (let k = 0; k < own.length; k++) inflation += 2 * (1 - (k + 1) / points) * (own[k] ?? 0) * (their[k] ?? 0);
  const effective = Math.max(4, Math.min(points, points / Math.max(0.5, inflation)));
  const bounded = Math.min(0.999999, Math.abs(rho));
  const t = bounded * Math.sqrt((effective - 2) / (1 - bounded * bounded));
  return { rho, points, pValue: Math.max(twoSided(studentToNormal(t, effective - 2)), chanceOfCoincidence(left, right, covers)) };
}

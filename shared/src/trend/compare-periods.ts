import { median, quantile } from "simple-statistics";
import type { Comparison, Refusal, Summary } from "../model/trend.ts";
import { formatMetricValue } from "../format/metric-value.ts";
import { straightLine } from "../forecast/straight-line.ts";
import { varianceInflation } from "../statistics/autocorrelation.ts";
import { type FinitePoints, finitePoints, refuse } from "./finite-points.ts";
import { rankSum } from "./rank-sum.ts";
import { worseWhen } from "./worse-when.ts";

export interface Period {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

const FEWEST = 5;
const SIGNIFICANT = 0.01;
/** Changes smaller than this share are nobody's concern, however certain. */
const SMALLEST_CHANGE = 0.02;

/**
 * Two periods of one series: medians, p95, and whether what differs is more than chance (Mann–Whitney, corrected for autocorrelation).
 * `name` is the metric or expression, for its unit and for which way is bad; `periods` names the two in the sentence.
 */
export function comparePeriods(before: Period, after: Period, name: string, periods: readonly [string, string]): Comparison | Refusal {
  const earlier = finitePoints(before.timestamps, before.values, FEWEST);
  if ("refused" in earlier) return refuse(earlier.refused.code, `Of ${periods[0]}: ${earlier.refused.reason}`);
  const later = finitePoints(after.timestamps, after.values, FEWEST);
  if ("refused" in later) return refuse(later.refused.code, `Of ${periods[1]}: ${later.refused.reason}`);
  const inflation = Math.max(varianceInflation(levelled(earlier.y), 2), varianceInflation(levelled(later.y), 2));
  const { superiority, pValue } = rankSum(unscaled(earlier), unscaled(later), inflation);
  const was = summaryOf(earlier);
  const is = summaryOf(later);
  const difference = is.median - was.median;
  const change = was.median === 0 ? null : difference / Math.abs(was.median);
  const verdict = verdictFor(name, difference, change, pValue);
  return { before: was, after: is, difference, change, pValue, superiority, verdict, text: textOf() };

  function textOf(): string {
    const show = (value: number): string => formatMetricValue(name, "", value);
    const chance = chanceInWords(pValue);
    if (verdict === "same")
      return `Median ${show(is.median)} ${periods[1]}, ${show(was.median)} ${periods[0]}: no difference beyond chance (${chance}).`;
    const against = `${show(was.median)} ${periods[0]}${shareInWords(difference, change, verdict)}`;
    return `Median ${show(is.median)} ${periods[1]} against ${against}; ${chance}.`;
  }
}

/** What a difference and its share (null: of nothing) come to, by how likely it is by chance; `name` tells which way is bad. */
export function verdictFor(name: string, difference: number, change: number | null, pValue: number): Comparison["verdict"] {
  const differs = pValue < SIGNIFICANT && difference !== 0 && (change === null || Math.abs(change) >= SMALLEST_CHANGE);
  return differs ? verdictOf(difference > 0, worseWhen(name)) : "same";
}

export const chanceInWords = (pValue: number): string => (pValue < 0.001 ? "p < 0.001" : `p = ${pValue.toPrecision(2)}`);

/** " (+26%), worse" */
export function shareInWords(difference: number, change: number | null, verdict: Comparison["verdict"]): string {
  const share = change === null ? "" : ` (${difference > 0 ? "+" : "−"}${percent(Math.abs(change))})`;
  return `${share}${verdict === "worse" || verdict === "better" ? `, ${verdict}` : ""}`;
}

const verdictOf = (rose: boolean, bad: "higher" | "lower" | null): Comparison["verdict"] =>
  bad === null ? (rose ? "higher" : "lower") : rose === (bad === "higher") ? "worse" : "better";

const percent = (share: number): string => (share >= 10 ? `${Math.round(share + 1)}-fold` : `${Number((share * 100).toPrecision(2))}%`);

/** What is left about a line: a slope within a period is no dependence of its noise. */
export function levelled(y: Float64Array): Float64Array {
  const { slope, intercept } = straightLine(y);
  return y.map((value, i) => value - intercept - slope * i);
}

const unscaled = ({ y, scale }: FinitePoints): Float64Array => y.map((value) => value * scale);

function summaryOf({ y, scale }: FinitePoints): Summary {
  const values = Array.from(y);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return { count: values.length, median: median(values) * scale, mean: mean * scale, p95: quantile(values, 0.95) * scale };
}

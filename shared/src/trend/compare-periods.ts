import { median, quantile } from "simple-statistics";
import type { Comparison, Refusal, Summary } from "../model/trend.ts";
import { formatMetricValue } from "../format/metric-value.ts";
import { spokenDuration } from "../model/duration.ts";
import { straightLine } from "../forecast/straight-line.ts";
import { largestOf, varianceInflation } from "../statistics/autocorrelation.ts";
import { tieOften } from "../statistics/ranks.ts";
import { type FinitePoints, finitePoints, refuse } from "./finite-points.ts";
import { rankSum } from "./rank-sum.ts";
import { worseWhen } from "./worse-when.ts";

export interface Period {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

const FEWEST = 5;
const SIGNIFICANT = 0.01;
/** Changes smaller than this share are nobody's concern, however certain; of what succeeds, this share of what does not. */
const SMALLEST_CHANGE = 0.02;
/** What the time of day would have may come to a little more than all. */
const WHOLE = 1.01;

/**
 * Two periods of one series: medians, means, p95, and whether what differs is more than chance (Mann–Whitney, corrected for autocorrelation).
 * `name` is the metric or expression, for its unit and for which way is bad; `periods` names the two in the sentence. Of values that are means of
 * many samples each, `meansOfMs` is over how long: their median is not that of the samples. `unit`: as declared.
 */
export function comparePeriods(
  before: Period,
  after: Period,
  name: string,
  periods: readonly [string, string],
  meansOfMs?: number,
  unit = "",
): Comparison | Refusal {
  const earlier = finitePoints(before.timestamps, before.values, FEWEST);
  if ("refused" in earlier) return refuse(earlier.refused.code, `Of ${periods[0]}: ${earlier.refused.reason}`);
  const later = finitePoints(after.timestamps, after.values, FEWEST);
  if ("refused" in later) return refuse(later.refused.code, `Of ${periods[1]}: ${later.refused.reason}`);
  const inflation = Math.max(inflationAboutLine(earlier.y), inflationAboutLine(later.y));
  const [first, second] = [unscaled(earlier), unscaled(later)];
  const { superiority, pValue } = rankSum(first, second, inflation);
  const was = summaryOf(earlier);
  const is = summaryOf(later);
  // One outlier may move a mean against all other values: then it is not what was found.
  const tied = tieOften(Float64Array.of(...first, ...second));
  const middles: readonly Comparison["of"][] = tied ? ["mean", "median"] : ["median"];
  const chanceBy = (middle: Comparison["of"]): number => chanceOf(is[middle] - was[middle], { superiority, pValue });
  const of = middles.find((middle) => is[middle] !== was[middle] && chanceBy(middle) === pValue) ?? middles[0] ?? "median";
  const chance = chanceBy(of);
  const sides = { of, is: is[of], after: periods[1], was: was[of], before: periods[0], meansOfMs, unit } as const;
  return { before: was, after: is, of, pValue: chance, superiority, ...judgeChange(name, sides, chance) };
}

/** How likely a difference is by chance: a test by ranks that found the opposite says nothing for it. */
export const chanceOf = (difference: number, { superiority, pValue }: Pick<Comparison, "superiority" | "pValue">): number =>
  difference * (superiority - 0.5) < 0 ? 1 : pValue;

export interface Sides {
  readonly of: Comparison["of"];
  readonly is: number;
  readonly was: number;
  /** As the sentence is to call the two. */
  readonly after: string;
  readonly before: string;
  readonly meansOfMs?: number | undefined;
  /** As declared; that of the name where it is "". */
  readonly unit?: string;
}

/** What `is` against `was` comes to, by how likely it is by chance; `name` tells the unit and which way is bad. */
export function judgeChange(
  name: string,
  { of, is, was, after, before, meansOfMs, unit = "" }: Sides,
  pValue: number,
): Pick<Comparison, "difference" | "change" | "verdict" | "text"> {
  const difference = is - was;
  const share = difference / Math.abs(was);
  const change = Number.isFinite(share) ? share : null;
  const isCertain = pValue < SIGNIFICANT;
  const matters = difference !== 0 && Math.abs(difference) >= SMALLEST_CHANGE * baseOf(name, was);
  const verdict = isCertain && matters ? verdictOf(difference > 0, worseWhen(name)) : "same";
  const show = (value: number): string => formatMetricValue(name, unit, value);
  const chance = pValue < 0.001 ? "p < 0.001" : `p = ${pValue.toPrecision(2)}`;
  const middle = of === "mean" ? "Mean" : meansOfMs === undefined ? "Median" : `Median (of means of ${spokenDuration(meansOfMs)})`;
  const [held, against] = [`${middle} ${show(is)} ${after}`, `${show(was)} ${before}`];
  const text =
    verdict === "same"
      ? `${held}, ${against}: no difference ${isCertain ? "that matters" : "beyond chance"} (${chance}).`
      : `${held} against ${against}${shareInWords(difference, change, verdict)}; ${chance}.`;
  return { difference, change, verdict, text };
}

/** What is left of the whole, of a share of which less is bad: 98.5% instead of 99.9% is fifteen times the failures. */
const baseOf = (name: string, was: number): number =>
  worseWhen(name) === "lower" && /_ratio\b/.test(name) && was > 0.5 && was <= WHOLE ? Math.max(0, 1 - was) : Math.abs(was);

/** " (+26%), worse" */
function shareInWords(difference: number, change: number | null, verdict: Comparison["verdict"]): string {
  const share = change === null ? "" : ` (${difference > 0 ? "+" : "−"}${percent(Math.abs(change))})`;
  return `${share}${verdict === "worse" || verdict === "better" ? `, ${verdict}` : ""}`;
}

const verdictOf = (rose: boolean, bad: "higher" | "lower" | null): Comparison["verdict"] =>
  bad === null ? (rose ? "higher" : "lower") : rose === (bad === "higher") ? "worse" : "better";

const percent = (share: number): string => (share >= 10 ? `${Math.round(share + 1)}-fold` : `${Number((share * 100).toPrecision(2))}%`);

/** By how much what is left about a line depends on itself: a slope within a period is no dependence of its noise. `size` as of `varianceInflation`. */
export function inflationAboutLine(y: Float64Array, size = largestOf(y)): number {
  const { slope, intercept } = straightLine(y);
  return varianceInflation(
    y.map((value, i) => value - intercept - slope * i),
    2,
    size,
  );
}

const unscaled = ({ y, scale }: FinitePoints): Float64Array => y.map((value) => value * scale);

function summaryOf({ y, scale }: FinitePoints): Summary {
  const values = Array.from(y);
  // About the first, so that of equal values it is that value.
  const first = values[0] ?? 0;
  const mean = values.reduce((sum, value) => sum + (value - first) / values.length, first);
  return { count: values.length, median: median(values) * scale, mean: mean * scale, p95: quantile(values, 0.95) * scale };
}

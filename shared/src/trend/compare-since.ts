import { mean, median, standardDeviation } from "simple-statistics";
import type { Comparison, Refusal } from "../model/trend.ts";
import { largestOf } from "../statistics/autocorrelation.ts";
import { chanceOf, comparePeriods, inflationAboutLine, judgeChange, type Period } from "./compare-periods.ts";
import { rankSum } from "./rank-sum.ts";

/** The same series so many ms before, a day or a week: times of its own, by the steps of what is compared. */
export interface Earlier extends Period {
  readonly backMs: number;
}

const FEWEST = 5;
/** Of the points of each side so many must be known at the same time before. */
const KNOWN_SHARE = 0.25;
/** A past of which the series is so many times further off, in logarithms of shares of at least so much, is not its like. */
const UNLIKE = 2;
const ALIKE = 0.02;
const UNTOLD = "Nothing is known of the same hours the day before, so that a pattern of the day cannot be told from a change.";

export interface OfValues {
  /** As `comparePeriods` takes it. */
  readonly meansOfMs?: number | undefined;
  /** How far back before its time a value reaches, ms: one that reaches back beyond the deploy is of both sides, and of neither. */
  readonly reachMs?: number;
  /** As declared. */
  readonly unit?: string;
}

/** What differs from the same time before, of each side: logarithms of shares where all values are above 0, else differences. */
interface Residuals {
  readonly before: Float64Array;
  readonly after: Float64Array;
  readonly inShares: boolean;
}

/** How far the later residuals lie from the earlier ones. */
interface Shift {
  readonly by: number;
  readonly inShares: boolean;
  readonly pValue: number;
  readonly superiority: number;
  /** Standard deviation of the residuals of the side that scatters more. */
  readonly spread: number;
}

/**
 * What a series is since `atMs`, of a deploy, against before it, the time of day taken out (difference in differences): every point is held
 * against the newest at the same time of the day, or of the week, from before the deploy, and what is left since the deploy against what is
 * left before (Mann–Whitney, corrected for autocorrelation). Of several such pasts the one decides that says the least. Where none is known,
 * the two sides are compared as they are, and the text says so. Refuses as `comparePeriods`.
 */
export function compareSince(
  { timestamps, values }: Period,
  atMs: number,
  past: readonly Earlier[],
  name: string,
  { meansOfMs, reachMs = 0, unit = "" }: OfValues = {},
): Comparison | Refusal {
  const points = Array.from(timestamps, (t, i) => ({ t, value: values[i] ?? Number.NaN })).filter(
    ({ t }) => t < atMs || t - reachMs >= atMs,
  );
  const side = (wanted: boolean): Period => {
    const kept = points.filter(({ t }) => t >= atMs === wanted);
    return { timestamps: kept.map(({ t }) => t), values: kept.map(({ value }) => value) };
  };
  const plain = comparePeriods(side(false), side(true), name, ["before the deploy", "since the deploy"], meansOfMs, unit);
  if ("refused" in plain) return plain;
  const shifts = thatFit(
    past.flatMap((one) => {
      const residuals = residualsOf(points, atMs, one);
      return residuals === null ? [] : [shiftOf(residuals, plain.of)];
    }),
  );
  const { of } = plain;
  const is = plain.after[of];
  const usualOf = ({ by, inShares }: Shift): number => (inShares ? is / Math.exp(by) : is - by);
  const [least] = shifts.toSorted((a, b) => Math.abs(is - usualOf(a)) - Math.abs(is - usualOf(b)));
  if (least === undefined) return { ...plain, text: `${plain.text} ${UNTOLD}` };
  const agree = shifts.every(({ by }) => Math.sign(by) === Math.sign(least.by));
  const pValue = agree ? Math.max(...shifts.map((shift) => shift.pValue)) : 1;
  const usual = usualOf(least);
  const sides = { of, is, after: "since the deploy", was: usual, before: "as this time of day would have it", meansOfMs, unit };
  return { ...plain, usual, pValue, superiority: least.superiority, ...judgeChange(name, sides, pValue) };
}

/** Without those pasts that the series is far less like than another: where it turns from a weekend to a working day the day before says nothing. */
function thatFit(shifts: readonly Shift[]): readonly Shift[] {
  const ofShares = shifts.filter(({ inShares }) => inShares);
  if (ofShares.length < shifts.length) return shifts;
  const least = Math.max(ALIKE, Math.min(...shifts.map(({ spread }) => spread)));
  return shifts.filter(({ spread }) => spread <= UNLIKE * least);
}

function residualsOf(points: readonly { readonly t: number; readonly value: number }[], atMs: number, earlier: Earlier): Residuals | null {
  const { backMs } = earlier;
  const known = new Map(points.map(({ t, value }) => [t, value]));
  for (let i = 0; i < earlier.timestamps.length; i++) known.set(earlier.timestamps[i] as number, earlier.values[i] as number);
  const pairs = points.flatMap(({ t, value }) => {
    const back = Math.max(1, Math.floor((t - atMs) / backMs) + 1);
    const was = known.get(t - back * backMs) ?? Number.NaN;
    return Number.isFinite(value) && Number.isFinite(was) ? [{ isAfter: t >= atMs, value, was }] : [];
  });
  const inShares = pairs.every(({ value, was }) => value > 0 && was > 0);
  const left = (after: boolean): Float64Array =>
    Float64Array.from(
      pairs.filter(({ isAfter }) => isAfter === after),
      ({ value, was }) => (inShares ? Math.log(value / was) : value - was),
    );
  const [before, after] = [left(false), left(true)];
  const later = points.filter(({ t }) => t >= atMs).length;
  const isEnough = (there: Float64Array, of: number): boolean => there.length >= Math.max(FEWEST, KNOWN_SHARE * of);
  return isEnough(before, points.length - later) && isEnough(after, later) ? { before, after, inShares } : null;
}

function shiftOf({ before, after, inShares }: Residuals, of: Comparison["of"]): Shift {
  // Logarithms of shares have the rounding errors of a share of 1.
  const size = Math.max(inShares ? 1 : 0, largestOf(before), largestOf(after));
  const inflation = Math.max(inflationAboutLine(before, size), inflationAboutLine(after, size));
  const middle = (values: Float64Array): number => (of === "mean" ? mean : median)(Array.from(values));
  const by = middle(after) - middle(before);
  const ranks = rankSum(before, after, inflation);
  const spread = Math.max(standardDeviation(Array.from(before)), standardDeviation(Array.from(after)));
  return { by, inShares, superiority: ranks.superiority, pValue: chanceOf(by, ranks), spread };
}

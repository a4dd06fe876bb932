import { type Candidate, FINER, bendsApart, candidates, finerBends, sharpBend } from "./growth-candidates.ts";
import { findSlopeChange } from "../forecast/slope-change.ts";
import { straightLine } from "../forecast/straight-line.ts";
import { type FilterState, innovations } from "./innovations.ts";
import { asFarAgain } from "../statistics/growth-by-shares.ts";
import { type LeastSquares, leastSquares } from "./least-squares.ts";

/** One way in which the series may grow, and how much the data speak for it. */
export interface GrowthModel extends Candidate {
  readonly weight: number;
  readonly fit: LeastSquares;
  /** By column of the line: the filter's state after that column alone; the values' own is `end`. */
  readonly columnEnds: readonly FilterState[];
  readonly end: FilterState;
  /** Of logarithms: beyond it growth by shares goes on by amounts. */
  readonly highest: number;
  /** Innovations about the fitted line, with their sum of squares brought to the degrees of freedom. */
  readonly rests: Float64Array;
}

/** Of the mean of values: a line that falls below it tells nothing of how scatter grows with it. */
const LEAST_LEVEL = 0.05;
const NEGLIGIBLE = 0.002;
const MOST = 12;

/** The columns of the line at positions 1…: a constant, the count of steps, and the steps beyond a bend, or of what becomes ever more all that were so far added up. */
export function lineAt(position: number, bend: Candidate["bend"]): readonly number[] {
  if (bend === null) return [1, position];
  return [1, position, bend === "ever more" ? (position * (position + 1)) / 2 : Math.max(0, position - bend)];
}

/**
 * Models of growth weighted by how likely they make the data, the line and the size of the noise integrated out; noise that grows with the line is brought
 * to one size by dividing by the line of least squares. `phases`: means of a season that were taken out of the values before. `among`: these alone are
 * weighed, found likely of nearly the same values. Values positive and about 1
 * when they may have grown by shares; at least 8. Sources: Harville 1974 (likelihood of what a line leaves); Hoeting et al. 1999 (averaging of models).
 */
export function growthModels(values: Float64Array, phases = 0, among?: readonly Candidate[]): GrowthModel[] {
  const n = values.length;
  const positive = values.every((value) => value > 0);
  const logarithms = positive ? values.map(Math.log) : values;
  let ofLogarithms = 0;
  if (positive) for (const value of logarithms) ofLogarithms += value;
  const highest = asFarAgain(logarithms);
  const level = straightLevel(values);
  const least = (1e-9 * magnitudeOf(values)) ** 2 * n;
  const fitted = (candidate: Candidate): readonly Fitted[] => {
    const { dependence, bend, logarithmic, scatter } = candidate;
    const sizes = scatter > 0 ? level?.map((one) => one ** scatter) : null;
    if (sizes === undefined) return [];
    const weighed = (series: Float64Array): Float64Array => (sizes === null ? series : series.map((one, i) => one / sizes[i]!));
    const own = innovations(dependence, weighed(logarithmic ? logarithms : values));
    const lines = lineAt(1, bend).map((_, k) => weighed(Float64Array.from({ length: n }, (__, i) => lineAt(i + 1, bend)[k]!)));
    const filtered = lines.map((line) => innovations(dependence, line));
    const fit = leastSquares(
      own.e,
      filtered.map(({ e }) => e),
    );
    // What becomes ever less would turn and fall.
    if (fit === null || (bend === "ever more" && fit.theta[2]! <= 0)) return [];
    const p = fit.theta.length;
    const rss = Math.max(fit.rss, least);
    let likelihood = -((n - 2) / 2) * Math.log(rss);
    if (bend === null) likelihood -= fit.logDeterminant / 2;
    else {
      const [constant, count] = filtered;
      const straight = constant === undefined || count === undefined ? null : leastSquares(own.e, [constant.e, count.e]);
      likelihood -= (straight?.logDeterminant ?? Infinity) / 2 + Math.log(n) / 2;
    }
    if (dependence.kind === "autoregressive") likelihood += Math.log(1 - dependence.rho ** 2) / 2;
    if (logarithmic) likelihood -= ofLogarithms;
    for (const one of sizes ?? []) likelihood -= Math.log(one);
    const size = Math.sqrt(n / Math.max(1, n - p - phases));
    const rests = own.e.map((value, i) => {
      let rest = value;
      for (let k = 0; k < p; k++) rest -= fit.theta[k]! * filtered[k]!.e[i]!;
      return rest * size;
    });
    return [{ model: { ...candidate, fit, rests, highest, end: own.end, columnEnds: filtered.map(({ end }) => end) }, likelihood }];
  };
  const sharp = among === undefined ? findSlopeChange(values) : null;
  const found = (among ?? [...candidates(n, positive), ...(sharp === null ? [] : sharpBend(sharp.at, n))]).flatMap(fitted);
  for (let apart = among === undefined ? bendsApart(n) : 0; apart > 1; apart /= FINER) {
    const bend = likeliestOf(found)?.model.bend ?? null;
    if (typeof bend !== "number") break;
    found.push(...finerBends(bend, n, apart).flatMap(fitted));
  }
  const likeliest = likeliestOf(found);
  if (likeliest === null) return [];
  // A sum of squares tells less the heavier the tails: its variance grows with their fourth moment.
  const trust = Math.min(1, 2 / Math.max(1e-9, kurtosis(likeliest.model.rests) - 1));
  const scored = found.map(({ model, likelihood }) => ({ model, score: model.prior + trust * (likelihood - likeliest.likelihood) }));
  const best = Math.max(...scored.map(({ score }) => score));
  const weighted = scored
    .map(({ model, score }) => ({ ...model, weight: Math.exp(score - best) }))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST)
    .filter(({ weight }) => weight > NEGLIGIBLE);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return weighted.map((model) => ({ ...model, weight: model.weight / total }));
}

/** The line of least squares through values, where it stays above a twentieth of their mean; null elsewhere. */
function straightLevel(values: Float64Array): Float64Array | null {
  const { slope, intercept } = straightLine(values);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const level = values.map((_, i) => intercept + slope * i);
  return level.every((one) => one > LEAST_LEVEL * Math.abs(mean)) ? level : null;
}

interface Fitted {
  readonly model: Omit<GrowthModel, "weight">;
  readonly likelihood: number;
}

const likeliestOf = (found: readonly Fitted[]): Fitted | null =>
  found.reduce<Fitted | null>(
    (best, one) => (best === null || one.likelihood + one.model.prior > best.likelihood + best.model.prior ? one : best),
    null,
  );

/** 3 of a normal distribution. */
function kurtosis(rests: Float64Array): number {
  let squares = 0;
  let fourths = 0;
  for (const rest of rests) {
    squares += rest * rest;
    fourths += rest ** 4;
  }
  return squares > 0 ? (fourths * rests.length) / squares ** 2 : 3;
}

function magnitudeOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most > 0 ? most : 1;
}

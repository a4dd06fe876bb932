import type { EvenSteps } from "../trend/even-steps.ts";
import { aboutMovingMean, phasesFitted } from "../trend/seasonal-parts.ts";
import { findSeasonal } from "../trend/seasons.ts";
import { type Repeating, workingDays } from "./working-days.ts";

const DAY = 86_400_000;

/** What repeats in a series, and what is left without it. */
export interface SeasonOfUse {
  /** Values without their season. */
  readonly adjusted: Float64Array;
  /** With the season of any position, seen or to come: `factor * adjusted + offset`. The mean factor is 1, the mean offset 0 or, by shares, what is used with nothing to do. */
  readonly at: (position: number) => { readonly factor: number; readonly offset: number };
  /** Means that were fitted for it: they took as many of the values' degrees of freedom. */
  readonly phases: number;
  /** Steps of the longest; 0 of none. */
  readonly longest: number;
}

/** How much likelier a season by shares must make the data to be taken, in logarithms. */
const LIKELIER = 3;
/** Of the least that was used: what is used with nothing to do, which does not grow with the work. These first, then about the likeliest, closer and closer. */
const IDLE = [0, 0.25, 0.5, 0.75, 0.9];
const CLOSER = [0.12, 0.06, 0.03];
const MOST_IDLE = 0.97;
/** How much likelier an idle amount must make the data than none. */
const LIKELIER_IDLE = 1.5;
/** Of amounts so far apart so many, as likely as this beside the likeliest. */
const APART = 0.05;
const MOST_AMOUNTS = 5;
const LEAST_WEIGHT = 0.05;
/** Of the mean: where a season by shares is lower than that, its shares say little. */
const LEAST_SHARE = 0.25;

export interface WeighedSeason extends SeasonOfUse {
  readonly weight: number;
}

/**
 * The season by amounts, or by shares of the level where that leaves less: what follows traffic grows with it, nights and weekends as much
 * as the peaks, and a season by amounts would put next month's peaks where last month's stood. Unless it `addsUp`, perhaps by shares of what is beyond an idle
 * amount, of which nights are made more than days are, so that they grow less: nobody knows of how much, and how fast the work grows follows from it. Values of any
 * size; shares only where all are positive. The likeliest first; weights make 1.
 */
export function seasonsOfUse(even: EvenSteps, addsUp = false): readonly WeighedSeason[] {
  const amounts = repeating(even);
  const { longest } = amounts;
  const byAmounts = even.y.map((value, i) => value - amounts.seasonal[i]!);
  const additive: WeighedSeason = {
    weight: 1,
    adjusted: byAmounts,
    at: (position) => ({ factor: 1, offset: amounts.at(position) }),
    phases: amounts.phases,
    longest,
  };
  if (longest === 0 || even.y.some((value) => value < 0)) return [additive];
  if (!even.y.every((value) => value > 0)) return [{ ...(sharesOfMean(even.y, amounts) ?? additive), weight: 1 }];
  const tried = bySharesOf(even, addsUp ? [0] : IDLE, addsUp ? [] : CLOSER);
  const best = tried[0]?.score ?? -Infinity;
  if (!(best >= likelihood(byAmounts, longest) + LIKELIER)) return [additive];
  const apart: ScoredSeason[] = [];
  for (const one of tried) if (apart.every(({ share }) => Math.abs(share - one.share) > 0.99 * APART)) apart.push(one);
  const likely = apart
    .slice(0, MOST_AMOUNTS)
    .map(({ season, score }) => ({ ...season, weight: Math.exp(score - best) }))
    .filter(({ weight }) => weight >= LEAST_WEIGHT);
  const total = likely.reduce((sum, { weight }) => sum + weight, 0);
  return likely.map((season) => ({ ...season, weight: season.weight / total }));
}

interface ScoredSeason {
  readonly season: SeasonOfUse;
  readonly share: number;
  readonly score: number;
}

/** By idle amounts as shares of the least value, these and then about the likeliest as far as each step, at last with its neighbours: the likeliest first. */
function bySharesOf(even: EvenSteps, shares: readonly number[], steps: readonly number[]): readonly ScoredSeason[] {
  const least = even.y.reduce((lowest, value) => Math.min(lowest, value), Infinity);
  const tried = new Map<number, ScoredSeason>();
  const tryEach = (some: readonly number[]): void => {
    for (const share of some) {
      const one = share < 0 || share > MOST_IDLE || tried.has(share) ? null : sharesBeyond(even, share * least);
      if (one !== null) tried.set(share, { season: one.season, share, score: one.likelihood - (share > 0 ? LIKELIER_IDLE : 0) });
    }
  };
  const ranked = (): readonly ScoredSeason[] => [...tried.values()].toSorted((a, b) => b.score - a.score);
  const tryAbout = (offsets: readonly number[]): void => {
    const { share } = ranked()[0] ?? { share: 0 };
    tryEach(offsets.map((offset) => share + offset));
  };
  tryEach(shares);
  for (const step of steps) tryAbout([-step, step]);
  if (steps.length > 0) tryAbout([-2 * APART, -APART, APART, 2 * APART]);
  return ranked();
}

/** The season by shares of what is beyond an idle amount less than all values, and how likely it makes them, but for constants. Null where nothing repeats. */
function sharesBeyond(even: EvenSteps, idle: number): { readonly season: SeasonOfUse; readonly likelihood: number } | null {
  const shares = repeating({ ...even, y: even.y.map((value) => Math.log(value - idle)) });
  if (shares.longest === 0) return null;
  const factors = shares.seasonal.map(Math.exp);
  const mean = factors.reduce((sum, factor) => sum + factor / factors.length, 0);
  for (let i = 0; i < factors.length; i++) factors[i] = factors[i]! / mean;
  const adjusted = even.y.map((value, i) => (value - idle) / factors[i]!);
  let logarithms = 0;
  for (const factor of factors) logarithms += Math.log(factor);
  return {
    season: {
      adjusted,
      at: (position) => ({ factor: Math.exp(shares.at(position)) / mean, offset: idle }),
      phases: shares.phases,
      longest: shares.longest,
    },
    likelihood: likelihood(adjusted, shares.longest) - logarithms,
  };
}

/** A week is found as what repeats from its second time on; until then days are of two kinds. */
function repeating(even: EvenSteps): Repeating {
  const { seasons, seasonal, parts } = findSeasonal(even);
  const longest = Math.max(0, ...seasons.map(({ periodMs }) => periodMs / even.stepMs));
  const found = { seasonal, longest, phases: phasesFitted(parts), at: (position: number) => repeated(seasonal, longest, position) };
  return longest * even.stepMs === DAY ? (workingDays(even) ?? found) : found;
}

/**
 * What is empty at some time of its season has no logarithm: there the season by amounts as a share of the mean. What stands where that share is small says
 * little of the level, and no more than its rest. Null where amounts leave less.
 */
function sharesOfMean(y: Float64Array, { seasonal, longest, phases, at }: Repeating): SeasonOfUse | null {
  const mean = y.reduce((sum, value) => sum + value / y.length, 0);
  const factorOf = (amount: number): number => Math.max(0, 1 + amount / mean);
  const factors = seasonal.map(factorOf);
  const about = aboutMovingMean(y, Math.round(longest));
  let ofAmounts = 0;
  let ofShares = 0;
  for (let i = 0; i < y.length; i++) {
    const level = y[i]! - about[i]!;
    ofAmounts += (about[i]! - seasonal[i]!) ** 2;
    ofShares += (y[i]! - level * factors[i]!) ** 2;
  }
  if (!(Math.log(ofAmounts / ofShares) * (y.length / 2) > LIKELIER)) return null;
  const known = Array.from(y.keys()).filter((i) => factors[i]! >= LEAST_SHARE);
  let next = 0;
  const adjusted = y.map((value, i) => {
    if (factors[i]! >= LEAST_SHARE) return value / factors[i]!;
    while (next < known.length && known[next]! < i) next++;
    const [after, before] = [known[next] ?? known[next - 1] ?? i, known[next - 1] ?? known[next] ?? i];
    const share = after === before ? 0 : (i - before) / (after - before);
    const level = (y[before]! / factors[before]!) * (1 - share) + (y[after]! / factors[after]!) * share;
    return level + (value - level * factors[i]!) / LEAST_SHARE;
  });
  return { adjusted, at: (position) => ({ factor: factorOf(at(position)), offset: 0 }), phases, longest };
}

/** The last whole turn of the longest season goes on; with several that do not divide each other that is nearly so. */
function repeated(season: Float64Array, longest: number, position: number): number {
  if (longest === 0) return 0;
  const n = season.length;
  if (position < n) return season[position]!;
  return season[Math.min(n - 1, Math.max(0, Math.round(n - longest + ((position - n) % longest))))]!;
}

/** Of normal deviates about a level that moves slowly, but for constants. */
function likelihood(adjusted: Float64Array, longest: number): number {
  let squares = 0;
  for (const rest of aboutMovingMean(adjusted, Math.round(longest))) squares += rest * rest;
  return (-adjusted.length / 2) * Math.log(Math.max(squares, Number.MIN_VALUE));
}

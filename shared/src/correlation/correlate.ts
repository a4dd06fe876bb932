import type { Labels } from "../model/labels.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Correlated } from "../model/trend.ts";
import { falseDiscoveryRates } from "../statistics/benjamini-hochberg.ts";
import { alikeCovering, type Covering } from "./alike-covering.ts";
import { type LaggedCorrelation, laggedSpearman } from "./lagged-spearman.ts";

/** Values on shared steps. */
export interface SteppedSeries extends Covering {
  /** What it is called; two of one name are the same. Labels alone are not enough: those of `rate(a[5m])` and `rate(b[5m])` are alike. */
  readonly name: string;
  readonly labels: Labels;
}

/**
 * Every series of `first` with every one of `second`, certain ones first. The false-discovery rate counts every pair tried, those
 * without an answer as chance. `mostLag` in steps. Lags are told in whole steps towards 0, since of less the samples do not tell.
 */
export function correlate(
  first: readonly SteppedSeries[],
  second: readonly SteppedSeries[],
  { stepMs, mostLag }: { readonly stepMs: number; readonly mostLag: number },
): Correlated[] {
  const pairs = first.flatMap((one) => second.filter((two) => two.name !== one.name).map((two) => ({ one, two })));
  const found = pairs.map(({ one, two }) => laggedBetween(one, two, { stepMs, mostLag }));
  const rates = falseDiscoveryRates(found.map((answer) => answer?.pValue ?? 1));
  return found
    .flatMap((answer, k): Correlated[] => {
      const pair = pairs[k];
      if (answer === null || pair === undefined) return [];
      const { rho, lagMs, points, pValue } = answer;
      const falseDiscoveryRate = rates[k] ?? 1;
      const text = textOf(pair.one.name, pair.two.name, { rho, lagMs, falseDiscoveryRate, mostMs: mostLag * stepMs });
      return [{ labels: pair.one.labels, with: pair.two.labels, rho, lagMs, points, pValue, falseDiscoveryRate, text }];
    })
    .sort((a, b) => a.falseDiscoveryRate - b.falseDiscoveryRate || Math.abs(b.rho) - Math.abs(a.rho));
}

function laggedBetween(
  first: Covering,
  second: Covering,
  { stepMs, mostLag }: { readonly stepMs: number; readonly mostLag: number },
): (LaggedCorrelation & { readonly lagMs: number }) | null {
  const [one, two] = alikeCovering(first, second, stepMs);
  const covers = 1 + Math.floor(Math.max(one.coversMs, two.coversMs) / stepMs);
  const found = laggedSpearman(one.y, two.y, { most: mostLag, covers });
  if (found === null) return null;
  // Between the middles of what the values stand for.
  const lag = Math.trunc(found.lag + (one.coversMs - two.coversMs) / (2 * stepMs));
  return { ...found, lagMs: lag === 0 ? 0 : lag * stepMs };
}

const CERTAIN = 0.05;

function textOf(
  one: string,
  two: string,
  { rho, lagMs, falseDiscoveryRate, mostMs }: Pick<Correlated, "rho" | "lagMs" | "falseDiscoveryRate"> & { readonly mostMs: number },
): string {
  if (falseDiscoveryRate >= CERTAIN)
    return `${one} and ${two} do not move together beyond chance, at up to ${spokenDuration(mostMs)} apart.`;
  const way = rho > 0 ? "with" : "against";
  const [leader, follower] = lagMs >= 0 ? [one, two] : [two, one];
  const when = lagMs === 0 ? "at the same time" : `${spokenDuration(Math.abs(lagMs))} later`;
  return `${follower} moves ${way} ${leader} ${when} (rank correlation of changes ${rho.toFixed(2)}).`;
}

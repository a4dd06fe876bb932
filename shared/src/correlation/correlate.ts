import type { Labels } from "../model/labels.ts";
import { formatLabels, seriesKey } from "../model/labels.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Correlated } from "../model/trend.ts";
import { falseDiscoveryRates } from "../statistics/benjamini-hochberg.ts";
import { laggedSpearman } from "./lagged-spearman.ts";

/** Values on shared steps; NaN where there is none. */
export interface SteppedSeries {
  readonly labels: Labels;
  readonly y: Float64Array;
}

/**
 * Every series of `first` with every one of `second`, certain ones first. The false-discovery rate counts every pair tried, those
 * without an answer as chance. `mostLag` in steps.
 */
export function correlate(
  first: readonly SteppedSeries[],
  second: readonly SteppedSeries[],
  { stepMs, mostLag }: { readonly stepMs: number; readonly mostLag: number },
): Correlated[] {
  const pairs = first.flatMap((one) =>
    second.filter((two) => seriesKey(two.labels) !== seriesKey(one.labels)).map((two) => ({ one, two })),
  );
  const found = pairs.map(({ one, two }) => laggedSpearman(one.y, two.y, mostLag));
  const rates = falseDiscoveryRates(found.map((answer) => answer?.pValue ?? 1));
  return found
    .flatMap((answer, k): Correlated[] => {
      const pair = pairs[k];
      if (answer === null || pair === undefined) return [];
      const { rho, points, pValue } = answer;
      const falseDiscoveryRate = rates[k] ?? 1;
      const lagMs = answer.lag * stepMs;
      const text = textOf(pair.one.labels, pair.two.labels, { rho, lagMs, falseDiscoveryRate });
      return [{ labels: pair.one.labels, with: pair.two.labels, rho, lagMs, points, pValue, falseDiscoveryRate, text }];
    })
    .sort((a, b) => a.falseDiscoveryRate - b.falseDiscoveryRate || Math.abs(b.rho) - Math.abs(a.rho));
}

const CERTAIN = 0.05;

function textOf(
  one: Labels,
  two: Labels,
  { rho, lagMs, falseDiscoveryRate }: Pick<Correlated, "rho" | "lagMs" | "falseDiscoveryRate">,
): string {
  const names = [formatLabels(one), formatLabels(two)] as const;
  if (falseDiscoveryRate >= CERTAIN) return `${names[0]} and ${names[1]} do not move together beyond chance.`;
  const way = rho > 0 ? "with" : "against";
  const [leader, follower] = lagMs >= 0 ? names : [names[1], names[0]];
  const when = lagMs === 0 ? "at the same time" : `${spokenDuration(Math.abs(lagMs))} later`;
  return `${follower} moves ${way} ${leader} ${when} (rank correlation of changes ${rho.toFixed(2)}).`;
}

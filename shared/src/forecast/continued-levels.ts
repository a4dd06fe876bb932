import { normalTail } from "../statistics/normal.ts";
import type { Widths } from "./intervals.ts";

/** Deviations of a normal distribution that a half-width is of. */
const HALF = { of80: 1.2816, of95: 1.96 };
/** As of the members of the ensemble. */
const MEDIAN_SHARE = 0.75;
const HALVINGS = 40;

/** One way to go on: what is forecast as it is now, times `factor`, moved by `offset` and by `rise` a step. */
export interface Continuation {
  /** How much it is believed; all of them sum to 1. */
  readonly share: number;
  readonly factor: number;
  readonly offset: number;
  readonly rise: number;
}

/** What a history has not seen the like of, and may stay or go back. */
export interface Change {
  /** The history as if it had been so all along. */
  readonly levelled: Float64Array;
  readonly continuations: readonly Continuation[];
  /** Standard deviation of what it is now: of values, or of their logarithms; and of how much it rises a step. */
  readonly error: { readonly absolute: number; readonly relative: number; readonly rise: number };
}

/** What is expected at each step, and how far below and above it the intervals reach. */
export interface Expected {
  readonly mean: Float64Array;
  readonly below80: Float64Array;
  readonly above80: Float64Array;
  readonly below95: Float64Array;
  readonly above95: Float64Array;
}

/** As far below as above. */
export const symmetric = (mean: Float64Array, { half80, half95 }: Widths): Expected => ({
  mean,
  below80: half80,
  above80: half80,
  below95: half95,
  above95: half95,
});

interface Normal {
  readonly share: number;
  readonly mean: number;
  readonly deviation: number;
}

/** The mixture of the ways that it may go on, by its quantiles: where one of them is believed by more than 90%, the 80% interval is about it alone. */
export function continuedLevels(mean: Float64Array, { half80, half95 }: Widths, { continuations, error }: Change): Expected {
  const out = symmetric(mean.slice(), { half80: half80.slice(), half95: half95.slice(), coverage95: 0 });
  const [below80, above80, below95, above95] = [out.below80, out.below80.slice(), out.below95, out.below95.slice()];
  for (let h = 0; h < mean.length; h++) {
    const off = Math.hypot(error.absolute, error.relative * mean[h]!, error.rise * (h + 1));
    const mixture = (half: number, deviations: number): Normal[] =>
      continuations.map(({ share, factor, offset, rise }) => ({
        share,
        mean: mean[h]! * factor + offset + rise * (h + 1),
        deviation: Math.hypot(half / deviations, off) * factor,
      }));
    const of80 = mixture(half80[h]!, HALF.of80);
    const of95 = mixture(half95[h]!, HALF.of95);
    const [lo80, hi80] = [quantile(of80, 0.1), quantile(of80, 0.9)];
    const average = of80.reduce((sum, one) => sum + one.share * one.mean, 0);
    const centre = Math.min(hi80, Math.max(lo80, (1 - MEDIAN_SHARE) * average + MEDIAN_SHARE * quantile(of80, 0.5)));
    out.mean[h] = centre;
    below80[h] = centre - lo80;
    above80[h] = hi80 - centre;
    below95[h] = Math.max(below80[h]!, centre - quantile(of95, 0.025));
    above95[h] = Math.max(above80[h]!, quantile(of95, 0.975) - centre);
  }
  return { mean: out.mean, below80, above80, below95, above95 };
}

/** By bisection: a mixture has no closed form. */
function quantile(mixture: readonly Normal[], share: number): number {
  let low = Infinity;
  let high = -Infinity;
  for (const { mean, deviation } of mixture) {
    low = Math.min(low, mean - 6 * deviation);
    high = Math.max(high, mean + 6 * deviation);
  }
  for (let k = 0; k < HALVINGS; k++) {
    const middle = low / 2 + high / 2;
    let below = 0;
    for (const one of mixture)
      below += one.share * (one.deviation > 0 ? normalTail((one.mean - middle) / one.deviation) : one.mean <= middle ? 1 : 0);
    if (below < share) low = middle;
    else high = middle;
  }
  return low / 2 + high / 2;
}

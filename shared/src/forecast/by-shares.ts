import type { Backtest } from "./backtest.ts";
import type { Expected } from "./continued-levels.ts";
import { ungrown } from "../statistics/growth-by-shares.ts";
import { furthest, LARGEST } from "./in-logarithms.ts";
import { intervalWidths, type Widths } from "./intervals.ts";

/** Models in logarithms are taken where they err by less than this share of what the others do: of what hardly grows both say the same. */
const CLEARLY = 0.8;

/** Whether the models of growth by shares, tested on the same history, are better than the others. */
export const isByShares = (shares: Backtest, others: Backtest): boolean =>
  shares.sizes !== null && shares.relative < CLEARLY * others.relative;

/**
 * Intervals of what grows by shares, of the residuals' logarithms: as many times above as below. `apart`: how far the members lie from what they say together,
 * in logarithms. `within`: standard deviation of samples about a step, as a share.
 */
export function widthsByShares(tested: Backtest, horizon: number, apart: Float64Array, within: number): Widths {
  const residuals = tested.residuals.map((origin, k) =>
    origin.map((residual, h) => {
      const said = tested.sizes?.[k]?.[h] ?? 1;
      return Math.log((said + residual) / said);
    }),
  );
  return intervalWidths(residuals, horizon, 1, apart, null, within);
}

/** What lies so many times below and above `mean` as the widths, in logarithms, say; beyond what was seen of `y` it may go on by shares all the same. */
export function timesApart(y: Float64Array, mean: Float64Array, { half80, half95 }: Widths): Expected {
  const highest = furthest(y.map((value) => Math.log(value)));
  const below = (half: Float64Array): Float64Array => mean.map((value, h) => value * -Math.expm1(-half[h]!));
  const above = (half: Float64Array): Float64Array =>
    mean.map((value, h) => Math.exp(Math.min(LARGEST, ungrown(value, highest) + half[h]!)) - value);
  return { mean, below80: below(half80), above80: above(half80), below95: below(half95), above95: above(half95) };
}

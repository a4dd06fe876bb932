/**
 * Half-widths of prediction intervals from backtest residuals: the squared residuals of neighbouring steps (and of the same phase in other
 * seasons) pooled, shrunk toward their overall mean (without
 * seasons: toward the line along which they grow), and widened beyond the reach of the backtest like a random walk.
 * Source: Hyndman & Athanasopoulos, ch. 5.5 and 13.3 (intervals from simulated and empirical residuals).
 */
export interface Widths {
  readonly half80: Float64Array;
  readonly half95: Float64Array;
  /** Share of the residuals within the 95% interval. */
  readonly coverage95: number;
}

/** How far residuals are pooled, and how much of what is pooled counts against the mean of all. */
const POOLED = { seasonal: { neighbours: 1, share: 0.8 }, plain: { neighbours: 2, share: 0.5 } };
/** Half-widths in deviations. Residuals of series with seasons have longer tails than a normal distribution (M4 hourly, seven windows). */
const SEASONAL = { half80: 1.41, half95: 2.7 };
const NORMAL = { half80: 1.28, half95: 1.96 };
/** Errors that follow one another are few that say something of their own: widths grow by this share where each repeats the one before. */
const UNSURE = 0.3;

/** `within`: standard deviation of samples about the steps that were forecast, when points finer than those are asked for. */
export function intervalWidths(
  residuals: readonly Float64Array[],
  horizon: number,
  period: number,
  disagreement: Float64Array,
  within = 0,
): Widths {
  const reach = residuals[0]?.length ?? 0;
  let all = 0;
  let count = 0;
  for (const origin of residuals)
    for (const residual of origin) {
      all += residual * residual;
      count++;
    }
  all /= Math.max(1, count);
  const growth = period > 1 ? 0 : growthOf(residuals, reach, all);
  const { neighbours, share } = period > 1 ? POOLED.seasonal : POOLED.plain;
  const unsure = 1 + UNSURE * echoOf(residuals);
  const half80 = period > 1 ? SEASONAL.half80 : NORMAL.half80 * unsure;
  const half95 = period > 1 ? SEASONAL.half95 : NORMAL.half95 * unsure;
  const spread = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let sum = 0;
    let weight = 0;
    for (let d = -neighbours; d <= neighbours; d++) {
      const near = Math.min(h, reach - 1) + d;
      for (const at of period > 1 ? [near - period, near, near + period] : [near]) {
        if (at < 0 || at >= reach) continue;
        for (const origin of residuals) {
          sum += (origin[at] ?? 0) ** 2;
          weight++;
        }
      }
    }
    const local = weight > 0 ? sum / weight : all;
    const widening = h < reach ? 1 : Math.sqrt((h + 1) / Math.max(1, reach));
    const tested =
      Math.sqrt(share * local + (1 - share) * all * (1 + growth * (Math.min(h, reach - 1) - (reach - 1) / 2))) *
      (period > 1 ? Math.min(widening, 1.5) : widening);
    const apart = disagreement[h] ?? 0;
    // Where no backtest reached, the members' disagreement is all that is known of the model's own error. What the backtest has not seen,
    // as a jump of the last hour, shows in it too.
    spread[h] = h >= reach ? Math.hypot(tested, apart) : period > 1 ? tested : Math.max(tested, apart);
  }
  let inside = 0;
  for (const origin of residuals)
    for (let h = 0; h < origin.length; h++) if (Math.abs(origin[h]!) <= half95 * spread[Math.min(h, horizon - 1)]! + 1e-15) inside++;
  return {
    half80: spread.map((s) => Math.hypot(s, within) * half80),
    half95: spread.map((s) => Math.hypot(s, within) * half95),
    coverage95: count > 0 ? inside / count : 1,
  };
}

/** By which share of their mean the squared residuals grow a step, by least squares; 0 when they don't, and at most so that they begin at nothing. */
function growthOf(residuals: readonly Float64Array[], reach: number, mean: number): number {
  if (reach < 4 || !(mean > 0)) return 0;
  let along = 0;
  let square = 0;
  for (const origin of residuals)
    for (let h = 0; h < origin.length; h++) {
      const centred = h - (reach - 1) / 2;
      along += centred * (origin[h]! ** 2 / mean - 1);
      square += centred * centred;
    }
  return Math.min(2 / (reach - 1), Math.max(0, along / square));
}

/** How much a residual is like the one before it, in [0, 1]. */
function echoOf(residuals: readonly Float64Array[]): number {
  let product = 0;
  let square = 0;
  for (const origin of residuals)
    for (let h = 1; h < origin.length; h++) {
      product += origin[h]! * origin[h - 1]!;
      square += origin[h]! ** 2;
    }
  return square > 0 ? Math.min(1, Math.max(0, product / square)) : 0;
}

/**
 * Half-widths of prediction intervals from backtest residuals: the squared residuals of neighbouring steps (and of the same phase in other
 * seasons) pooled, shrunk toward their overall mean (without
 * seasons: toward the line along which they grow), and widened beyond the reach of the backtest like a random walk.
 * With seasons and positive values residuals count in proportion to the root of what was forecast, as those of counts do, and the 95% interval
 * follows what the last origin was against those before it.
 * Source: Hyndman & Athanasopoulos, ch. 5.5 and 13.3 (intervals from simulated and empirical residuals).
 */
export interface Widths {
  readonly half80: Float64Array;
  readonly half95: Float64Array;
  /** Share of the residuals within the 95% interval. */
  readonly coverage95: number;
}

/** How far residuals are pooled, and how much of what is pooled counts against the mean of all. */
const POOLED = { seasonal: { neighbours: 1, share: 0.7 }, plain: { neighbours: 2, share: 0.5 } };
/** Half-widths in deviations. Residuals of series with seasons have longer tails than a normal distribution (M4 hourly, seven windows). */
const SEASONAL = { half80: 1.43, half95: 2.78 };
export const NORMAL = { half80: 1.28, half95: 1.96 };
/** Errors that follow one another are few that say something of their own: widths grow by this share where each repeats the one before. */
const UNSURE = 0.3;
/** Forecasts below this share of the usual one are as uncertain as that. */
const LEAST_SIZE = 0.05;
/** How far the tails follow the last origin: unusual days come in company, which the middle of the residuals hardly knows. */
const OF_LAST = { power: 0.4, least: 0.85, most: 1.6 };

/** What the ensemble said where it was tested, [origin][step] (the newest origin first), and what it says now; all positive. */
export interface Sizes {
  readonly tested: readonly Float64Array[];
  readonly ahead: Float64Array;
}

/**
 * `given`: residuals by origin, the newest first. `sizes`: null where values may be zero or below. `within`: standard deviation of samples about the
 * steps that were forecast, when points finer than those are asked for.
 */
export function intervalWidths(
  given: readonly Float64Array[],
  horizon: number,
  period: number,
  disagreement: Float64Array,
  sizes: Sizes | null,
  within = 0,
): Widths {
  const root = period > 1 && sizes !== null ? rootsOf(sizes) : null;
  const residuals = root === null ? given : given.map((origin, k) => origin.map((residual, h) => residual / (root.tested[k]?.[h] ?? 1)));
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
      (root?.ahead[h] ?? 1) *
      Math.sqrt(share * local + (1 - share) * all * (1 + growth * (Math.min(h, reach - 1) - (reach - 1) / 2))) *
      (period > 1 ? Math.min(widening, 1.5) : widening);
    const apart = disagreement[h] ?? 0;
    // Where no backtest reached, the members' disagreement is all that is known of the model's own error. What the backtest has not seen,
    // as a jump of the last hour, shows in it too.
    spread[h] = h >= reach ? Math.hypot(tested, apart) : period > 1 ? tested : Math.max(tested, apart);
  }
  const tails = half95 * (period > 1 ? followingLast(residuals, all) : 1);
  let inside = 0;
  for (const origin of residuals)
    for (let h = 0; h < origin.length; h++) {
      const at = Math.min(h, horizon - 1);
      if (Math.abs(origin[h]!) <= (tails * spread[at]!) / (root?.ahead[at] ?? 1) + 1e-15) inside++;
    }
  return {
    half80: spread.map((s) => Math.hypot(s, within) * half80),
    half95: spread.map((s) => Math.hypot(s, within) * tails),
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

/** The roots of the sizes in units of the usual one. */
function rootsOf({ tested, ahead }: Sizes): Sizes {
  let usual = 0;
  let count = 0;
  for (const origin of tested)
    for (const size of origin) {
      usual += Math.abs(size);
      count++;
    }
  usual /= Math.max(1, count);
  const root = (size: number): number => (usual > 0 ? Math.sqrt(Math.max(LEAST_SIZE, size / usual)) : 1);
  return { tested: tested.map((origin) => origin.map(root)), ahead: ahead.map(root) };
}

/** By how much wider the tails are than the residuals of all origins, whose mean square is `all`, say. */
function followingLast(residuals: readonly Float64Array[], all: number): number {
  const last = residuals[0];
  if (last === undefined || residuals.length < 2 || !(all > 0)) return 1;
  let square = 0;
  for (const residual of last) square += residual * residual;
  return Math.min(OF_LAST.most, Math.max(OF_LAST.least, (square / last.length / all) ** (OF_LAST.power / 2)));
}

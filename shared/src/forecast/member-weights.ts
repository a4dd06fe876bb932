/** Share of each member at each step ahead, [member][step]; the shares of a step sum to 1. */
export type StepWeights = readonly Float64Array[];

/** Where nobody has looked how certain the errors are. */
const SHARPNESS = 3;
/** How much the errors about a step count against those of the whole way. */
const OWN_STEP = 0.5;
/** Errors of steps this share of a season away (or of the way, without one) count 1/e; those a season away half as much as the step's own. */
const NEARBY = { season: 1 / 8, way: 1 / 16 };
const SEASON_AWAY = 0.5;

/**
 * (best error / own error) to the power of `sharpness`, for each step of the horizon, with the errors of nearby steps: who knows the next hour is not who knows the day
 * after. `priors`: what each is worth before that, 1 where absent. `errors`: mean error of each member by step as far as the backtest reached, null for one that could not forecast; further ahead
 * the errors of the whole way count.
 * Source: Bates & Granger 1969, The combination of forecasts (weights by inverse errors).
 */
export function memberWeights(
  errors: readonly (Float64Array | null)[],
  horizon: number,
  period: number,
  priors: readonly (number | undefined)[] = [],
  sharpness = SHARPNESS,
): StepWeights {
  const reach = errors.find((own) => own !== null)?.length ?? 0;
  const nearby = Math.max(1, period > 1 ? period * NEARBY.season : reach * NEARBY.way);
  const overall = errors.map((own) => {
    const mean = own === null ? Infinity : own.reduce((sum, error) => sum + error, 0) / reach;
    return Number.isFinite(mean) ? mean : Infinity;
  });
  const own = errors.map((one, m) =>
    one === null || overall[m] === Infinity ? null : smoothed(one, nearby, period).map((error) => mix(error, overall[m]!)),
  );
  const out = errors.map(() => new Float64Array(horizon));
  const step = new Float64Array(errors.length);
  for (let h = 0; h < horizon; h++) {
    for (let m = 0; m < step.length; m++) step[m] = h < reach ? (own[m]?.[h] ?? Infinity) : overall[m]!;
    const best = step.reduce((least, error) => Math.min(least, error), Infinity);
    const floor = 1e-9 + best * 1e-6;
    let total = 0;
    for (let m = 0; m < step.length; m++) {
      step[m] = step[m]! < Infinity ? (priors[m] ?? 1) * ((best + floor) / (step[m]! + floor)) ** sharpness : 0;
      total += step[m]!;
    }
    for (let m = 0; m < step.length; m++) out[m]![h] = total > 0 ? step[m]! / total : 1 / step.length;
  }
  return out;
}

const mix = (near: number, overall: number): number => OWN_STEP * near + (1 - OWN_STEP) * overall;

/** Means of the errors about each step, and about the same phase a season before and after. */
function smoothed(errors: Float64Array, nearby: number, period: number): Float64Array {
  const reach = errors.length;
  const width = Math.ceil(2 * nearby);
  const kernel = new Float64Array(width + 1).map((_, d) => Math.exp(-d / nearby));
  const centres: readonly (readonly [number, number])[] =
    period > 1
      ? [
          [0, 1],
          [-period, SEASON_AWAY],
          [period, SEASON_AWAY],
        ]
      : [[0, 1]];
  return errors.map((_, h) => {
    let sum = 0;
    let weight = 0;
    for (const [shift, share] of centres)
      for (let at = Math.max(0, h + shift - width); at <= Math.min(reach - 1, h + shift + width); at++) {
        const count = share * kernel[Math.abs(at - h - shift)]!;
        sum += count * errors[at]!;
        weight += count;
      }
    return sum / weight;
  });
}

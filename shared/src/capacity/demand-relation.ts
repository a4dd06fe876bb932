import { linearRegression, linearRegressionLine, quantile, rSquared } from "simple-statistics";
import type { DemandRelation } from "../model/capacity.ts";
import type { Refusal } from "../model/trend.ts";
import { largestOf, varianceInflation } from "../statistics/autocorrelation.ts";
import { refuse } from "../trend/finite-points.ts";

const FEWEST = 24;
/** Demand that hardly changes does not show what it costs. */
const LEAST_VARIATION = 0.1;
const LEAST_R2 = 0.3;

/**
 * The line between demand and what is used, of pairs at the same times. Refuses too few pairs, a demand that hardly varies, and a relation
 * that explains less than 30% or falls. The interval is widened for neighbours that correlate.
 */
export function demandRelation(demand: ArrayLike<number>, used: ArrayLike<number>): DemandRelation | Refusal {
  const pairs = Array.from(demand).flatMap((x, i) =>
    Number.isFinite(x) && Number.isFinite(used[i] ?? Number.NaN) ? [[x, used[i] ?? 0]] : [],
  );
  if (pairs.length < FEWEST)
    return refuse("too_short", `Demand and use are known together at ${pairs.length} times, at least ${FEWEST} are needed.`);
  const asked = pairs.map(([x = 0]) => x);
  const [low, middle, high] = [quantile(asked, 0.05), quantile(asked, 0.5), quantile(asked, 0.95)];
  if (!(high - low > LEAST_VARIATION * Math.abs(middle)))
    return refuse(
      "steady_demand",
      "Demand hardly varied in the range, so it cannot be told what more of it would cost; take a longer range.",
    );
  const line = linearRegression(pairs);
  const at = linearRegressionLine(line);
  const r2 = Math.max(0, Math.min(1, rSquared(pairs, at)));
  if (!(line.m > 0) || !(r2 >= LEAST_R2))
    return refuse(
      "unrelated",
      `Demand explains ${Math.round(100 * (line.m > 0 ? r2 : 0))}% of what is used, too little to say what more of it would do.`,
    );
  const mean = asked.reduce((sum, x) => sum + x / asked.length, 0);
  const rests = Float64Array.from(pairs, ([x = 0, y = 0]) => y - at(x));
  const squares = rests.reduce((sum, rest) => sum + rest * rest, 0);
  const spread = asked.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const error =
    1.96 *
    Math.sqrt((squares / (pairs.length - 2) / spread) * varianceInflation(rests, 2, largestOf(Float64Array.from(pairs, ([, y = 0]) => y))));
  return {
    fixed: line.b,
    perUnit: { value: line.m, lower: line.m - error, upper: line.m + error },
    r2,
    points: pairs.length,
    highestDemand: asked.reduce((most, x) => Math.max(most, x), 0),
  };
}

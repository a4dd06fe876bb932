import { normalToStudent, studentToNormal, twoSided } from "../statistics/normal.ts";
import type { SlopeOfSeries } from "./theil-sen.ts";

/**
 * The least-squares line, Student's test of its slope and the 95% interval. `inflationOf` tells by how much autocorrelation of what the line
 * leaves inflates the variance of the slope, and by that divides what is known of it. x ascending, at least 3 points.
 */
export function leastSquaresSlope(x: Float64Array, y: Float64Array, inflationOf: (rest: Float64Array) => number): SlopeOfSeries {
  const n = x.length;
  const [middle, level] = [meanOf(x), meanOf(y)];
  let spread = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    spread += (x[i]! - middle) ** 2;
    product += (x[i]! - middle) * (y[i]! - level);
  }
  const slope = product / spread;
  const intercept = level - slope * middle;
  const rest = y.map((value, i) => value - intercept - slope * x[i]!);
  const inflation = inflationOf(rest);
  const freedom = Math.max(1, n / inflation - 2);
  const left = rest.reduce((sum, value) => sum + value * value, 0);
  const error = Math.sqrt((left / (n - 2) / spread) * inflation);
  const within = normalToStudent(1.96, freedom) * error;
  return {
    slope,
    rest,
    lower: slope - within,
    upper: slope + within,
    intercept,
    pValue: slope === 0 ? 1 : twoSided(studentToNormal(Math.abs(slope) / error, freedom)),
  };
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

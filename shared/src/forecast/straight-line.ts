import { linearRegression } from "simple-statistics";

/** The least-squares line through values at 0, 1, 2…: `value ≈ intercept + slope · index`. */
export function straightLine(y: Float64Array): { readonly slope: number; readonly intercept: number } {
  const { m, b } = linearRegression(Array.from(y, (value, i) => [i, value]));
  return { slope: m, intercept: b };
}

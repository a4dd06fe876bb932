import type { Dependence } from "./growth-candidates.ts";

/** Where the filter stands after the last value: level, slope, and what returns to them. */
export interface FilterState {
  readonly level: number;
  readonly slope: number;
  readonly rest: number;
}

/**
 * What could not be told from the values before, and the state after the last, for a filter that begins at nothing. Linear in `values`: the
 * innovations about a line are those of the values less those of the line.
 */
export function innovations(dependence: Dependence, values: Float64Array): { readonly e: Float64Array; readonly end: FilterState } {
  const n = values.length;
  const e = new Float64Array(n);
  if (dependence.kind === "autoregressive") {
    const { rho } = dependence;
    for (let i = 1; i < n; i++) e[i] = values[i]! - rho * values[i - 1]!;
    if (n > 0) e[0] = values[0]! * Math.sqrt(Math.max(0, 1 - rho * rho));
    return { e, end: { level: 0, slope: 0, rest: values[n - 1] ?? 0 } };
  }
  const { alpha, beta, phi, rho } = dependence;
  let level = 0;
  let slope = 0;
  let rest = 0;
  for (let i = 0; i < n; i++) {
    slope *= phi;
    const error = values[i]! - level - slope - rho * rest;
    e[i] = error;
    level += slope + alpha * error;
    slope += beta * error;
    rest = rho * rest + (1 - alpha) * error;
  }
  return { e, end: { level, slope, rest } };
}

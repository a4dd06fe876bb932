import type { Member } from "./member.ts";
import { huberRidge } from "./ridge.ts";

/**
 * A straight line fitted robustly to the whole history and carried on undamped: what fills a disk or leaks memory.
 * Source: Huber 1964; Holland & Welsch 1977 (iteratively reweighted least squares).
 */
export const linearTrend: Member = {
  name: "linear trend",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    if (n < 10) return null;
    const x = new Float64Array(n * 2);
    for (let i = 0; i < n; i++) {
      x[2 * i] = (2 * i) / n - 1;
      x[2 * i + 1] = 1;
    }
    const beta = huberRidge(x, y, n, 2, 1e-9, new Float64Array(n).fill(1), 3);
    if (beta === null) return null;
    const out = new Float64Array(horizon);
    for (let h = 0; h < horizon; h++) out[h] = beta[1]! + beta[0]! * ((2 * (n + h)) / n - 1);
    return out;
  },
};

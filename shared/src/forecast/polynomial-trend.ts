import type { Member } from "./member.ts";
import { huberRidge } from "./ridge.ts";

/**
 * A parabola fitted robustly to the whole history: growth that speeds up or slows down. Beyond half the length of the history it goes on as
 * its tangent, for a parabola carried far says nothing.
 * Source: Draper & Smith 1998, Applied Regression Analysis, ch. 12; Huber 1964 for the weights.
 */
export const polynomialTrend: Member = {
  name: "polynomial trend",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    if (n < 16) return null;
    const x = new Float64Array(n * 3);
    const place = (i: number): number => (2 * i) / n - 1;
    for (let i = 0; i < n; i++) {
      x[3 * i] = place(i) ** 2;
      x[3 * i + 1] = place(i);
      x[3 * i + 2] = 1;
    }
    const beta = huberRidge(x, y, n, 3, 1e-9, new Float64Array(n).fill(1), 3);
    if (beta === null) return null;
    const turn = place(1.5 * n);
    return new Float64Array(horizon).map((_, h) => {
      const at = place(n + h);
      const bent = Math.min(at, turn);
      const slope = beta[1]! + 2 * beta[0]! * bent;
      return beta[2]! + beta[1]! * bent + beta[0]! * bent * bent + slope * (at - bent);
    });
  },
};

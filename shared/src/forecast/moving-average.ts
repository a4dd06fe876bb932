import type { Member } from "./member.ts";

const WINDOWS = [4, 12, 36];

/** The mean of the last 4, 12 or 36 values, whichever erred least one step ahead so far. For series that wander about a level. */
export const movingAverage: Member = {
  name: "moving average",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    let best = Infinity;
    let level: number | null = null;
    for (const window of WINDOWS) {
      if (n < 2 * window) break;
      let sum = 0;
      let error = 0;
      const from = 2 * (WINDOWS.findLast((one) => n >= 2 * one) ?? window) - 1;
      for (let i = 0; i < n; i++) {
        if (i >= from) error += Math.abs(y[i]! - sum / window);
        sum += y[i]!;
        if (i >= window) sum -= y[i - window]!;
      }
      if (error < best) {
        best = error;
        level = sum / window;
      }
    }
    return level === null ? null : new Float64Array(horizon).fill(level);
  },
};

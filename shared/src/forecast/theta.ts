import type { Member } from "./member.ts";
import { straightLine } from "./straight-line.ts";

/**
 * The theta method with theta = 2: simple exponential smoothing plus half the slope of a straight line.
 * Sources: Assimakopoulos & Nikolopoulos 2000; Hyndman & Billah 2003 (the closed form used here).
 */
export const theta: Member = {
  name: "theta",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    if (n < 8) return null;
    const { slope } = straightLine(y);
    let best = Infinity;
    let bestLevel = y[n - 1]!;
    let bestAlpha = 0.5;
    for (const alpha of [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9]) {
      let level = y[0]!;
      let error = 0;
      for (let i = 1; i < n; i++) {
        const step = y[i]! - level;
        error += step * step;
        level += alpha * step;
      }
      if (error < best) {
        best = error;
        bestLevel = level;
        bestAlpha = alpha;
      }
    }
    const out = new Float64Array(horizon);
    const lead = (1 - (1 - bestAlpha) ** n) / bestAlpha;
    // Beyond the length of the history the line is held: a slope seen for an hour says little about a day.
    for (let h = 0; h < horizon; h++) out[h] = bestLevel + 0.5 * slope * (Math.min(h, n) + lead);
    return out;
  },
};

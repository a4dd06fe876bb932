import { dampedTrend } from "./damped-trend.ts";
import { inLogarithms } from "./in-logarithms.ts";
import type { Member } from "./member.ts";

const ROUNDS = 2;
const SEASON_GAIN = 0.3;

/**
 * Decomposition into trend, one or two seasons and a remainder, the seasons re-estimated in turn; the series without its seasons goes on by
 * damped-trend smoothing, the seasons repeat. Seasons are smoothed along their phases exponentially where the original uses loess.
 * Source: Bandara, Hyndman & Bergmeir 2021, MSTL: a seasonal-trend decomposition algorithm for multiple seasonal patterns.
 */
export const mstl: Member = {
  name: "seasonal-trend decomposition",
  forecast: inLogarithms((y, { short, long }, horizon) => {
    const n = y.length;
    const periods = [short, long].filter((period) => period > 1 && n >= 2 * period + 4);
    if (periods.length === 0) return null;
    const seasons = periods.map(() => new Float64Array(n));
    const rest = Float64Array.from(y);
    for (let round = 0; round < ROUNDS; round++)
      for (const [at, period] of periods.entries()) {
        const season = seasons[at]!;
        for (let i = 0; i < n; i++) rest[i]! += season[i]!;
        season.set(smoothedSeason(rest, period));
        for (let i = 0; i < n; i++) rest[i]! -= season[i]!;
      }
    const out = dampedTrend.forecast(rest, { short: 1, long: 1 }, horizon);
    if (out === null) return null;
    for (const [at, period] of periods.entries()) {
      const season = seasons[at]!;
      for (let h = 0; h < horizon; h++) out[h]! += season[n - period + (h % period)]!;
    }
    return out;
  }),
};

/** What is left of `y` after its moving average over a period, smoothed forward along each phase and made to sum to nothing. */
function smoothedSeason(y: Float64Array, period: number): Float64Array {
  const n = y.length;
  const half = period >> 1;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i]! + y[i]!;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const from = Math.min(Math.max(0, i - half), n - period);
    const bare = y[i]! - (sums[from + period]! - sums[from]!) / period;
    // Early seasons are averaged, later ones replace a share.
    const age = Math.floor(i / period);
    const before = age > 0 ? out[i - period]! : bare;
    out[i] = before + Math.max(SEASON_GAIN, 1 / (age + 1)) * (bare - before);
  }
  return out;
}

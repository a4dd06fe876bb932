import { median } from "simple-statistics";
import type { Member } from "./member.ts";

/** The last season again, or the last value when there is no season. Hyndman & Athanasopoulos, ch. 5.2. */
export const naive: Member = {
  name: "naive",
  forecast: (y, _seasons, horizon) => new Float64Array(horizon).fill(y[y.length - 1] ?? 0),
};

export const seasonalNaive: Member = {
  name: "seasonal naive",
  forecast: (y, seasons, horizon) => repeat(y, seasons.short, horizon),
};

/** The last season again, and as much more each season as the seasons before it grew: the median of what a season changed. */
export const seasonalDrift: Member = {
  name: "seasonal drift",
  forecast(y, { short: period }, horizon) {
    const again = y.length < 2 * period ? null : repeat(y, period, horizon);
    if (again === null) return null;
    const grown = median(Array.from(y.subarray(period), (value, i) => value - y[i]!));
    return again.map((value, h) => value + grown * Math.ceil((h + 1) / period));
  },
};

/** The mean of the same phase in the last weeks when there is a long season: what a person reads off a weekly chart. */
export const longSeasonalNaive: Member = {
  name: "weekly naive",
  forecast: (y, seasons, horizon) => repeat(y, seasons.long, horizon),
};

function repeat(y: Float64Array, period: number, horizon: number): Float64Array | null {
  if (period <= 1 || y.length < period) return null;
  const out = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) out[h] = y[y.length - period + (h % period)]!;
  return out;
}

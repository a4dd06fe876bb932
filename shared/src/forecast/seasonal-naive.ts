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

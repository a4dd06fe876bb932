import type { Member } from "./member.ts";

/** The line from the first value to the last, carried on. Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 5.2. */
export const drift: Member = {
  name: "drift",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    if (n < 2) return null;
    const last = y[n - 1]!;
    const slope = (last - y[0]!) / (n - 1);
    return new Float64Array(horizon).map((_, h) => last + slope * (h + 1));
  },
};

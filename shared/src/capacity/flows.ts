import { median } from "simple-statistics";

/** Of the noise: what turns round within less is none of what comes and goes. */
const WOBBLE = 8;

/**
 * What came in and what was deleted, in all, by the turns of the values (rainflow's hysteresis): a wobble is neither, else any stock would take in
 * the more the finer it is looked at. Noise by second differences, which no slope disturbs. Finite values. Source: ASTM E1049 (turning points).
 */
export function flows(values: ArrayLike<number>): { readonly inflow: number; readonly outflow: number } {
  const y = Float64Array.from(values);
  const bends = Float64Array.from({ length: Math.max(0, y.length - 2) }, (_, i) => Math.abs(y[i + 2]! - 2 * y[i + 1]! + y[i]!));
  const wobble = bends.length === 0 ? 0 : (WOBBLE * median(Array.from(bends))) / (0.6745 * Math.sqrt(6));
  let [inflow, outflow] = [0, 0];
  let turn = y[0] ?? 0;
  let extreme = turn;
  for (const value of y) {
    const way = Math.sign(extreme - turn);
    if (way === 0 ? Math.abs(value - turn) > wobble : way * (value - extreme) >= 0) extreme = value;
    else if (way !== 0 && Math.abs(value - extreme) > wobble) {
      if (way > 0) inflow += extreme - turn;
      else outflow += turn - extreme;
      turn = extreme;
      extreme = value;
    }
  }
  return { inflow: inflow + Math.max(0, extreme - turn), outflow: outflow + Math.max(0, turn - extreme) };
}

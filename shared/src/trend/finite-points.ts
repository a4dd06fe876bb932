import type { Refusal } from "../model/trend.ts";

/** Samples that are numbers, in ascending time; `y` divided by `scale`, the largest magnitude (1 when all are 0). */
export interface FinitePoints {
  readonly t: Float64Array;
  readonly y: Float64Array;
  readonly scale: number;
}

/** Beyond this a slope per day could exceed what a number holds. */
const LARGEST = 1e303;

/** Refuses fewer than `fewest`, and values too large to calculate with. */
export function finitePoints(timestamps: ArrayLike<number>, values: ArrayLike<number>, fewest: number): FinitePoints | Refusal {
  const total = Math.min(timestamps.length, values.length);
  const t = new Float64Array(total);
  const y = new Float64Array(total);
  let n = 0;
  let scale = 0;
  for (let i = 0; i < total; i++) {
    const at = timestamps[i] ?? Number.NaN;
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(at) || !Number.isFinite(value) || (n > 0 && at <= (t[n - 1] ?? 0))) continue;
    t[n] = at;
    y[n] = value;
    scale = Math.max(scale, Math.abs(value));
    n++;
  }
  if (n < fewest) {
    const lost = total - n > 0 ? `; ${total - n} more are no finite numbers or not in order of time` : "";
    const noun = n === 1 ? "is 1 sample" : `are ${n} samples`;
    return refuse("too_short", `There ${noun}, at least ${fewest} are needed${lost}. Widen the range or wait for more.`);
  }
  if (scale > LARGEST) return refuse("too_large", `Values reach ${scale.toExponential(1)}, more than can be calculated with.`);
  if (!(scale > 0)) scale = 1;
  return { t: t.subarray(0, n), y: y.subarray(0, n).map((value) => value / scale), scale };
}

export const refuse = (code: string, reason: string): Refusal => ({ refused: { code, reason } });

import { quantileSorted } from "simple-statistics";
import type { Refusal } from "../model/trend.ts";
import { type FinitePoints, refuse } from "./finite-points.ts";

/** A series on even steps: means of the samples of each step, gaps filled along the line between their ends. */
export interface EvenSteps {
  readonly y: Float64Array;
  readonly firstMs: number;
  readonly stepMs: number;
  /** Share of the steps without a sample. */
  readonly empty: number;
}

/** The step is the median spacing of the samples, or more where there would be more than `most` steps. */
export function evenSteps({ t, y }: Pick<FinitePoints, "t" | "y">, most: number): EvenSteps {
  const n = t.length;
  const firstMs = t[0] ?? 0;
  const span = (t[n - 1] ?? 0) - firstMs;
  const spacings = Array.from({ length: n - 1 }, (_, i) => (t[i + 1] ?? 0) - (t[i] ?? 0)).sort((a, b) => a - b);
  const stepMs = Math.max(quantileSorted(spacings, 0.5), span / (most - 1));
  const cells = Math.round(span / stepMs) + 1;
  const sum = new Float64Array(cells);
  const count = new Float64Array(cells);
  for (let i = 0; i < n; i++) {
    const cell = Math.min(cells - 1, Math.round(((t[i] ?? 0) - firstMs) / stepMs));
    sum[cell] = (sum[cell] ?? 0) + (y[i] ?? 0);
    count[cell] = (count[cell] ?? 0) + 1;
  }
  const out = new Float64Array(cells);
  let previous = -1;
  let filled = 0;
  for (let i = 0; i < cells; i++) {
    const samples = count[i] ?? 0;
    if (samples === 0) continue;
    const value = (sum[i] ?? 0) / samples;
    out[i] = value;
    for (let gap = previous + 1; gap < i; gap++) {
      const share = (gap - previous) / (i - previous);
      out[gap] = (out[previous] ?? value) * (1 - share) + value * share;
    }
    previous = i;
    filled++;
  }
  return { y: out, firstMs, stepMs, empty: 1 - filled / cells };
}

/** Null where at most this share of the steps is empty. */
export const refuseGappy = ({ empty }: EvenSteps, most: number): Refusal | null =>
  empty > most
    ? refuse("too_gappy", `${Math.round(empty * 100)}% of the steps have no sample, at most ${most * 100}% may be missing.`)
    : null;

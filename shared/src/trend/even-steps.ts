import { quantileSorted } from "simple-statistics";
import type { Refusal } from "../model/trend.ts";
import { withJumpsInGaps } from "../statistics/jumps-in-gaps.ts";
import { type FinitePoints, refuse } from "./finite-points.ts";
import { leastSquaresSlope } from "./least-squares-slope.ts";

/** A series on even steps: means of the samples of each step, gaps filled along the line between their ends, but for what jumped in them. */
export interface EvenSteps {
  readonly y: Float64Array;
  readonly firstMs: number;
  /** When the first step begins, in the middle of which its value stands, or within. */
  readonly beginMs: number;
  readonly stepMs: number;
  /** 1 at the steps without a sample. */
  readonly missing: Uint8Array;
  /** Share of them. */
  readonly empty: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Whole numbers of them make a day, so that every day is cut at the same times. */
const PARTS_OF_DAY = [
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12, 24].map((hours) => hours * HOUR),
];

/**
 * The step is the median spacing of the samples. Where that gave more than `most` steps it is the next part of a day, and the steps begin where
 * the day's parts do: what repeats daily then repeats step by step, sharp edges included.
 */
export function evenSteps({ t, y: values }: Pick<FinitePoints, "t" | "y">, most: number): EvenSteps {
  const n = t.length;
  const firstMs = t[0] ?? 0;
  const span = (t[n - 1] ?? 0) - firstMs;
  const spacings = Array.from({ length: n - 1 }, (_, i) => (t[i + 1] ?? 0) - (t[i] ?? 0)).sort((a, b) => a - b);
  const spacingMs = quantileSorted(spacings, 0.5);
  const shortest = span / (most - 1);
  const part = spacingMs < shortest ? PARTS_OF_DAY.find((ms) => ms >= shortest) : undefined;
  const stepMs = part ?? Math.max(spacingMs, shortest);
  const beginMs = part === undefined ? firstMs : Math.floor(firstMs / part) * part;
  const cellOf = (at: number): number => (part === undefined ? Math.round((at - firstMs) / stepMs) : Math.floor((at - beginMs) / part));
  const cells = cellOf(firstMs + span) + 1;
  const sum = new Float64Array(cells);
  const count = new Float64Array(cells);
  const { slope: grown } = leastSquaresSlope(t, values, () => 1);
  const middle = part === undefined ? firstMs : beginMs + part / 2;
  for (let i = 0; i < n; i++) {
    const at = t[i] ?? 0;
    const cell = cellOf(at);
    // Of what grows, samples of a step's beginning alone are less than its mean, and what is missing by the hour would come back as a season.
    sum[cell] = (sum[cell] ?? 0) + (values[i] ?? 0) + grown * (middle + cell * stepMs - at);
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
  const missing = Uint8Array.from(count, (samples) => (samples > 0 ? 0 : 1));
  const y = withJumpsInGaps(out, missing);
  return { y, firstMs: beginMs, beginMs: part === undefined ? firstMs - stepMs / 2 : beginMs, stepMs, missing, empty: 1 - filled / cells };
}

/** Null where at most this share of the steps is empty. */
export const refuseGappy = ({ empty }: EvenSteps, most: number): Refusal | null =>
  empty > most
    ? refuse("too_gappy", `${Math.round(empty * 100)}% of the steps have no sample, at most ${most * 100}% may be missing.`)
    : null;

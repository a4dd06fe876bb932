import type { Judgement } from "../model/anomaly.ts";
import { LEARNING_STEPS } from "./base-detector.ts";
import { C, D, H, ROW, type Slab } from "./layout.ts";
import { R } from "./rich/layout.ts";

/** What a judgement says in numbers: all that is remembered of most steps. */
export type ExpectedBand = Pick<Judgement, "t" | "value" | "expected" | "lower" | "upper" | "score">;

/** Half-width of the expected range in mean absolute errors: about three standard deviations of a normal error. */
const RANGE = 3.75;

/** Of the latest step of a series that has varied, in its own units; null while learning. `rich`: where that tier speaks. */
export function expectedBand(
  cells: Float64Array,
  c: number,
  { f64, f32 }: Slab,
  row: number,
  rich: Float64Array | undefined,
): ExpectedBand | null {
  const h = row * ROW;
  const d = h >> 1;
  if (f32[h + H.steps]! < LEARNING_STEPS) return null;
  const unit = cells[c + C.unit]!;
  const origin = cells[c + C.origin]!;
  // A series that was never below zero (but for rounding) is not expected below zero, nor is its range.
  const least = origin + f32[h + H.low]! * unit >= -1e-6 * Math.abs(origin) ? 0 : -Number.MAX_VALUE;
  const expected = Math.max(least, bounded(origin + (rich?.[R.expected] ?? f64[d + D.expected]!) * unit));
  const half = Math.min(Number.MAX_VALUE / 4, RANGE * (rich?.[R.scale] ?? f64[d + D.scale]!) * unit);
  return {
    t: cells[c + C.lastMs]!,
    value: cells[c + C.lastValue]!,
    expected,
    lower: Math.max(least, bounded(expected - half)),
    upper: bounded(expected + half),
    score: rich?.[R.lastScore] ?? f32[h + H.lastScore]!,
  };
}

/** Of a series that has had one value only. */
export function constantBand(cells: Float64Array, c: number): ExpectedBand {
  const value = bounded(cells[c + C.lastValue]!);
  return { t: cells[c + C.lastMs]!, value, expected: value, lower: value, upper: value, score: 0 };
}

/** What sums and differences of it are still finite. */
export const bounded = (value: number): number => Math.max(-Number.MAX_VALUE / 2, Math.min(Number.MAX_VALUE / 2, value));

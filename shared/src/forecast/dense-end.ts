import type { ForecastRefusal } from "../model/forecast.ts";
import { type RegularGrid, regularGrid } from "./regular-grid.ts";

/** Horizons that a part of the history is no shorter than. */
const HORIZONS = 4;
const PARTS = [1 / 2, 1 / 4, 1 / 8];

/**
 * The history on even steps, or, where samples came too seldom for these, its newest half, quarter or eighth: hourly ones that were imported
 * before a minute's hide nothing of what came since. Times ascending, ms.
 */
export function denseEnd(timestamps: ArrayLike<number>, values: ArrayLike<number>, horizonMs: number): RegularGrid | ForecastRefusal {
  const whole = regularGrid(timestamps, values, horizonMs);
  if (!("refused" in whole) || whole.refused.code !== "too_gappy") return whole;
  const times = Array.from(timestamps);
  const first = times[0]!;
  const last = times.at(-1)!;
  for (const part of PARTS) {
    const lengthMs = part * (last - first);
    if (!(lengthMs >= HORIZONS * horizonMs)) break;
    const from = times.findIndex((t) => t >= last - lengthMs);
    const grid = regularGrid(times.slice(from), Array.from(values).slice(from), horizonMs);
    if (!("refused" in grid)) return grid;
  }
  return whole;
}

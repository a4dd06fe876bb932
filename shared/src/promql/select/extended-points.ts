import type { VectorSelector } from "../ast.ts";
import { between } from "./between.ts";
import { firstAfter } from "./first-after.ts";
import type { WindowSeries } from "./window-series.ts";

/**
 * The floats of an anchored or smoothed range where it is asked for itself: those inside, and one at each end, which is the sample
 * before it or lies between its neighbours (Prometheus `extendFloats`). Null where nothing is after the start.
 */
export function extendedPoints(
  { floatTimes, floats }: WindowSeries,
  startMs: number,
  endMs: number,
  extension: NonNullable<VectorSelector["extension"]>,
  lookbackMs: number,
): { readonly timestamps: readonly number[]; readonly values: readonly number[] } | null {
  const smoothed = extension === "smoothed";
  const from = firstAfter(floatTimes, startMs - lookbackMs);
  const to = firstAfter(floatTimes, smoothed ? endMs + lookbackMs : endMs);
  if (from >= to) return null;
  const time = (i: number): number => floatTimes[i] as number;
  const value = (i: number): number => floats[i] as number;
  let last = to - 1;
  const first = Math.max(from, Math.min(firstAfter(floatTimes, startMs), last) - 1);
  if (smoothed) while (last > from && time(last - 1) >= endMs) last--;
  if (time(last) <= startMs) return null;
  const at = (t: number, i: number): number => {
    const share = (t - time(i)) / (time(i + 1) - time(i));
    return between(value(i), value(i + 1), share, false) as number;
  };
  const left = smoothed && time(first) < startMs ? at(startMs, first) : value(first);
  const right = smoothed && last > from && time(last) > endMs ? at(endMs, last - 1) : value(last);
  const timestamps = [startMs];
  const values = [left];
  for (let i = first; i <= last; i++) {
    if (time(i) <= startMs || time(i) >= endMs) continue;
    timestamps.push(time(i));
    values.push(value(i));
  }
  timestamps.push(endMs);
  values.push(right);
  return { timestamps, values };
}

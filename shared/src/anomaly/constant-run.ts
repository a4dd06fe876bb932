import { BINS, C, DAY_BINS, H, B, ROW, SERIES_PER_SLAB, type Slab, seen } from "./layout.ts";
import { bins, binsAt } from "./time-bins.ts";
import { haste } from "./tuning.ts";

const HALF_HOUR_MS = 1_800_000;
const WEEK_MS = 604_800_000;
/** More than a lap of the ring and a multiple of it. */
const SETTLED = 96;

/** Empties a row that had another series. */
export function clearRow({ f32, profile }: Slab, row: number): void {
  f32.fill(0, row * ROW, (row + 1) * ROW);
  for (let bin = 0; bin < BINS; bin++) profile[bin * SERIES_PER_SLAB + row] = 0;
}

/**
 * In an empty row, what a series would have there, had it kept one through its run of one value: every level and error zero, that value its one prototype, and
 * the times of day and week it was seen at. So a series costs a row only once it varies, and its first other value is news at once.
 */
export function seedRow(slab: Slab, row: number, cells: Float64Array, c: number): void {
  const { f32, profile } = slab;
  const h = row * ROW;
  const run = cells[c + C.run]!;
  const firstMs = cells[c + C.firstMs]!;
  const lastMs = cells[c + C.lastMs]!;
  const spacing = run > 1 ? (lastMs - firstMs) / (run - 1) : 0;
  f32[h + H.steps] = run;
  f32[h + H.spacingMs] = spacing;
  f32[h + H.gapMs] = spacing;
  f32[h + H.haste] = haste(spacing);
  f32[h + H.runLength] = run - 1;
  f32[h + H.clock] = run < SETTLED ? run : SETTLED + (run % 48);
  f32[h + B.values] = 0;
  f32[h + H.valueCount] = 1;
  let days = 0;
  let weeks = 0;
  const stride = Math.max(HALF_HOUR_MS, spacing);
  for (let t = Math.max(firstMs, lastMs - WEEK_MS); ; t += stride) {
    binsAt(Math.min(t, lastMs));
    const day = bins.day * SERIES_PER_SLAB + row;
    const week = (DAY_BINS + bins.week) * SERIES_PER_SLAB + row;
    if (profile[day] === 0) days++;
    if (profile[week] === 0) weeks++;
    profile[day] = seen(0);
    profile[week] = seen(0);
    if (t >= lastMs) break;
  }
  f32[h + H.daySeen] = Math.max(0, run - days);
  f32[h + H.weekSeen] = Math.max(0, run - weeks);
}

import { B, C, H, ROW, SERIES_PER_SLAB, type Slab, onSheet, seen, sheetOf } from "./layout.ts";
import { bins, binsAt } from "./time-bins.ts";
import { haste } from "./tuning.ts";

const HALF_HOUR_MS = 1_800_000;
const WEEK_MS = 604_800_000;
/** More than a lap of the ring and a multiple of it. */
const SETTLED = 96;

/** Empties a row that had another series. */
export function clearRow({ f32, sheets }: Slab, row: number): void {
  f32.fill(0, row * ROW, (row + 1) * ROW);
  for (const sheet of sheets) if (sheet !== null) for (let at = row; at < sheet.length; at += SERIES_PER_SLAB) sheet[at] = 0;
}

/**
 * In an empty row, what a series would have there, had it kept one through its run of one value: every level and error zero, that value its one prototype, and
 * the times of day and week it was seen at. So a series costs a row only once it varies, and its first other value is news at once.
 */
export function seedRow(slab: Slab, row: number, cells: Float64Array, c: number): void {
  const { f32 } = slab;
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
  f32[h + H.briefCount] = 1;
  let days = 0;
  let weeks = 0;
  const stride = Math.max(HALF_HOUR_MS, spacing);
  for (let t = Math.max(firstMs, lastMs - WEEK_MS); ; t += stride) {
    binsAt(Math.min(t, lastMs));
    days += visit(slab, row, bins.day);
    weeks += visit(slab, row, bins.week);
    if (t >= lastMs) break;
  }
  f32[h + H.daySeen] = Math.max(0, run - days);
  f32[h + H.weekSeen] = Math.max(0, run - weeks);
}

/** Marks a bin as seen at zero; 1 when it had not been. */
function visit(slab: Slab, row: number, bin: number): 0 | 1 {
  const sheet = sheetOf(slab, bin);
  const at = onSheet(bin, row);
  if (sheet[at] !== 0) return 0;
  sheet[at] = seen(0);
  return 1;
}

// Where series come in a random order the processor waits for each one's cell, row and bins, which no prefetcher knows of: they are asked for
// some samples before they are needed. In order they come by themselves, and asking for them as well costs a quarter more.
import { cellOf, slotOf } from "./cells";
import { I_row, I_slab, ROW_BYTES, SERIES_PER_SLAB, SHEET, SHEETS_BYTES } from "./layout";
import { dayBin, weekBin } from "./time-bins";

/** Samples ahead: a row is found by its cell. */
const ROW_AHEAD: i32 = 2;
const CELL_AHEAD: i32 = 6;
/** Slots that lie so close together are in order. */
const CLOSE: u32 = 64;
const LINE: usize = 64;
/** Lines at a row's beginning that every step looks at. */
const LINES: usize = 6;

/** So that what is read is not read for nothing. */
export let seen: u32 = 0;

export function readAhead(i: i32, end: i32): void {
  if (i + CELL_AHEAD >= end) return;
  const slot = slotOf(i + CELL_AHEAD);
  if (slot < 0 || <u32>(slot - slotOf(i)) < CLOSE) return;
  const cell = cellOf(slot);
  seen ^= load<u32>(cell) ^ load<u32>(cell, LINE);
  const nearer = slotOf(i + ROW_AHEAD);
  if (nearer >= 0) readRow(cellOf(nearer));
}

function readRow(cell: usize): void {
  const row = load<i32>(cell, I_row);
  if (row == 0) return;
  const at = <usize>((row - 1) & (SERIES_PER_SLAB - 1));
  const slab = <usize>load<u32>(cell, I_slab);
  seen ^= binOf(slab, dayBin, at) ^ binOf(slab, weekBin, at);
  const h = slab + SHEETS_BYTES + at * ROW_BYTES;
  for (let line: usize = 0; line < LINES; line++) seen ^= load<u32>(h + line * LINE);
}

/** Of a sheet that is not there yet anything. */
function binOf(slab: usize, bin: i32, row: usize): u32 {
  const sheet = <usize>load<u32>(slab + ((<usize>(bin / SHEET)) << 2));
  return load<u32>(sheet + ((<usize>((bin % SHEET) * SERIES_PER_SLAB) + row) << 2));
}

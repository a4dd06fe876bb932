// The cells of series by slot, in slabs of 256, and the samples that are to be taken.
import { CELL_BYTES, SERIES_PER_SLAB } from "./layout";
import { allocate } from "./memory";

/** Samples of a batch. */
export const BATCH_ROOM: i32 = 2048;
/** Slabs that the first table has room for: 65,536 series. */
const FIRST_SLABS: usize = 256;

/** Addresses of the slabs of cells, in turn. */
let slabs: usize = 0;
let count: usize = 0;
let most: usize = 0;
let columns: usize = 0;

/** The next slab of cells: its address, 0 when the host has no more memory. */
export function addCells(): usize {
  if (count == most) {
    const table = allocate((most == 0 ? FIRST_SLABS : most * 2) << 2);
    if (table == 0) return 0;
    memory.copy(table, slabs, count << 2);
    slabs = table;
    most = most == 0 ? FIRST_SLABS : most * 2;
  }
  const at = allocate(<usize>SERIES_PER_SLAB * CELL_BYTES);
  if (at != 0) store<u32>(slabs + (count++ << 2), <u32>at);
  return at;
}

/** Times of a batch, then its values, then its slots; 0 when the host has no more memory. */
export function batch(): usize {
  if (columns == 0) columns = allocate(<usize>BATCH_ROOM * 20);
  return columns;
}

export function timeOf(i: i32): f64 {
  return load<f64>(columns + ((<usize>i) << 3));
}

export function valueOf(i: i32): f64 {
  return load<f64>(columns + ((<usize>(BATCH_ROOM + i)) << 3));
}

export function slotOf(i: i32): i32 {
  return load<i32>(columns + ((<usize>BATCH_ROOM) << 4) + ((<usize>i) << 2));
}

export function cellOf(slot: i32): usize {
  return <usize>load<u32>(slabs + ((<usize>(slot >> 8)) << 2)) + <usize>(slot & 255) * CELL_BYTES;
}

import { CELL, I, SERIES_PER_SLAB } from "./layout.ts";

/** The cells of 256 series. */
export interface CellSlab {
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  /** In a kernel's memory; 0 outside of one. */
  readonly address: number;
}

export function createCells(): CellSlab {
  const f64 = new Float64Array(SERIES_PER_SLAB * CELL);
  return { f64, i32: new Int32Array(f64.buffer), u8: new Uint8Array(f64.buffer), address: 0 };
}

export const NO_ROW = -1;

/** The cells of all series by slot, in slabs that are made as they are needed. */
export class SeriesCells {
  readonly slabs: CellSlab[] = [];
  readonly #create: () => CellSlab;

  constructor(create: () => CellSlab = createCells) {
    this.#create = create;
  }

  /** An empty cell. */
  add(slot: number): void {
    while (this.slabs.length <= slot >> 8) this.slabs.push(this.#create());
    const c = (slot & 255) * CELL;
    this.slabs[slot >> 8]!.f64.fill(0, c, c + CELL);
  }

  /** One of `C`; 0 of no series of ours. */
  number(slot: number, at: number): number {
    return this.slabs[slot >> 8]?.f64[(slot & 255) * CELL + at] ?? 0;
  }

  setNumber(slot: number, at: number, value: number): void {
    this.slabs[slot >> 8]!.f64[(slot & 255) * CELL + at] = value;
  }

  /** One of `BYTE`; 0 of no series of ours. */
  byte(slot: number, at: number): number {
    return this.slabs[slot >> 8]?.u8[(slot & 255) * (CELL * 8) + at] ?? 0;
  }

  setByte(slot: number, at: number, value: number): void {
    this.slabs[slot >> 8]!.u8[(slot & 255) * (CELL * 8) + at] = value;
  }

  row(slot: number): number {
    return this.slabs[slot >> 8]!.i32[(slot & 255) * (CELL * 2) + I.row]! - 1;
  }

  /** `slab`: the address of the slab it is in. */
  setRow(slot: number, row: number, slab: number): void {
    const { i32 } = this.slabs[slot >> 8]!;
    i32[(slot & 255) * (CELL * 2) + I.row] = row + 1;
    i32[(slot & 255) * (CELL * 2) + I.slab] = slab;
  }
}

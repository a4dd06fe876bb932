import { type BaseTier, type SampleBatch, baseTierInTypeScript } from "@sightline/shared/anomaly/base-tier";
import { CELL, ROW, SERIES_PER_SLAB, SHEETS, SHEETS_BYTES, SHEET_SINGLES, type Slab, sheetOf } from "@sightline/shared/anomaly/layout";
import type { CellSlab } from "@sightline/shared/anomaly/series-cells";
import { bins, binsAt } from "@sightline/shared/anomaly/time-bins";

/** What `assembly/base-tier/index.ts` exports. */
interface BaseTierExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(size: number): number;
  reserve(size: number): number;
  step(slab: number, row: number, tMs: number, gapMs: number, value: number): number;
  addCells(): number;
  /** Address of the times, values and slots of so many samples. */
  batch(): number;
  readonly BATCH_ROOM: Exported;
  take(from: number, end: number): number;
  readonly newestMs: Exported;
  readonly isStep: Exported;
  readonly score: Exported;
  readonly value: Exported;
}

interface Exported {
  readonly value: number;
}

const NO_SHEET = -2;
const ROW_SINGLES = SERIES_PER_SLAB * ROW;
const SLAB_BYTES = SHEETS_BYTES + ROW_SINGLES * 4;
/** And, where the table of the slabs' addresses grows, that of a million series. */
const CELLS_BYTES = SERIES_PER_SLAB * CELL * 8 + 16_384;

/** The base tier of a compiled `base-tier.wasm`; in TypeScript where there is none or it cannot be instantiated. */
export function createBaseTier(module: WebAssembly.Module | undefined): BaseTier {
  if (module === undefined) return baseTierInTypeScript;
  try {
    const imports = { host: { exp: Math.exp, log: Math.log } };
    return new WasmBaseTier(new WebAssembly.Instance(module, imports).exports as unknown as BaseTierExports);
  } catch {
    // No memory for it, or a host that compiles nothing: the same bits, slower.
    return baseTierInTypeScript;
  }
}

/** Slabs in the kernel's memory, which other code reads and writes through views, and their steps there. */
class WasmBaseTier implements BaseTier {
  readonly #kernel: BaseTierExports;
  /** Whose views are made anew when memory has grown. */
  readonly #viewers: { view(buffer: ArrayBuffer): void }[] = [];
  readonly batch: SampleBatch;
  #viewed: ArrayBuffer;
  #sheetsLeft = 0;

  constructor(kernel: BaseTierExports) {
    this.#kernel = kernel;
    this.#viewed = kernel.memory.buffer;
    this.batch = this.#seen(new KernelBatch(kernel));
  }

  createCells(): CellSlab {
    this.#reserve(CELLS_BYTES);
    return this.#seen(new KernelCells(this.#kernel.addCells()));
  }

  createSlab(): Slab {
    this.#sheetsLeft += SHEETS;
    this.#reserve(SLAB_BYTES);
    const slab: KernelSlab = new KernelSlab(this.#kernel.allocate(SLAB_BYTES), (at) => this.#makeSheet(slab, at));
    return this.#seen(slab);
  }

  /** Memory grows here and nowhere else, with room for all the sheets that slabs may still make: it detaches every view. */
  #reserve(bytes: number): void {
    if (this.#kernel.reserve(bytes + this.#sheetsLeft * SHEET_SINGLES * 4 + SPARE) === 0)
      throw new RangeError("no memory for more detectors");
  }

  #seen<V extends { view(buffer: ArrayBuffer): void }>(made: V): V {
    const { buffer } = this.#kernel.memory;
    this.#viewers.push(made);
    for (const one of buffer === this.#viewed ? [made] : this.#viewers) one.view(buffer);
    this.#viewed = buffer;
    return made;
  }

  #makeSheet(slab: KernelSlab, at: number): Float32Array {
    this.#sheetsLeft--;
    return slab.addSheet(at, this.#kernel.allocate(SHEET_SINGLES * 4), this.#viewed);
  }

  step(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number {
    const score = this.#kernel.step(slab.address, row, tMs, gapMs, value);
    return score === NO_SHEET ? this.#firstStep(slab, row, tMs, gapMs, value) : score;
  }

  #firstStep(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number {
    binsAt(tMs);
    sheetOf(slab, bins.day);
    sheetOf(slab, bins.week);
    return this.#kernel.step(slab.address, row, tMs, gapMs, value);
  }
}

/** What rounding up may add, however many sheets come. */
const SPARE = 4096;

class KernelCells implements CellSlab {
  readonly address: number;
  f64 = new Float64Array(0);
  i32 = new Int32Array(0);
  u8 = new Uint8Array(0);

  /** Throws RangeError of address 0. */
  constructor(address: number) {
    if (address === 0) throw new RangeError("no memory for more series");
    this.address = address;
  }

  view(buffer: ArrayBuffer): void {
    const length = SERIES_PER_SLAB * CELL;
    this.f64 = new Float64Array(buffer, this.address, length);
    this.i32 = new Int32Array(buffer, this.address, length * 2);
    this.u8 = new Uint8Array(buffer, this.address, length * 8);
  }
}

class KernelBatch implements SampleBatch {
  readonly room: number;
  readonly #kernel: BaseTierExports;
  readonly #address: number;
  #times = new Float64Array(0);
  #values = new Float64Array(0);
  #slots = new Int32Array(0);

  /** Throws RangeError without memory for it. */
  constructor(kernel: BaseTierExports) {
    this.#kernel = kernel;
    this.#address = kernel.batch();
    this.room = kernel.BATCH_ROOM.value;
    if (this.#address === 0) throw new RangeError("no memory for a batch");
  }

  view(buffer: ArrayBuffer): void {
    this.#times = new Float64Array(buffer, this.#address, this.room);
    this.#values = new Float64Array(buffer, this.#address + this.room * 8, this.room);
    this.#slots = new Int32Array(buffer, this.#address + this.room * 16, this.room);
  }

  put(slots: Int32Array, times: Float64Array, values: Float64Array): void {
    this.#slots.set(slots);
    this.#times.set(times);
    this.#values.set(values);
  }

  take(from: number, end: number): number {
    return this.#kernel.take(from, end);
  }

  get newestMs(): number {
    return this.#kernel.newestMs.value;
  }

  get isStep(): boolean {
    return this.#kernel.isStep.value !== 0;
  }

  get score(): number {
    return this.#kernel.score.value;
  }

  get value(): number {
    return this.#kernel.value.value;
  }
}

/** Views of a slab in memory that grows. */
class KernelSlab implements Slab {
  readonly address: number;
  readonly makeSheet: (at: number) => Float32Array;
  readonly sheets: (Float32Array | null)[] = Array.from({ length: SHEETS }, () => null);
  readonly #sheetAddresses = new Uint32Array(SHEETS);
  f64 = new Float64Array(0);
  f32 = new Float32Array(0);
  u8 = new Uint8Array(0);

  constructor(address: number, makeSheet: (at: number) => Float32Array) {
    this.address = address;
    this.makeSheet = makeSheet;
  }

  view(buffer: ArrayBuffer): void {
    const rows = this.address + SHEETS_BYTES;
    this.f64 = new Float64Array(buffer, rows, ROW_SINGLES / 2);
    this.f32 = new Float32Array(buffer, rows, ROW_SINGLES);
    this.u8 = new Uint8Array(buffer, rows, ROW_SINGLES * 4);
    for (const [at, address] of this.#sheetAddresses.entries())
      if (address !== 0) this.sheets[at] = new Float32Array(buffer, address, SHEET_SINGLES);
  }

  addSheet(at: number, address: number, buffer: ArrayBuffer): Float32Array {
    this.#sheetAddresses[at] = address;
    new Uint32Array(buffer, this.address, SHEETS)[at] = address;
    return (this.sheets[at] = new Float32Array(buffer, address, SHEET_SINGLES));
  }
}

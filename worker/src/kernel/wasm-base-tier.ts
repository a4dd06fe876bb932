import { type BaseTier, baseTierInTypeScript } from "@sightline/shared/anomaly/base-tier";
import { ROW, SERIES_PER_SLAB, SHEETS, SHEETS_BYTES, SHEET_SINGLES, type Slab, sheetOf } from "@sightline/shared/anomaly/layout";
import { bins, binsAt } from "@sightline/shared/anomaly/time-bins";

/** What `assembly/base-tier/index.ts` exports. */
interface BaseTierExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(size: number): number;
  reserve(size: number): number;
  step(slab: number, row: number, tMs: number, gapMs: number, value: number): number;
}

const NO_SHEET = -2;
const ROW_SINGLES = SERIES_PER_SLAB * ROW;

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
  readonly #slabs: KernelSlab[] = [];
  #viewed: ArrayBuffer;
  #sheetsLeft = 0;

  constructor(kernel: BaseTierExports) {
    this.#kernel = kernel;
    this.#viewed = kernel.memory.buffer;
  }

  /** Memory grows here and nowhere else, with room for all the sheets that slabs may still make: it detaches every view. */
  createSlab(): Slab {
    const kernel = this.#kernel;
    const own = SHEETS_BYTES + ROW_SINGLES * 4;
    this.#sheetsLeft += SHEETS;
    if (kernel.reserve(own + this.#sheetsLeft * SHEET_SINGLES * 4 + SPARE) === 0) throw new RangeError("no memory for more detectors");
    const slab = new KernelSlab(kernel.allocate(own), (at) => this.#makeSheet(slab, at));
    this.#slabs.push(slab);
    if (kernel.memory.buffer === this.#viewed) slab.view(this.#viewed);
    else {
      this.#viewed = kernel.memory.buffer;
      for (const one of this.#slabs) one.view(this.#viewed);
    }
    return slab;
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

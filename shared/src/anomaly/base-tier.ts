import { step } from "./base-detector.ts";
import { type Slab, createSlab } from "./layout.ts";
import { type CellSlab, createCells } from "./series-cells.ts";

/** Keeps cells, and the rows of the base tier, and takes their steps. Any other than this one must give the same bits. */
export interface BaseTier {
  createCells(): CellSlab;
  createSlab(): Slab;
  /** One step of a row: `gapMs` after the one before, `value` in the series' own unit. Gives its score in [0, 1]. */
  step(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number;
  /** Absent where samples are taken one by one. */
  readonly batch?: SampleBatch;
}

/**
 * Takes the samples of a request in one call: those of series like most, and leaves the others to the caller. The tier has one bank alone, whose slots
 * `slots` are; a negative one is passed over.
 */
export interface SampleBatch {
  /** Samples that it has room for. */
  readonly room: number;
  put(slots: Int32Array, times: Float64Array, values: Float64Array): void;
  /** Goes on with the sample at `from`: gives the first that is left to the caller, or whose step is, `end` where there is none. */
  take(from: number, end: number): number;
  /** Time of the newest sample taken by the last call, ms; 0 of none. */
  readonly newestMs: number;
  /** Whether that sample's step is taken; then its score and its value, of a counter its rate. */
  readonly isStep: boolean;
  readonly score: number;
  readonly value: number;
}

export const baseTierInTypeScript: BaseTier = { createCells, createSlab, step };

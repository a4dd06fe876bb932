import { step } from "./base-detector.ts";
import { type Slab, createSlab } from "./layout.ts";

/** Keeps the rows of the base tier and takes their steps. Any other than this one must give the same bits. */
export interface BaseTier {
  createSlab(): Slab;
  /** One step of a row: `gapMs` after the one before, `value` in the series' own unit. Gives its score in [0, 1]. */
  step(slab: Slab, row: number, tMs: number, gapMs: number, value: number): number;
}

export const baseTierInTypeScript: BaseTier = { createSlab, step };

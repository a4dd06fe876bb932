import { BLOCK_STEPS, P, R, RING, SHAPES, SHAPES_AT, SHAPE_BLOCKS } from "./layout.ts";
import { recall } from "./prototype-memory.ts";

const PLACE = { at: SHAPES_AT, countAt: R.shapeCount, size: SHAPE_BLOCKS, capacity: SHAPES };
const APART = 0.02;
const PULL = 0.05;
const shape = new Float64Array(SHAPE_BLOCKS);

/**
 * How unlike every shape seen before the last 48 steps are, as eight block means; in units of the running range, judged at every sixth step.
 * Source: piecewise aggregate approximation (Keogh et al. 2001).
 */
export function shapeNovelty(f: Float64Array, range: number): number {
  const clock = f[R.clock]!;
  if (clock % BLOCK_STEPS !== 0 || clock < SHAPE_BLOCKS * BLOCK_STEPS || !(range > 0)) return 0;
  for (let block = 0; block < SHAPE_BLOCKS; block++) {
    let sum = 0;
    for (let k = 0; k < BLOCK_STEPS; k++) sum += f[P.values + ((clock - 1 - (SHAPE_BLOCKS - 1 - block) * BLOCK_STEPS - k) % RING)]!;
    shape[block] = Math.fround(sum / BLOCK_STEPS);
  }
  const distance = recall(f, PLACE, shape, APART * range, PULL);
  return distance === Infinity ? 0 : Math.min(1, distance / range);
}

import { BLOCK_STEPS, R, RING, SHAPES, SHAPES_AT, SHAPE_BLOCKS, P } from "./layout.ts";

const SIZE = SHAPE_BLOCKS;
const WEIGHTS = SHAPES_AT + SHAPES * SIZE;
const APART = 0.02;
const PULL = 0.05;
const shape = new Float64Array(SIZE);

/**
 * How unlike every shape seen before the last 48 steps are, as eight block means; in units of the running range, judged at every sixth step.
 * The closest pair of shapes becomes one when the memory is full.
 * Sources: piecewise aggregate approximation (Keogh et al. 2001); prototypes as in adaptive resonance (Carpenter & Grossberg 1987).
 */
export function shapeNovelty(f: Float64Array, range: number): number {
  const clock = f[R.clock]!;
  if (clock % BLOCK_STEPS !== 0 || clock < SIZE * BLOCK_STEPS || !(range > 0)) return 0;
  for (let block = 0; block < SIZE; block++) {
    let sum = 0;
    for (let k = 0; k < BLOCK_STEPS; k++) sum += f[P.values + ((clock - 1 - (SIZE - 1 - block) * BLOCK_STEPS - k) % RING)]!;
    shape[block] = Math.fround(sum / BLOCK_STEPS);
  }
  const count = f[R.shapeCount]!;
  let nearest = -1;
  let least = Infinity;
  for (let p = 0; p < count; p++) {
    const distance = apart(f, SHAPES_AT + p * SIZE, least);
    if (distance < least) {
      least = distance;
      nearest = p;
    }
  }
  const distance = Math.sqrt(least) / range;
  if (distance < APART) {
    const at = SHAPES_AT + nearest * SIZE;
    for (let b = 0; b < SIZE; b++) f[at + b] = Math.fround(f[at + b]! + PULL * (shape[b]! - f[at + b]!));
    f[WEIGHTS + nearest]!++;
  } else {
    const place = count < SHAPES ? count : joinClosest(f);
    f.set(shape, SHAPES_AT + place * SIZE);
    f[WEIGHTS + place] = 1;
    f[R.shapeCount] = Math.min(SHAPES, count + 1);
  }
  return nearest < 0 ? 0 : Math.min(1, distance);
}

/** Square of the distance to the present shape; given up once it is beyond `least`. */
function apart(f: Float64Array, at: number, least: number): number {
  let sum = 0;
  for (let b = 0; b < SIZE && sum < least; b++) {
    const off = f[at + b]! - shape[b]!;
    sum += off * off;
  }
  return sum;
}

/** Makes one of the two shapes closest to each other; gives the place that is free then. */
function joinClosest(f: Float64Array): number {
  let least = Infinity;
  let keep = 0;
  let free = 1;
  for (let p = 0; p < SHAPES; p++)
    for (let q = p + 1; q < SHAPES; q++) {
      let sum = 0;
      for (let b = 0; b < SIZE && sum < least; b++) {
        const off = f[SHAPES_AT + p * SIZE + b]! - f[SHAPES_AT + q * SIZE + b]!;
        sum += off * off;
      }
      if (sum < least) {
        least = sum;
        keep = p;
        free = q;
      }
    }
  const kept = f[WEIGHTS + keep]!;
  const other = f[WEIGHTS + free]!;
  for (let b = 0; b < SIZE; b++) {
    const at = SHAPES_AT + keep * SIZE + b;
    f[at] = Math.fround((f[at]! * kept + f[SHAPES_AT + free * SIZE + b]! * other) / (kept + other));
  }
  f[WEIGHTS + keep] = Math.min(1e6, kept + other);
  return free;
}

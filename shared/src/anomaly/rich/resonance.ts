import { BOXES, BOXES_AT, BOX_STEPS, N, P, R, RING } from "./layout.ts";

const SIZE = BOX_STEPS;
/** Mean length of a box's sides at most, in units of the running range: the vigilance. */
const LONGEST_SIDE = 0.08;
const features = new Float64Array(SIZE);

/**
 * How far the last eight steps, as Haar wavelets, lie outside every box of those seen before, in units of the running range. The nearest box
 * that need not grow beyond its size takes them in (one they lie in always does); else they begin one, and when there are as many as there may be, the two that make the
 * smallest one together become one. Source: fuzzy adaptive resonance, Carpenter, Grossberg & Rosen 1991; written from the idea.
 */
export function resonance(f: Float64Array, range: number): number {
  if (f[N.steps]! < SIZE - 1 || !(range > 0)) return 0;
  transform(f);
  const count = f[N.boxes]!;
  const room = LONGEST_SIDE * SIZE * range;
  let least = Infinity;
  let nearest = -1;
  let leastWithRoom = Infinity;
  for (let box = 0; box < count; box++) {
    const at = BOXES_AT + box * 2 * SIZE;
    let outside = 0;
    let sides = 0;
    for (let k = 0; k < SIZE && outside < leastWithRoom; k++) {
      const x = features[k]!;
      const low = f[at + k]!;
      const high = f[at + SIZE + k]!;
      const off = x < low ? low - x : x > high ? x - high : 0;
      outside += off;
      sides += high - low;
    }
    if (outside >= leastWithRoom) continue;
    if (outside < least) least = outside;
    if (outside === 0 || sides + outside <= room) {
      leastWithRoom = outside;
      nearest = box;
    }
  }
  if (nearest < 0) {
    nearest = count < BOXES ? count : joinClosest(f);
    for (let k = 0; k < SIZE; k++) f[BOXES_AT + nearest * 2 * SIZE + k] = f[BOXES_AT + nearest * 2 * SIZE + SIZE + k] = features[k]!;
    f[N.boxes] = Math.min(BOXES, count + 1);
  } else if (leastWithRoom > 0) {
    const at = BOXES_AT + nearest * 2 * SIZE;
    for (let k = 0; k < SIZE; k++) {
      f[at + k] = Math.min(f[at + k]!, features[k]!);
      f[at + SIZE + k] = Math.max(f[at + SIZE + k]!, features[k]!);
    }
  }
  return least === Infinity ? 0 : Math.min(1, least / range);
}

/** Level, then differences from the coarsest to the finest, each a single. */
function transform(f: Float64Array): void {
  const clock = f[R.clock]!;
  for (let k = 0; k < SIZE; k++) features[k] = f[P.values + ((clock - SIZE + k) % RING)]!;
  for (let half = SIZE / 2; half >= 1; half /= 2) {
    for (let k = 0; k < half; k++) {
      const left = features[2 * k]!;
      const right = features[2 * k + 1]!;
      features[k] = (left + right) / 2;
      differences[half + k] = (right - left) / 2;
    }
  }
  for (let k = 1; k < SIZE; k++) features[k] = Math.fround(differences[k]!);
  features[0] = Math.fround(features[0]!);
}

const differences = new Float64Array(SIZE);

/** Gives the place that is free then. */
function joinClosest(f: Float64Array): number {
  let least = Infinity;
  let keep = 0;
  let free = 1;
  for (let p = 1; p < BOXES; p++)
    for (let q = 0; q < p; q++) {
      const a = BOXES_AT + p * 2 * SIZE;
      const b = BOXES_AT + q * 2 * SIZE;
      let sides = 0;
      for (let k = 0; k < SIZE && sides < least; k++)
        sides += Math.max(f[a + SIZE + k]!, f[b + SIZE + k]!) - Math.min(f[a + k]!, f[b + k]!);
      if (sides < least) {
        least = sides;
        keep = q;
        free = p;
      }
    }
  const a = BOXES_AT + keep * 2 * SIZE;
  const b = BOXES_AT + free * 2 * SIZE;
  for (let k = 0; k < SIZE; k++) {
    f[a + k] = Math.min(f[a + k]!, f[b + k]!);
    f[a + SIZE + k] = Math.max(f[a + SIZE + k]!, f[b + SIZE + k]!);
  }
  return free;
}

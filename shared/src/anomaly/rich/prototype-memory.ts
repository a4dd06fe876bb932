/**
 * A memory of at most `capacity` typical points of `size` numbers; the distance of a new one to the nearest is its novelty. When the memory is
 * full the two closest become one, so that it always spans everything seen. Every number it keeps is one that a single can hold.
 * Source: prototypes as in adaptive resonance (Carpenter & Grossberg 1987); Pimentel et al. 2014, A review of novelty detection.
 */

/** Where a memory is: its points, then as many weights; and where its count is. */
export interface MemoryPlace {
  readonly at: number;
  readonly countAt: number;
  readonly size: number;
  readonly capacity: number;
}

export const memorySize = (size: number, capacity: number): number => capacity * (size + 1);

/** Euclidean distance of `x` to the nearest point, Infinity when there is none; then remembers `x`, or draws a point nearer than `apart` toward it. */
export function recall(f: Float64Array, place: MemoryPlace, x: Float64Array, apart: number, pull: number): number {
  const { at, countAt, size, capacity } = place;
  const weights = at + capacity * size;
  const count = f[countAt]!;
  let nearest = -1;
  let least = Infinity;
  for (let p = 0; p < count; p++) {
    const distance = squareTo(f, at + p * size, x, least);
    if (distance < least) {
      least = distance;
      nearest = p;
    }
  }
  const distance = Math.sqrt(least);
  if (distance <= apart) {
    const to = at + nearest * size;
    for (let b = 0; b < size; b++) f[to + b] = Math.fround(f[to + b]! + pull * (x[b]! - f[to + b]!));
    f[weights + nearest] = Math.min(1e6, f[weights + nearest]! + 1);
    return distance;
  }
  const free = count < capacity ? count : joinClosest(f, place, weights);
  for (let b = 0; b < size; b++) f[at + free * size + b] = Math.fround(x[b]!);
  f[weights + free] = 1;
  f[countAt] = Math.min(capacity, count + 1);
  return distance;
}

/** Square of a distance; given up once it is beyond `least`. */
function squareTo(f: Float64Array, at: number, x: Float64Array, least: number): number {
  let sum = 0;
  for (let b = 0; b < x.length && sum < least; b++) {
    const off = f[at + b]! - x[b]!;
    sum += off * off;
  }
  return sum;
}

/** Makes one of the two points closest to each other; gives the place that is free then. */
function joinClosest(f: Float64Array, { at, size, capacity }: MemoryPlace, weights: number): number {
  let least = Infinity;
  let keep = 0;
  let free = 1;
  for (let p = 1; p < capacity; p++) {
    const mine = at + p * size;
    const x = f[mine]!;
    for (let q = 0; q < p; q++) {
      const other = at + q * size;
      const off = x - f[other]!;
      let sum = off * off;
      // Most pairs are apart in their first number already.
      if (sum >= least) continue;
      for (let b = 1; b < size && sum < least; b++) {
        const more = f[mine + b]! - f[other + b]!;
        sum += more * more;
      }
      if (sum < least) {
        least = sum;
        keep = q;
        free = p;
      }
    }
  }
  const kept = f[weights + keep]!;
  const other = f[weights + free]!;
  for (let b = 0; b < size; b++) {
    const to = at + keep * size + b;
    f[to] = Math.fround((f[to]! * kept + f[at + free * size + b]! * other) / (kept + other));
  }
  f[weights + keep] = Math.min(1e6, kept + other);
  return free;
}

/**
 * A sorted memory of at most `capacity` typical values of one series; the distance of a new value to the nearest of them is its novelty.
 * When the memory is full the closest pair becomes one, so that it always spans everything seen.
 * Source: nearest-prototype novelty detection, Pimentel et al. 2014, A review of novelty detection, Signal Processing 99.
 */

/** Distance of x to the nearest prototype (Infinity when there is none). Plain loop: on the hot path. */
export function distance(body: Float32Array, at: number, count: number, x: number): number {
  let best = Infinity;
  for (let i = at; i < at + count; i++) {
    const d = Math.abs(body[i]! - x);
    if (d < best) best = d;
  }
  return best;
}

/** Remembers x when it is further than `apart` from all; otherwise draws the nearest toward it. Gives the new count. */
export function remember(body: Float32Array, at: number, count: number, capacity: number, x: number, apart: number, pull: number): number {
  let place = count;
  for (let i = 0; i < count; i++) {
    if (body[at + i]! >= x) {
      place = i;
      break;
    }
  }
  const below = place > 0 ? x - body[at + place - 1]! : Infinity;
  const above = place < count ? body[at + place]! - x : Infinity;
  if (Math.min(below, above) <= apart) {
    const nearest = below <= above ? at + place - 1 : at + place;
    body[nearest] = body[nearest]! + pull * (x - body[nearest]!);
    return count;
  }
  let size = count;
  if (size === capacity) {
    let closest = 1;
    let gap = Infinity;
    for (let i = 1; i < size; i++) {
      const between = body[at + i]! - body[at + i - 1]!;
      if (between < gap) {
        gap = between;
        closest = i;
      }
    }
    body[at + closest - 1] = 0.5 * (body[at + closest - 1]! + body[at + closest]!);
    for (let i = closest; i < size - 1; i++) body[at + i] = body[at + i + 1]!;
    size--;
    if (place > closest) place--;
    else if (place === closest && x > body[at + closest - 1]!) place = closest;
    else if (place === closest) place = closest - 1;
  }
  for (let i = size; i > place; i--) body[at + i] = body[at + i - 1]!;
  body[at + place] = x;
  return size + 1;
}

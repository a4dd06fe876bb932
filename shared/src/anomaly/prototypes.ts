/**
 * A sorted memory of at most `capacity` typical values of one series; the distance of a new value to the nearest of them is its novelty.
 * When the memory is full the closest pair becomes one, so that it always spans everything seen.
 * Source: nearest-prototype novelty detection, Pimentel et al. 2014, A review of novelty detection, Signal Processing 99.
 */

/**
 * The distance of x to the nearest prototype (Infinity when there is none); then remembers x when it is further than `apart` from all, or
 * draws the nearest toward it. The number of prototypes is kept at `countAt`. Hot path: one search, nothing allocated.
 */
export function remember(
  body: Float32Array,
  at: number,
  countAt: number,
  capacity: number,
  x: number,
  apart: number,
  pull: number,
): number {
  const count = body[countAt]!;
  let place = 0;
  let end = count;
  while (place < end) {
    const middle = (place + end) >>> 1;
    if (body[at + middle]! >= x) end = middle;
    else place = middle + 1;
  }
  const below = place > 0 ? x - body[at + place - 1]! : Infinity;
  const above = place < count ? body[at + place]! - x : Infinity;
  const distance = below <= above ? below : above;
  if (distance <= apart) {
    const nearest = below <= above ? at + place - 1 : at + place;
    body[nearest] = body[nearest]! + pull * (x - body[nearest]!);
    return distance;
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
  body[countAt] = size + 1;
  return distance;
}

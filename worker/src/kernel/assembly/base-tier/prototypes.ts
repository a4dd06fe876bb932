// Twin of shared/src/anomaly/prototypes.ts, step for step.

/** Addresses of the memory and of its count; the rest as the twin has it. */
export function remember(at: usize, countAt: usize, capacity: i32, x: f64, apart: f64, pull: f64): f64 {
  const count = <i32>load<f32>(countAt);
  let place = 0;
  let end = count;
  while (place < end) {
    const middle = (place + end) >>> 1;
    if (<f64>load<f32>(at + ((<usize>middle) << 2)) >= x) end = middle;
    else place = middle + 1;
  }
  const here = at + ((<usize>place) << 2);
  const below = place > 0 ? x - <f64>load<f32>(here - 4) : Infinity;
  const above = place < count ? <f64>load<f32>(here) - x : Infinity;
  const distance = below <= above ? below : above;
  if (distance <= apart) {
    const nearest = below <= above ? here - 4 : here;
    const value = <f64>load<f32>(nearest);
    store<f32>(nearest, <f32>(value + pull * (x - value)));
    return distance;
  }
  insert(at, countAt, capacity, x, place, count);
  return distance;
}

function insert(at: usize, countAt: usize, capacity: i32, x: f64, from: i32, count: i32): void {
  let place = from;
  let size = count;
  if (size == capacity) {
    let closest = 1;
    let gap = Infinity;
    for (let i = 1; i < size; i++) {
      const p = at + ((<usize>i) << 2);
      const between = <f64>load<f32>(p) - <f64>load<f32>(p - 4);
      if (between < gap) {
        gap = between;
        closest = i;
      }
    }
    const p = at + ((<usize>closest) << 2);
    const merged = <f32>(0.5 * (<f64>load<f32>(p - 4) + <f64>load<f32>(p)));
    store<f32>(p - 4, merged);
    const last = at + ((<usize>(size - 1)) << 2);
    for (let q = p; q < last; q += 4) store<f32>(q, load<f32>(q + 4));
    size--;
    if (place > closest) place--;
    else if (place == closest) place = x > <f64>merged ? closest : closest - 1;
  }
  const p = at + ((<usize>place) << 2);
  for (let q = at + ((<usize>size) << 2); q > p; q -= 4) store<f32>(q, load<f32>(q - 4));
  store<f32>(p, <f32>x);
  store<f32>(countAt, <f32>(size + 1));
}

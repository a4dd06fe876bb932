// Twin of shared/src/anomaly/prototypes.ts: leaves the same memory after each step. Which values lie below x, and which pair is the
// closest, no branch predictor can know: both are found without branches, four values at a time. Capacities are multiples of four.
import { lesser } from "./extremes";

/** Addresses of the memory and of its count; the rest as the twin has it. */
export function remember(at: usize, countAt: usize, capacity: i32, x: f64, apart: f64, pull: f64): f64 {
  const count = <i32>load<f32>(countAt);
  const place = countBelow(at, count, x);
  const here = at + ((<usize>place) << 2);
  const below = place > 0 ? x - <f64>load<f32>(here - 4) : Infinity;
  const above = place < count ? <f64>load<f32>(here) - x : Infinity;
  const distance = lesser(below, above);
  if (distance <= apart) {
    const nearest = below <= above ? here - 4 : here;
    const value = <f64>load<f32>(nearest);
    store<f32>(nearest, <f32>(value + pull * (x - value)));
    return distance;
  }
  if (count < capacity) {
    for (let q = at + ((<usize>count) << 2); q > here; q -= 4) store<f32>(q, load<f32>(q - 4));
    store<f32>(here, <f32>x);
    store<f32>(countAt, <f32>(count + 1));
  } else replaceClosest(at, capacity, x, place);
  return distance;
}

/** A single is below x when it is below the single nearest to x, or is that one and that one is below x. */
function countBelow(at: usize, count: i32, x: f64): i32 {
  const single = <f32>x;
  const nearest = f32x4.splat(single);
  const itself = i32x4.splat(-(<i32>(<f64>single < x)));
  const end = i32x4.splat(count);
  let index = i32x4(0, 1, 2, 3);
  let sum = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const four = v128.load(at + ((<usize>i) << 2));
    const under = v128.or(f32x4.lt(four, nearest), v128.and(f32x4.eq(four, nearest), itself));
    sum = i32x4.sub(sum, v128.and(under, i32x4.lt_s(index, end)));
    index = i32x4.add(index, i32x4.splat(4));
  }
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

/** The closest pair of a full memory becomes one, and x takes its place among the rest. `place`: how many are below x. */
function replaceClosest(at: usize, capacity: i32, x: f64, place: i32): void {
  const closest = closestPair(at, capacity);
  const p = at + ((<usize>closest) << 2);
  const merged = <f32>(0.5 * (<f64>load<f32>(p - 4) + <f64>load<f32>(p)));
  store<f32>(p - 4, merged);
  let q = p;
  if (place > closest) {
    const end = at + ((<usize>(place - 1)) << 2);
    for (; q < end; q += 4) store<f32>(q, load<f32>(q + 4));
  } else {
    const end = at + ((<usize>(place == closest && x <= <f64>merged ? closest - 1 : place)) << 2);
    for (; q > end; q -= 4) store<f32>(q, load<f32>(q - 4));
  }
  store<f32>(q, <f32>x);
}

/** Index of the upper one of the first of the closest pairs. */
function closestPair(at: usize, capacity: i32): i32 {
  let leastGap = f64x2.splat(Infinity);
  let leastIndex = f64x2.splat(0);
  let index = f64x2(1, 2);
  for (let i = 0; i < capacity; i += 4) {
    const p = at + ((<usize>i) << 2);
    const lower = v128.load(p);
    const upper = v128.load(p, 4);
    const first = f64x2.sub(f64x2.promote_low_f32x4(upper), f64x2.promote_low_f32x4(lower));
    const closer = f64x2.lt(first, leastGap);
    leastGap = v128.bitselect(first, leastGap, closer);
    leastIndex = v128.bitselect(index, leastIndex, closer);
    let second = f64x2.sub(
      f64x2.promote_low_f32x4(v128.shuffle<f64>(upper, upper, 1, 1)),
      f64x2.promote_low_f32x4(v128.shuffle<f64>(lower, lower, 1, 1)),
    );
    // What stands behind the memory is not of it.
    if (i + 4 == capacity) second = f64x2.replace_lane(second, 1, Infinity);
    const after = f64x2.add(index, f64x2.splat(2));
    const nearer = f64x2.lt(second, leastGap);
    leastGap = v128.bitselect(second, leastGap, nearer);
    leastIndex = v128.bitselect(after, leastIndex, nearer);
    index = f64x2.add(after, f64x2.splat(2));
  }
  const evenGap = f64x2.extract_lane(leastGap, 0);
  const oddGap = f64x2.extract_lane(leastGap, 1);
  const even = f64x2.extract_lane(leastIndex, 0);
  const odd = f64x2.extract_lane(leastIndex, 1);
  return <i32>(evenGap < oddGap || (evenGap == oddGap && even < odd) ? even : odd);
}

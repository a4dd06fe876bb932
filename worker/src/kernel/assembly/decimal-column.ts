// The form DECIMAL of a packed column (shared/src/encoding/packed-column.ts), and CONSTANT of decimals that stay the same.
import { u8To, varintTo, zigzagTo } from "./byte-sink";
import { GROUP, groupsTo } from "./bit-groups";
import { bitWidth, divisorOf, remaindersTo, setRemaindersApart } from "./common-divisor";

const CONSTANT: u32 = 0;
const DECIMAL: u32 = 2;

/** `count` i64 at `integers`, behind the first of which differences take their place. */
export function decimalsTo(integers: usize, exponent: u32, count: u32): void {
  const first = load<i64>(integers);
  const end = integers + (count << 3);
  let before = first;
  let stepBefore: i64 = 0;
  let moved = false;
  let bits1: u32 = 0;
  let bits2: u32 = 0;
  for (let start = integers + 8; start < end; start += GROUP << 3) {
    const stop = min(start + (GROUP << 3), end);
    let p = start;
    let min1 = i64.MAX_VALUE;
    let max1 = i64.MIN_VALUE;
    let min2 = i64.MAX_VALUE;
    let max2 = i64.MIN_VALUE;
    if (p == integers + 8) {
      // It has no difference before it.
      const value = load<i64>(p);
      stepBefore = min1 = max1 = value - before;
      before = value;
      store<i64>(p, stepBefore);
      p += 8;
    }
    for (; p < stop; p += 8) {
      const value = load<i64>(p);
      const step = value - before;
      const change = step - stepBefore;
      before = value;
      stepBefore = step;
      store<i64>(p, step);
      min1 = select<i64>(step, min1, step < min1);
      max1 = select<i64>(step, max1, step > max1);
      min2 = select<i64>(change, min2, change < min2);
      max2 = select<i64>(change, max2, change > max2);
    }
    if (min1 != 0 || max1 != 0) moved = true;
    const length = <u32>((stop - start) >> 3);
    bits1 += bitWidth(max1 - min1) * length;
    if (max2 >= min2) bits2 += bitWidth(max2 - min2) * length;
  }
  if (!moved) {
    u8To(CONSTANT | 4 | (exponent << 3));
    zigzagTo(first);
    return;
  }
  const order: u32 = count > 2 && bits2 + 16 < bits1 ? 2 : 1;
  const from = integers + (order << 3);
  const firstStep = load<i64>(integers, 8);
  if (order == 2) for (let p = end - 8; p >= from; p -= 8) store<i64>(p, load<i64>(p) - load<i64>(p - 8));
  const divisor = divisorOf(from, end, 2);
  const widthOver = <f64>bits1 / <f64>count - <f64>bitWidth(divisor);
  const parted = order == 1 && widthOver >= 8 ? setRemaindersApart(integers, count, divisor) : divisor;
  u8To(DECIMAL | (exponent << 2) | (order == 2 ? 64 : 0) | (parted == 1 ? 0 : 128));
  zigzagTo(first);
  if (order == 2) zigzagTo(firstStep);
  if (parted != divisor) {
    varintTo(parted * 2 + 1);
    remaindersTo();
  } else if (divisor != 1) varintTo(divisor * 2);
  groupsTo(from, end, parted);
}

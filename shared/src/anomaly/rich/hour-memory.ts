import { HOUR_BINS, HOUR_DAYS, P, R } from "./layout.ts";

const DAY_MS = 86_400_000;
const REACH = 2;
const SLACK = 0.93;
const MEMORY = P.hourValues;
const STAMPS = MEMORY + HOUR_BINS * HOUR_DAYS;

/**
 * How far `smooth` is from every value seen within an hour of this time of day on the last days, beyond what it usually is; 0 on the first
 * day. Then remembers it. What was one of the usual values at this hour on any day is none, so edges that come a little earlier or later
 * are not novel. Source: conditional nearest-neighbour novelty, as in Pimentel et al. 2014.
 */
export function hourNovelty(f: Float64Array, tMs: number, smooth: number, range: number): number {
  const day = Math.floor(tMs / DAY_MS);
  const bin = Math.min(HOUR_BINS - 1, Math.floor(((tMs - day * DAY_MS) / DAY_MS) * HOUR_BINS));
  let nearest = Infinity;
  for (let reach = -REACH; reach <= REACH; reach++) {
    let near = bin + reach;
    // A bin over midnight belongs to the day beside.
    let before = day;
    if (near < 0) {
      near += HOUR_BINS;
      before--;
    } else if (near >= HOUR_BINS) {
      near -= HOUR_BINS;
      before++;
    }
    for (let k = near * HOUR_DAYS; k < (near + 1) * HOUR_DAYS; k++) {
      const stamp = f[STAMPS + k]!;
      if (stamp === 0 || stamp >= before) continue;
      const distance = Math.abs(f[MEMORY + k]! - smooth);
      if (distance < nearest) nearest = distance;
    }
  }
  const slot = bin * HOUR_DAYS + (((day % HOUR_DAYS) + HOUR_DAYS) % HOUR_DAYS);
  if (f[STAMPS + slot] === day) f[MEMORY + slot] = Math.fround(f[MEMORY + slot]! + 0.3 * (smooth - f[MEMORY + slot]!));
  else {
    f[MEMORY + slot] = Math.fround(smooth);
    f[STAMPS + slot] = day;
  }
  if (nearest === Infinity) return 0;
  const usual = f[R.hourError]!;
  const seen = ++f[R.hourSeen]!;
  const novelty = Math.max(0, nearest - SLACK * usual);
  f[R.hourError] = usual + Math.max(0.01, 1 / seen) * ((seen < 10 ? nearest : Math.min(nearest, 6 * usual + 1e-3 * range)) - usual);
  return range > 0 ? Math.min(1, novelty / range) : 0;
}

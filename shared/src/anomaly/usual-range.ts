import { H } from "./layout.ts";

/** Share of the values that lie beyond the usual range on each side. */
const BEYOND = 0.05;
const SLOWEST = 0.002;

/**
 * The range that nine in ten values keep, whose ends are followed step by step; at least a tenth of the running range, which one outlier long ago may have
 * set. `h`: where the row begins. Source: stochastic approximation of quantiles, Robbins & Monro 1951.
 */
export function usualRange(f32: Float32Array, h: number, x: number, range: number): number {
  const n = f32[h + H.steps]!;
  let low = f32[h + H.usualLow]!;
  let high = f32[h + H.usualHigh]!;
  if (n < 2) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const step = 2 * Math.max(high - low, 0.01 * range) * Math.max(SLOWEST, 1 / (n + 5));
  low += step * (x < low ? BEYOND - 1 : BEYOND);
  high += step * (x > high ? 1 - BEYOND : -BEYOND);
  if (low > high) low = high = (low + high) / 2;
  f32[h + H.usualLow] = low;
  f32[h + H.usualHigh] = high;
  return Math.max(high - low, 0.1 * range);
}

// Twin of shared/src/anomaly/usual-range.ts.
import { greater, lesser } from "./extremes";
import { H_steps, H_usualHigh, H_usualLow } from "./layout";

const BEYOND: f64 = 0.05;
const SLOWEST: f64 = 0.002;

export function usualRange(h: usize, x: f64, range: f64): f64 {
  const n = <f64>load<f32>(h, H_steps);
  let low = <f64>load<f32>(h, H_usualLow);
  let high = <f64>load<f32>(h, H_usualHigh);
  if (n < 2) {
    low = lesser(low, x);
    high = greater(high, x);
  }
  const step = 2 * greater(high - low, 0.01 * range) * greater(SLOWEST, 1 / (n + 5));
  low += step * (x < low ? BEYOND - 1 : BEYOND);
  high += step * (x > high ? 1 - BEYOND : -BEYOND);
  if (low > high) {
    low = (low + high) / 2;
    high = low;
  }
  store<f32>(h, <f32>low, H_usualLow);
  store<f32>(h, <f32>high, H_usualHigh);
  return greater(high - low, 0.1 * range);
}

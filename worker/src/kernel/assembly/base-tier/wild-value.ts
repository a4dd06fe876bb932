// Twin of shared/src/anomaly/wild-value.ts.
import { greater, lesser } from "./extremes";
import { H_high, H_low, H_steps, H_wildSteps } from "./layout";

const KNOWN_STEPS: f64 = 24;
const REACH: f64 = 20;
const CONFIRMED: f64 = 3;

export function holdWild(h: usize, x: f64, previous: f64): f64 {
  const low = <f64>load<f32>(h, H_low);
  const high = <f64>load<f32>(h, H_high);
  const range = high - low;
  const held = greater(low - REACH * range, lesser(high + REACH * range, x));
  if (held == x || <f64>load<f32>(h, H_steps) < KNOWN_STEPS || !(range > 0)) return x;
  const goesOn = x > high ? previous > high + range : previous < low - range;
  const steps = goesOn ? <f64>load<f32>(h, H_wildSteps) + 1 : 1;
  store<f32>(h, <f32>steps, H_wildSteps);
  return steps > CONFIRMED ? x : held;
}

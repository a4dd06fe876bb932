// Twin of `keepTime` in shared/src/anomaly/base-detector.ts, and of `haste` and `pace` in its tuning.ts.
import { greater, lesser } from "./extremes";
import { log } from "./host";
import { H_clock, H_gapMs, H_haste, H_spacingMs, H_steps } from "./layout";
import { T_haste } from "./tuning";

export function keepTime(h: usize, gapMs: f64): f64 {
  const spacing = <f64>load<f32>(h, H_spacingMs);
  store<f32>(h, <f32>gapMs, H_gapMs);
  if (spacing == gapMs) return paceOf(spacing);
  const n = <f64>load<f32>(h, H_steps);
  const change = greater(-0.2 * spacing, lesser(0.2 * spacing, 0.1 * (gapMs - spacing)));
  const now = spacing == 0 ? gapMs : spacing + change;
  store<f32>(h, <f32>now, H_spacingMs);
  store<f32>(h, <f32>hasteOf(now), H_haste);
  if (gapMs > 10 * spacing && n > 10) store<f32>(h, 0, H_clock);
  return paceOf(now);
}

function paceOf(spacing: f64): f64 {
  return lesser(1, spacing / 300000);
}

function hasteOf(spacing: f64): f64 {
  return spacing < 300000 && spacing > 0 ? T_haste * log(300000 / spacing) : 0;
}

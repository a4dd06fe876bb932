// Twin of shared/src/anomaly/alarm-gate.ts.
import { greater, lesser } from "./extremes";
import { exp } from "./host";
import { H_alarmRaw, H_feedback, H_haste, H_heat, H_lastScore, H_refractoryLeft, H_spacingMs } from "./layout";
import { RISE, SUSPECT, T_breakOut, T_heatDecay, T_heatGain, T_refractory, T_sure, T_threshold } from "./tuning";

const HALF_DAY_MS: f64 = 43200000;
const HOUR_MS: f64 = 3600000;
const FEWEST_STEPS: f64 = 24;

export function gate(h: usize, raw: f64, pace: f64): f64 {
  const heat = <f64>load<f32>(h, H_heat) * (1 - T_heatDecay * pace);
  const threshold = T_threshold * (1 + heat) * (1 + <f64>load<f32>(h, H_haste)) * (1 + <f64>load<f32>(h, H_feedback));
  const refractoryLeft = <f64>load<f32>(h, H_refractoryLeft);
  let effective = raw;
  if (refractoryLeft > 0) {
    store<f32>(h, <f32>(refractoryLeft - 1), H_refractoryLeft);
    const alarmRaw = <f64>load<f32>(h, H_alarmRaw);
    const sure = T_sure * threshold;
    if (refractoryLeft > 1 && raw < T_breakOut * alarmRaw && (alarmRaw >= sure || raw < sure)) effective = lesser(raw, threshold) * 0.5;
  }
  const ratio = effective / threshold;
  const score = ratio < 1 ? ratio * SUSPECT : 1 - (1 - SUSPECT) * exp(-RISE * (ratio - 1));
  store<f32>(h, <f32>heat, H_heat);
  if (ratio >= 1) {
    const spacing = <f64>load<f32>(h, H_spacingMs);
    const steps = spacing > 0 ? lesser(greater(T_refractory, HOUR_MS / spacing), HALF_DAY_MS / spacing) : T_refractory;
    store<f32>(h, <f32>greater(FEWEST_STEPS, ceil(steps)), H_refractoryLeft);
    store<f32>(h, <f32>raw, H_alarmRaw);
    store<f32>(h, <f32>(heat + T_heatGain), H_heat);
  }
  store<f32>(h, <f32>score, H_lastScore);
  return score;
}

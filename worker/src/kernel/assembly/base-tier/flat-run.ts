// Twin of `flatRun` in shared/src/anomaly/base-detector.ts.
import { lesser } from "./extremes";
import { H_changes, H_haste, H_lastScore, H_longestRun, H_runLength } from "./layout";

export function flatRun(h: usize, n: f64, same: bool): f64 {
  if (!same) {
    const run = load<f32>(h, H_runLength);
    if (run > load<f32>(h, H_longestRun)) store<f32>(h, run, H_longestRun);
    store<f32>(h, 0, H_runLength);
    store<f32>(h, <f32>(<f64>load<f32>(h, H_changes) + 1), H_changes);
    return 0;
  }
  const run = <f64>load<f32>(h, H_runLength) + 1;
  store<f32>(h, <f32>run, H_runLength);
  if (run > 12 && <f64>load<f32>(h, H_lastScore) >= 0.5) store<f32>(h, <f32>run, H_longestRun);
  if (run < 12 || <f64>load<f32>(h, H_changes) <= 0.5 * n) return 0;
  return lesser(3 * (1 + <f64>load<f32>(h, H_haste)), run / (24 + 6 * <f64>load<f32>(h, H_longestRun)));
}

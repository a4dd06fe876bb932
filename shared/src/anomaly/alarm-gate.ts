import { H } from "./layout.ts";
import { TUNING as T } from "./tuning.ts";

const HALF_DAY_MS = 43_200_000;
const HOUR_MS = 3_600_000;
const FEWEST_STEPS = 24;
/** Below half the threshold the score falls in a straight line to 0 where the logistic curve is at that half: nobody tells them apart. */
const LOW_SLOPE = 2 / (1 + Math.exp(T.steep / 2));

/**
 * Makes one event one alarm: after an alarm a refractory, ended early only by a much stronger strangeness; and a heat that raises the
 * threshold after each alarm and cools. `raw` is the strangeness, 0 and up; gives the score in [0, 1], 0.5 and above is an alarm.
 * Source: hysteresis as in ISA-18.2, Management of alarm systems; the length after NAB's scoring windows (Lavin & Ahmad 2015).
 */
export function gate(f32: Float32Array, h: number, raw: number, pace: number): number {
  const heat = f32[h + H.heat]! * (1 - T.heatDecay * pace);
  const threshold = T.threshold * (1 + heat) * (1 + f32[h + H.haste]!);
  const refractoryLeft = f32[h + H.refractoryLeft]!;
  let effective = raw;
  if (refractoryLeft > 0) {
    f32[h + H.refractoryLeft] = refractoryLeft - 1;
    if (refractoryLeft > 1 && raw < T.breakOut * f32[h + H.alarmRaw]!) effective = Math.min(raw, threshold) * 0.5;
  }
  const ratio = effective / threshold;
  const score = ratio < 0.5 ? ratio * LOW_SLOPE : 1 / (1 + Math.exp(-T.steep * (ratio - 1)));
  f32[h + H.heat] = heat;
  if (score >= 0.5) {
    const spacing = f32[h + H.spacingMs]!;
    const steps = spacing > 0 ? Math.min(Math.max(T.refractory, HOUR_MS / spacing), HALF_DAY_MS / spacing) : T.refractory;
    f32[h + H.refractoryLeft] = Math.max(FEWEST_STEPS, Math.ceil(steps));
    f32[h + H.alarmRaw] = raw;
    f32[h + H.heat] = heat + T.heatGain;
  }
  f32[h + H.lastScore] = score;
  return score;
}

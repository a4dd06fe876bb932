import { H } from "./layout.ts";
import { TUNING as T } from "./tuning.ts";

const HALF_DAY_MS = 43_200_000;
const HOUR_MS = 3_600_000;
const FEWEST_STEPS = 24;
/** Score at the threshold: a step is suspect. */
export const SUSPECT = 0.3;
/** How fast the score rises from there, so that it is 0.5 at `sure` thresholds. */
export const RISE = Math.log(0.7 / 0.5) / (T.sure - 1);

/**
 * Makes one event one alarm: after an alarm a refractory, ended early only by a much stronger strangeness; and a heat that raises the
 * threshold after each alarm and cools. `raw` is the strangeness, 0 and up; gives the score in [0, 1]: 0.3 at the threshold, 0.5 at an anomaly.
 * Where strangeness tells nothing by itself (`silent`), nothing ends a refractory early, and a young series, to which much is new, heats less.
 * Source: hysteresis as in ISA-18.2, Management of alarm systems; the length after NAB's scoring windows (Lavin & Ahmad 2015).
 */
export function gate(f32: Float32Array, h: number, raw: number, pace: number, silent: boolean): number {
  const heat = f32[h + H.heat]! * (1 - T.heatDecay * pace);
  const threshold = T.threshold * (1 + heat) * (1 + f32[h + H.haste]!) * (1 + f32[h + H.feedback]!);
  const refractoryLeft = f32[h + H.refractoryLeft]!;
  let effective = raw;
  if (refractoryLeft > 0) {
    f32[h + H.refractoryLeft] = refractoryLeft - 1;
    const alarmRaw = f32[h + H.alarmRaw]!;
    const sure = T.sure * threshold;
    const stronger = raw >= T.breakOut * alarmRaw || (raw >= sure && alarmRaw < sure);
    if (refractoryLeft > 1 && (silent || !stronger)) effective = Math.min(raw, threshold) * 0.5;
  }
  const ratio = effective / threshold;
  const score = ratio < 1 ? ratio * SUSPECT : 1 - (1 - SUSPECT) * Math.exp(-RISE * (ratio - 1));
  f32[h + H.heat] = heat;
  if (ratio >= 1) {
    const spacing = f32[h + H.spacingMs]!;
    const steps = spacing > 0 ? Math.min(Math.max(T.refractory, HOUR_MS / spacing), HALF_DAY_MS / spacing) : T.refractory;
    f32[h + H.refractoryLeft] = Math.max(FEWEST_STEPS, Math.ceil(steps));
    f32[h + H.alarmRaw] = raw;
    const n = f32[h + H.steps]!;
    f32[h + H.heat] = heat + (silent ? (T.heatGain * n) / (n + T.young) : T.heatGain);
  }
  f32[h + H.lastScore] = score;
  return score;
}

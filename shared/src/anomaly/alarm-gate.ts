import { H } from "./layout.ts";
import { haste, pace, TUNING as T } from "./tuning.ts";

const HALF_DAY_MS = 43_200_000;
const HOUR_MS = 3_600_000;
const FEWEST_STEPS = 24;

/**
 * Makes one event one alarm: after an alarm a refractory, ended early only by a much stronger strangeness; and a heat that raises the
 * threshold after each alarm and cools. `raw` is the strangeness, 0 and up; gives the score in [0, 1], 0.5 and above is an alarm.
 * Source: hysteresis as in ISA-18.2, Management of alarm systems; the length after NAB's scoring windows (Lavin & Ahmad 2015).
 */
export function gate(head: Float64Array, h: number, n: number, raw: number): number {
  const heat = head[h + H.heat]! * (1 - T.heatDecay * pace(head[h + H.spacingMs]!));
  head[h + H.heat] = heat;
  const threshold = T.threshold * (1 + heat) * (1 + haste(head[h + H.spacingMs]!));
  let effective = raw;
  if (n < head[h + H.refractoryUntilStep]! && raw < T.breakOut * head[h + H.alarmRaw]!) effective = Math.min(raw, threshold) * 0.5;
  const score = 1 / (1 + Math.exp(-T.steep * (effective / threshold - 1)));
  if (score >= 0.5) {
    const spacing = head[h + H.spacingMs]!;
    const steps = spacing > 0 ? Math.min(Math.max(T.refractory, HOUR_MS / spacing), HALF_DAY_MS / spacing) : T.refractory;
    head[h + H.refractoryUntilStep] = n + Math.max(FEWEST_STEPS, steps);
    head[h + H.alarmRaw] = raw;
    head[h + H.heat] = heat + T.heatGain;
  }
  head[h + H.lastScore] = score;
  return score;
}

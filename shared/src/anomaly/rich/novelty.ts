import { latest } from "../base-detector.ts";
import { TUNING as T } from "../tuning.ts";
import { hourNovelty } from "./hour-memory.ts";
import { BLOCK_STEPS, MEANS_AT, N, P, R, RING, TYPICAL, VALUES_AT } from "./layout.ts";
import { recall } from "./prototype-memory.ts";
import { resonance } from "./resonance.ts";
import { shapeNovelty } from "./shape-memory.ts";

/**
 * What each novelty weighs: two of values and the resonance twice, the others once; each in units of what the largest of half a day seldom exceeds on public
 * series. They are many and none is fitted by itself: of what was fitted closely little held on series not seen.
 */
const WEIGHT = { value: 3.5, usual: 1.2, mean3: 2.7, mean12: 3, hour: 0.43, profile: 0.29, shape: 0.45, resonance: 0.66, surprise: 0.1 };

const MEAN_3 = { at: VALUES_AT, countAt: N.mean3, size: 1, capacity: TYPICAL };
const MEAN_12 = { at: MEANS_AT, countAt: N.mean12, size: 1, capacity: TYPICAL };
const one = new Float64Array(1);

/** How unlike all it has seen the series is: a sum of what its memories say; `n` steps known to the base tier, whose own part is in `latest`. */
export function strangenessOf(f: Float64Array, tMs: number, n: number, range: number): number {
  const own = f[N.steps]!;
  const byHour = hourNovelty(f, tMs, recentMean(f, 3), range);
  const byShape = shapeNovelty(f, range);
  const byMean3 = own >= 2 ? meanNovelty(f, MEAN_3, 3, range) : 0;
  const byMean12 = f[R.clock]! % BLOCK_STEPS === 0 && own >= 11 ? meanNovelty(f, MEAN_12, 12, range) : 0;
  const byResonance = resonance(f, range);
  f[N.steps] = own + 1;
  const known = WEIGHT.value * latest.novelty + WEIGHT.usual * latest.usual + WEIGHT.profile * latest.away + WEIGHT.surprise * latest.miss;
  const remembered =
    WEIGHT.mean3 * byMean3 + WEIGHT.mean12 * byMean12 + WEIGHT.hour * byHour + WEIGHT.shape * byShape + WEIGHT.resonance * byResonance;
  return (n / (n + T.young)) * known + (own / (own + T.young)) * remembered + latest.rest;
}

function meanNovelty(f: Float64Array, place: typeof MEAN_3, steps: number, range: number): number {
  if (!(range > 0)) return 0;
  one[0] = recentMean(f, steps);
  const distance = recall(f, place, one, T.apart * range, T.pull);
  return distance === Infinity ? 0 : Math.min(1, distance / range);
}

function recentMean(f: Float64Array, steps: number): number {
  const clock = f[R.clock]!;
  const count = Math.max(1, Math.min(steps, clock));
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += f[P.values + ((clock - k) % RING)]!;
  return sum / count;
}

import { latest } from "../base-detector.ts";
import { TUNING as T } from "../tuning.ts";
import { evidence } from "./evidence.ts";
import { hourNovelty } from "./hour-memory.ts";
import { BLOCK_STEPS, HELD_TESTS_AT, LONG_MEANS_AT, MEANS_AT, N, P, R, RING, TYPICAL, VALUES_AT } from "./layout.ts";
import { recall } from "./prototype-memory.ts";
import { resonance } from "./resonance.ts";
import { shapeNovelty } from "./shape-memory.ts";

/**
 * What each novelty weighs: those of values, of long means and of resonance about twice, surprise and the hour half, the others once; each in units of what the
 * largest of half a day seldom exceeds on public series. They are many and none is fitted by itself: of what was fitted closely little held on series not seen.
 */
const WEIGHT = {
  value: 2.3,
  usual: 0.79,
  mean3: 1.8,
  mean12: 2,
  mean24: 2.65,
  hour: 0.17,
  profile: 0.19,
  shape: 0.3,
  resonance: 0.44,
  surprise: 0.034,
  sums: 0.06,
  scatter: 0.127,
  season: 0.06,
  drift: 0.08,
};
/** Evidence beyond this counts no more: of what is told by itself suspicion needs no more. */
const MOST_EVIDENCE = 1.5;

/** What is left of a novelty a step later: an onset is seen by values first, by means and shapes some steps after it, and they speak together. */
const HOLD = 0.85;

const MEAN_3 = { at: VALUES_AT, countAt: N.mean3, size: 1, capacity: TYPICAL };
const MEAN_12 = { at: MEANS_AT, countAt: N.mean12, size: 1, capacity: TYPICAL };
const MEAN_24 = { at: LONG_MEANS_AT, countAt: N.mean24, size: 1, capacity: TYPICAL };
const LONG_STRIDE = 3;
const one = new Float64Array(1);

/**
 * How unlike all it has seen the series is: a sum of what its memories and its tests of change (`evidence`) say; `n` steps known to the base tier, whose own part
 * is in `latest`.
 */
export function strangenessOf(f: Float64Array, tMs: number, n: number, range: number): number {
  const own = f[N.steps]!;
  const clock = f[R.clock]!;
  const known =
    WEIGHT.value * held(f, N.held, latest.novelty) +
    WEIGHT.usual * held(f, N.held + 1, latest.usual) +
    WEIGHT.profile * held(f, N.held + 2, latest.away) +
    WEIGHT.surprise * held(f, N.held + 3, latest.miss) +
    WEIGHT.sums * held(f, HELD_TESTS_AT, Math.min(MOST_EVIDENCE, evidence.sums)) +
    WEIGHT.scatter * held(f, HELD_TESTS_AT + 1, Math.min(MOST_EVIDENCE, evidence.scatter)) +
    WEIGHT.season * held(f, HELD_TESTS_AT + 2, Math.min(MOST_EVIDENCE, evidence.season)) +
    WEIGHT.drift * held(f, HELD_TESTS_AT + 3, Math.min(MOST_EVIDENCE, evidence.drift));
  const remembered =
    WEIGHT.mean3 * held(f, N.held + 4, own >= 2 ? meanNovelty(f, MEAN_3, 3, range) : 0) +
    WEIGHT.mean12 * held(f, N.held + 5, own >= 11 && clock % BLOCK_STEPS === 0 ? meanNovelty(f, MEAN_12, 12, range) : 0) +
    WEIGHT.mean24 * held(f, N.held + 6, own >= 23 && clock % LONG_STRIDE === 0 ? meanNovelty(f, MEAN_24, 24, range) : 0) +
    WEIGHT.hour * held(f, N.held + 7, hourNovelty(f, tMs, recentMean(f, 3), range)) +
    WEIGHT.shape * held(f, N.held + 8, shapeNovelty(f, range)) +
    WEIGHT.resonance * held(f, N.held + 9, resonance(f, range));
  f[N.steps] = own + 1;
  return (n / (n + T.young)) * known + (own / (own + T.young)) * remembered + latest.rest;
}

/** The novelty of now, or what is left of a greater one of the last steps. */
function held(f: Float64Array, at: number, now: number): number {
  const faded = HOLD * f[at]!;
  const value = Math.fround(now > faded ? now : faded);
  f[at] = value;
  return value;
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

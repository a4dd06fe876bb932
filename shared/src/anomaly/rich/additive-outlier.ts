import { KIND } from "../kind.ts";
import { unlearnProfiles } from "./expectation.ts";
import { M, MODELS, MODEL_SIZE, O, P, R, RING } from "./layout.ts";
import { AWAY_RATE } from "./season-test.ts";

/** Mean absolute errors from which a value is far from what was expected. */
const FAR = 6;
/** Share of its distance by which the value after it is back. */
const BACK = 0.5;
/** Far values in a row that are alone together. */
const MOST_TOGETHER = 2;
const DAY_MS = 86_400_000;
/** Over so long they are counted. */
const COUNTED_MS = 2 * DAY_MS;
/** So many a day come at no hour of their own: jobs are fewer, or so many that they are no news. */
const OFTEN = 3;
/** Share of a value that goes on in the next where a series is known to do so. */
const GOES_ON = 0.3;

/**
 * One far value among others as usual, as a ping has that took five times as long: an additive outlier, which says nothing of the values after it, whereas an
 * innovation goes on in them. Which of both it was the next value shows. Source: Fox 1972, Outliers in time series.
 */

/**
 * After a far value a series in which little goes on from step to step is expected where that leads to, where it was without it, and in between: wherever of
 * these `x` is. Before `x` is in the rings.
 */
export function expectEnd(f: Float64Array, x: number): void {
  if (f[O.far] === 0) return;
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    const base = f[at + M.season]! + f[at + M.offset]!;
    const led = f[at + M.prediction]!;
    if (Math.abs(led - base) > GOES_ON * Math.abs(f[at + M.previous]!)) continue;
    f[at + M.prediction] = Math.max(Math.min(base, led), Math.min(Math.max(base, led), x));
  }
  f[R.expected] = f[P.models + f[R.model]! * MODEL_SIZE + M.prediction]!;
}

/**
 * What a far value, or two, brought too much to the mean of its hour and to the profiles is taken back once the one after it, `x`, shows that it was alone.
 * Before `x` is learned; afterwards `noteFar` tells of `x` itself.
 */
export function takeBack(f: Float64Array, x: number): void {
  f[O.aDay] = Math.fround(f[O.aDay]! * (1 - Math.min(1, f[R.spacingMs]! / COUNTED_MS)));
  const far = f[O.far]!;
  if (far === 0 || (f[R.previous]! - x) * Math.sign(far) <= BACK * Math.abs(far) * f[R.scale]!) return;
  if (f[O.run]! > MOST_TOGETHER) return;
  if (isFarValue(f[R.eventKind]!)) takeBackAway(f);
  f[R.hourSum] = f[R.hourSum]! - f[O.hour]!;
  f[O.hour] = 0;
  if (f[O.run] === 1) unlearnProfiles(f);
  f[O.aDay] = Math.fround(f[O.aDay]! + DAY_MS / COUNTED_MS);
}

const isFarValue = (kind: number): boolean => kind === KIND.spike || kind === KIND.dip;

/** Nor has a season been left by what was told as one far value, which else would be open until the season is known to be back. */
function takeBackAway(f: Float64Array): void {
  const scale = f[R.scale]! / Math.max(1, f[R.scaleWeight]!);
  let rate = AWAY_RATE;
  for (let k = 1; k <= f[O.run]!; k++) {
    f[R.seasonAway] = f[R.seasonAway]! - rate * scale * f[P.innovations + ((f[R.clock]! - k + RING) % RING)]!;
    rate *= 1 - AWAY_RATE;
  }
}

/** After `x` has been judged: whether it is far from what was expected, however often it may have been there. */
export function noteFar(f: Float64Array, x: number): void {
  const miss = f[R.scale]! > 0 ? Math.fround((x - f[R.expected]!) / f[R.scale]!) : 0;
  const isFar = Math.abs(miss) > FAR;
  f[O.run] = !isFar ? 0 : miss * f[O.far]! > 0 ? f[O.run]! + 1 : 1;
  f[O.far] = isFar ? miss : 0;
  // Nothing of it has been learned yet.
  f[O.day] = f[O.week] = 0;
  if (f[O.run]! < 2) f[O.hour] = 0;
}

/** Whether the last value is one of those that stray often, and says nothing of its time of the day. */
export const strays = (f: Float64Array): boolean => f[O.far] !== 0 && f[O.run]! <= MOST_TOGETHER && f[O.aDay]! > OFTEN;

import { highestAt, lowestAt, placeOf, wasAt } from "./habit.ts";
import { HABIT_BINS, HABIT_DAYS, R } from "./layout.ts";

const DAY_MS = 86_400_000;
const BIN_MS = DAY_MS / HABIT_BINS;
/** Bins on either side of now: edges come sooner or later by about so much. */
const REACH = 4;
/** Mean absolute errors by which the highest and lowest of some values lie beyond what they scatter about. */
const NOISE = 3;
/** Mean absolute errors that a day must have gone beyond that. */
const EDGE = 3;
/** Days that must have had an edge; more where no season says that the series will go back. */
const FEWEST_DAYS = 2;
const FEWEST_DAYS_ALONE = 3;
/** Share of its way that an edge takes in half an hour: what goes evenly has none, and is known from its profile. */
const STEEP = 0.4;

const highs = new Float64Array(HABIT_DAYS);
const lows = new Float64Array(HABIT_DAYS);
/** The most that the series went within two bins of it. */
const steepest = new Float64Array(HABIT_DAYS);

/** How far below and above the value that was asked about the series went. */
export const passage = { low: 0, high: 0 };

/** Of a time, the days and places of the bins about it on each of the days before. */
const BINS = 2 * REACH + 1;
const dayOf = new Int32Array(HABIT_DAYS * BINS);
const places = new Int32Array(HABIT_DAYS * BINS);
let placedMs = Number.NaN;

/** Found once for all series that have a step at that time. */
function findPlaces(tMs: number): void {
  if (tMs === placedMs) return;
  placedMs = tMs;
  for (let ago = 1, i = 0; ago <= HABIT_DAYS; ago++)
    for (let reach = -REACH; reach <= REACH; reach++, i++) [dayOf[i], places[i]] = placeOf(tMs + reach * BIN_MS - ago * DAY_MS);
}

/** What the series went through at about this time on each of the days before. */
export function readPassages(f: Float64Array, tMs: number): void {
  findPlaces(tMs);
  for (let ago = 1; ago <= HABIT_DAYS; ago++) {
    let high = -Infinity;
    let low = Infinity;
    let steep = 0;
    let [highBefore, lowBefore] = [-Infinity, Infinity];
    for (let i = (ago - 1) * BINS; i < ago * BINS; i++) {
      const k = places[i]!;
      if (!wasAt(f, k, dayOf[i]!)) continue;
      const [highHere, lowHere] = [highestAt(f, k), lowestAt(f, k)];
      steep = Math.max(steep, Math.max(highHere, highBefore) - Math.min(lowHere, lowBefore));
      [highBefore, lowBefore] = [highHere, lowHere];
      high = Math.max(high, highHere);
      low = Math.min(low, lowHere);
    }
    steepest[ago - 1] = steep;
    highs[ago - 1] = high;
    lows[ago - 1] = low;
  }
}

/**
 * How far the series went from `base`, where `model` has it, on days on which it had an edge at about this time: what comes an hour sooner or later is in
 * between. What one day alone did is left out. Writes `passage`.
 */
export function passageFrom(f: Float64Array, model: number, base: number): void {
  const noise = NOISE * f[R.scale]!;
  const wide = EDGE * f[R.scale]! + 2 * noise;
  passage.low = passage.high = 0;
  let [highest, lowest] = [0, 0];
  let days = 0;
  for (let d = 0; d < HABIT_DAYS; d++) {
    const went = highs[d]! - lows[d]!;
    // A day that was somewhere else at that time came from there and went there.
    if (Math.max(lows[d]! - base, base - highs[d]!) > noise + went / 2) continue;
    if (!(went > wide) || steepest[d]! - 2 * noise < STEEP * (went - 2 * noise)) continue;
    const [up, down] = [highs[d]! - base, lows[d]! - base];
    if (up > highest) [highest, passage.high] = [up, highest];
    else if (up > passage.high) passage.high = up;
    if (down < lowest) [lowest, passage.low] = [down, lowest];
    else if (down < passage.low) passage.low = down;
    days++;
  }
  if (days < (model === 0 ? FEWEST_DAYS_ALONE : FEWEST_DAYS)) passage.low = passage.high = 0;
}

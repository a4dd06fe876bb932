import type { Change } from "./continued-levels.ts";

/** Values before a bend that the line until then is told from, and after it that its size is compared by. */
const BEFORE = 24;
const AFTER = 24;
/** Of fewer a jump cannot be told from a bend. */
const FEWEST_AFTER = 4;
/** A bend is this many times as sharp as any before it: what has its like is foreseen by what came after that. */
const NO_LIKE = 3;
/** So much of what follows lies on one line from the end of the old one, or it is a jump, a burst, or another bend. */
const ON_LINE = 0.95;
/** And of their logarithms so much, for which a line may be a curve. */
const ON_CURVE = 0.8;
/** How a series rose until then is as usual by less than this share of how it rises since. */
const AWAY = 1 / 3;
/** Usual errors by which a bend of values is one of their logarithms, too: growth by shares is none. */
const SURE = 2;
/** So many before it: a line from 0 on bends in logarithms, far below. */
const NEAR = 2 * BEFORE;
/** Of a line through the end of another that lies anywhere within a step: the error of its slope, in slopes over its length. */
const BETWEEN = 1.5 / Math.sqrt(12);
/** A standard deviation in medians of absolute deviations. */
const MAD = 1.4826;
const ROUNDING = 1e-6;
const DIGITS = 1e-12;

export interface SlopeChange extends Change {
  /** Index of the first value on the new line. */
  readonly at: number;
}

/**
 * The slope of a line, and what follows it: by how much more it rises a step, from the end of that line, the share of its squares that this explains,
 * and the squares that are left before and after.
 */
interface Departure {
  readonly slope: number;
  readonly rise: number;
  readonly explained: number;
  readonly left: number;
}

/**
 * A bend in the last third of a history without seasons, away from how it usually rises, that has no like in it: growth that stopped, or began. What came before says nothing
 * of what follows it, and is turned to the new slope. That it goes on so is believed by (k + 1) / (k + 2) after k steps (Laplace's rule of
 * succession), else it grows as it did until then. Null without one.
 */
export function findSlopeChange(y: Float64Array): SlopeChange | null {
  const n = y.length;
  const sharpest = sharpestBend(y);
  if (sharpest === null) return null;
  const at = hinge(y, sharpest);
  const { slope, rise, explained } = departure(y, at, n - at);
  if (explained < ON_LINE || !leaves(y, at, slope, rise)) return null;
  const after = Math.min(AFTER, n - at);
  if (y.every((value) => value > 0)) {
    const logs = y.map(Math.log);
    const ofLogs = departure(logs, at, after);
    if (ofLogs.explained < ON_CURVE || !(Math.abs(ofLogs.rise) > SURE * usualRise(logs, at, after, NEAR))) return null;
  }
  const back = 1 / (n - at + 2);
  return {
    at,
    levelled: y.map((value, i) => (i < at ? value + rise * (i - at + 1) : value)),
    continuations: [
      { share: 1 - back, factor: 1, offset: 0, rise: 0 },
      { share: back, factor: 1, offset: 0, rise: -rise },
    ],
    error: { absolute: 0, relative: 0, rise: Math.hypot(usualRise(y, at, after) * after, BETWEEN * rise) / (n - at) },
  };
}

/** The first value after the bend that exceeds those before it by most. */
function sharpestBend(y: Float64Array): number | null {
  const n = y.length;
  const first = Math.max(2 * BEFORE + FEWEST_AFTER, Math.ceil((2 * n) / 3));
  const lowest = y.reduce((least, value) => Math.min(least, value), Infinity);
  const highest = y.reduce((most, value) => Math.max(most, value), -Infinity);
  const rounding = Math.max((highest - lowest) * ROUNDING, Math.max(-lowest, highest) * DIGITS);
  let sharpest: number | null = null;
  let unlike = NO_LIKE;
  for (let w = FEWEST_AFTER; w <= AFTER; w++) {
    let largest = rounding / w;
    let seen = BEFORE;
    for (let at = w < AFTER ? Math.max(first, n - w) : first; at <= n - w; at++) {
      for (; seen + w < at; seen++) largest = Math.max(largest, Math.abs(departure(y, seen, w).rise));
      const { rise, explained } = departure(y, at, w);
      if (!(Math.abs(rise) > unlike * largest) || explained < ON_LINE) continue;
      sharpest = at;
      unlike = Math.abs(rise) / largest;
    }
  }
  return sharpest;
}

/** The first value after the end of the old line, near `sharpest`, by the least squares that both leave. */
function hinge(y: Float64Array, sharpest: number): number {
  const n = y.length;
  const from = Math.max(0, sharpest - AFTER - BEFORE);
  let best = sharpest;
  let least = Infinity;
  for (let at = from + BEFORE; at <= Math.min(n - FEWEST_AFTER, sharpest + AFTER); at++) {
    const { left } = departure(y, at, n - at, at - from);
    if (left < least) [best, least] = [at, left];
  }
  return best;
}

/** Whether a bend leads away from how the series usually rises: with another the flank of a burst is over. */
function leaves(y: Float64Array, at: number, slope: number, rise: number): boolean {
  const slopes = Float64Array.from({ length: at - BEFORE }, (_, i) => departure(y, BEFORE + i, 1).slope).sort();
  const usual = slopes[slopes.length >> 1]!;
  return Math.abs(slope - usual) < AWAY * Math.abs(slope + rise - usual);
}

/** Of the `w` values from `at` on, by least squares through the end of the line through the `before` values that precede them. */
function departure(y: Float64Array, at: number, w: number, before = BEFORE): Departure {
  const middle = (before - 1) / 2;
  let mean = 0;
  let slope = 0;
  let left = 0;
  for (let k = 0; k < before; k++) {
    const value = y[at - before + k]! - y[at - 1]!;
    mean += value / before;
    slope += ((k - middle) * value) / ((before * (before * before - 1)) / 12);
    left += value * value;
  }
  left -= before * mean * mean + (slope * slope * before * (before * before - 1)) / 12;
  const end = mean + slope * middle;
  let [product, steps, square] = [0, 0, 0];
  for (let x = 1; x <= w; x++) {
    const off = y[at - 1 + x]! - y[at - 1]! - end - slope * x;
    product += x * off;
    steps += x * x;
    square += off * off;
  }
  const byRise = product ** 2 / steps;
  return { slope, rise: product / steps, explained: square > 0 ? byRise / square : 0, left: left + square - byRise };
}

/** What the newest departures before `at` usually are, as a standard deviation. */
function usualRise(y: Float64Array, at: number, w: number, newest = Infinity): number {
  const count = Math.min(newest, at - w - BEFORE);
  const rises = Float64Array.from({ length: count }, (_, i) => Math.abs(departure(y, at - w - 1 - i, w).rise)).sort();
  return MAD * (rises[rises.length >> 1] ?? 0);
}

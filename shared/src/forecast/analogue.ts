import { inLogarithms } from "./in-logarithms.ts";
import type { Member } from "./member.ts";

const NEIGHBOURS = 5;
/** How much of the difference of levels a continuation keeps. */
const LEVEL_KEPT = 0.7;
/** Continuations a whole number of long seasons ago count as if they were this much closer. */
const SAME_WEEKDAY = 0.5;

/**
 * The days that resemble the last one most, and what came after them, weighted by the inverse square of their distance: it needs no shape of its
 * own, so it knows days of several kinds. Windows begin at the same phase as the forecast does.
 * Source: Yakowitz 1987, Nearest-neighbour methods for time series analysis, J. Time Series Analysis 8.
 */
export const analogue: Member = {
  name: "similar days",
  forecast: inLogarithms((y, { short, long }, horizon) => {
    const n = y.length;
    if (short <= 1 || n < 4 * short + Math.min(horizon, short)) return null;
    const found: { readonly end: number; readonly nearness: number; readonly shift: number }[] = [];
    for (let end = n - short; end >= short; end -= short) {
      let shift = 0;
      for (let i = 1; i <= short; i++) shift += y[n - i]! - y[end - i]!;
      shift *= LEVEL_KEPT / short;
      let distance = (short * 0.3 * shift * shift) / (LEVEL_KEPT * LEVEL_KEPT) + 1e-12;
      // What happened last weighs up to three times as much.
      for (let i = 1; i <= short; i++) distance += (3 - (2 * (i - 1)) / short) * (y[n - i]! - y[end - i]! - shift) ** 2;
      if (long > 1 && (n - end) % long === 0) distance *= SAME_WEEKDAY;
      found.push({ end, nearness: 1 / (distance * distance), shift });
    }
    found.sort((a, b) => b.nearness - a.nearness);
    const out = new Float64Array(horizon);
    for (let h = 0; h < horizon; h++) {
      let sum = 0;
      let weight = 0;
      let taken = 0;
      for (const { end, nearness, shift } of found) {
        if (end + h >= n) continue;
        sum += (y[end + h]! + shift) * nearness;
        weight += nearness;
        if (++taken === NEIGHBOURS) break;
      }
      // Beyond the longest continuation the last season that was found repeats.
      if (weight > 0) out[h] = sum / weight;
      else if (h >= short) out[h] = out[h - short]!;
      else return null;
    }
    return out;
  }),
};

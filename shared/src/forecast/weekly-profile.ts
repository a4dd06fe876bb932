import { inLogarithms } from "./in-logarithms.ts";
import type { Member } from "./member.ts";

/** Rounds in which what lies far from the profile loses weight. */
const ROUNDS = 2;
/** Residuals beyond this many usual ones count less (Huber 1964). */
const KNEE = 1.345;
/** Weight of the oldest value, where the newest has 1. */
const OLDEST = 0.35;
const LARGEST_ECHO = 0.995;

/**
 * What each phase of the longest season usually is, by robust means over the whole history, and the last value's distance from it fading as
 * a first-order autoregression does: a level that moved is expected back.
 * Sources: Huber 1964 (the weights); Hyndman & Athanasopoulos, ch. 7.4 (seasonal dummies with autoregressive errors).
 */
export const weeklyProfile: Member = {
  name: "usual profile",
  forecast: inLogarithms((y, { short, long }, horizon) => {
    const n = y.length;
    const period = long > 1 ? long : short;
    if (period <= 1 || n < 2 * period + 8) return null;
    const weights = new Float64Array(n).map((_, i) => OLDEST + ((1 - OLDEST) * i) / n);
    const rest = new Float64Array(n);
    const surprise = new Float64Array(n);
    let profile = new Float64Array(period);
    let echo = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      profile = meansByPhase(y, weights, period);
      for (let i = 0; i < n; i++) rest[i] = y[i]! - profile[i % period]!;
      echo = echoOf(rest, weights);
      for (let i = 1; i < n; i++) surprise[i] = Math.abs(rest[i]! - echo * rest[i - 1]!);
      const knee = KNEE * 1.4826 * (surprise.slice().sort()[n >> 1] ?? 0);
      if (!(knee > 1e-12)) break;
      for (let i = 0; i < n; i++) {
        const trusted = surprise[i]! > knee ? knee / surprise[i]! : 1;
        weights[i] = (OLDEST + ((1 - OLDEST) * i) / n) * trusted;
      }
    }
    const out = new Float64Array(horizon);
    let distance = rest[n - 1]!;
    for (let h = 0; h < horizon; h++) {
      distance *= echo;
      out[h] = profile[(n + h) % period]! + distance;
    }
    return out;
  }),
};

function meansByPhase(y: Float64Array, weights: Float64Array, period: number): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(period);
  const total = new Float64Array(period);
  for (let i = 0; i < y.length; i++) {
    sums[i % period]! += weights[i]! * y[i]!;
    total[i % period]! += weights[i]!;
  }
  return sums.map((sum, phase) => sum / total[phase]!);
}

/** The share of a distance that is left a step later. */
function echoOf(rest: Float64Array, weights: Float64Array): number {
  let product = 0;
  let square = 0;
  for (let i = 1; i < rest.length; i++) {
    product += weights[i]! * rest[i]! * rest[i - 1]!;
    square += weights[i]! * rest[i - 1]! * rest[i - 1]!;
  }
  return square > 0 ? Math.min(LARGEST_ECHO, Math.max(0, product / square)) : 0;
}

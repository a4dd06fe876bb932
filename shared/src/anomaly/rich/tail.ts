/**
 * How far out a value must lie to be no accident: peaks over a threshold. A quantile is followed, what lies beyond it is fitted with a
 * generalised Pareto distribution by moments, and the fit is carried on to a probability too small to have been seen.
 * Sources: Siffer et al. 2017, Anomaly detection in streams with extreme value theory; Hosking & Wallis 1987 (moments).
 */

/**
 * Doubles a tail takes: the quantile, values seen, and of the excesses beyond it their weight, mean and mean square; the most; the largest of the
 * present run beyond it.
 */
export const TAIL = 7;
const QUANTILE = 0;
export const SEEN = 1;
const WEIGHT = 2;
const MEAN = 3;
const SQUARE = 4;
const MOST = 5;
/** What has been before is no anomaly, nor what is little beyond it. */
const BEYOND_MOST = 1.25;
const FORGET_MOST = 0.998;
const RUN = 6;

const SHARE = 0.05;
/** The excesses of a normal distribution, as if this many had been seen before the first. */
const PRIOR = 16;
/** Excesses beyond this many times their mean count as that: a tail is heavy only when much has been far out. */
const HELD = 8;
/** Limits beyond which what is told for the first time is not taken to have been. */
const TOLD_MOST = 2.4;
/** How much less is believed of a tail that has seen little. */
const DOUBT = 6;
const LONGEST_MEMORY = 400;
/** Shape of the tail of normal noise as far as it is carried on: none is believed to end sooner for what little has been seen of it. */
export const NORMAL = -0.1;
/** By how much the shape may be heavier than it looks, for one excess seen; of sums over many steps less, since they are nearer to normal. */
const UNSURE = 0.12;
/** Of Student's t of three degrees: nothing heavier is believed. */
const HEAVIEST = 0.33;
/** Share of what was beyond while another model spoke that counts where this one speaks. */
const BEFORE_WEIGHS = 0.5;
/** Chi-square of two degrees that chance gives one in twenty. */
const HARDLY = 6;
/** Weight, mean and mean square of the excesses of tails that are held to be one; between calls nobody's. */
const pooled = { weight: 0, mean: 0, square: 0 };
/** Steps up to which what is shared is as if it were not. */
const SHARED = 8;

/** `start`: where 5% lie beyond in a series of normal noise, in the units of what will be fed; `excess`: how far beyond on average. */
export function startTail(f: Float64Array, at: number, start: number, excess: number): void {
  f[at + QUANTILE] = start;
  f[at + SEEN] = 0;
  f[at + WEIGHT] = PRIOR;
  f[at + MEAN] = excess;
  f[at + SQUARE] = 2 * excess * excess;
}

/**
 * Magnitude that a value of this tail exceeds with the given probability a step; values that share `span` steps tell as much as one.
 * `before`: the tail of the same test while another model spoke, `mirror`: that of the other side where it may say something of this one; -1 for none.
 * `toward`: the shape that is assumed before much has been seen, 0 of an exponential.
 */
export function limitOf(
  f: Float64Array,
  at: number,
  probability: number,
  span: number,
  before: number,
  mirror: number,
  doubt = DOUBT,
  toward = 0,
): number {
  const quantile = f[at + QUANTILE]!;
  const seen = f[at + SEEN]! + (before < 0 ? 0 : f[before + SEEN]!);
  pooled.weight = f[at + WEIGHT]!;
  pooled.mean = f[at + MEAN]!;
  pooled.square = f[at + SQUARE]!;
  if (mirror >= 0) {
    if (before >= 0) pool(f, at, before, BEFORE_WEIGHS);
    pool(f, at, mirror, 1);
  }
  const { weight, mean, square } = pooled;
  const variance = Math.max(1e-12, square - mean * mean);
  const ratio = (mean * mean) / variance;
  // Few excesses tell little about the shape.
  const trust = trustOf(weight);
  const seems = Math.max(NORMAL, Math.min(HEAVIEST, 0.5 * (1 - ratio)));
  // A new model's errors end about as those of the one before, until they have shown it.
  const was = before >= 0 && mirror >= 0 ? trustOf(f[before + WEIGHT]!) * shapeOf(f, before) : toward;
  const assumed = Math.max(NORMAL, Math.min(toward, was));
  const shape = assumed + trust * (seems - assumed) + UNSURE / Math.sqrt(weight * Math.max(1, span));
  const scale = mean * (1 - shape);
  const times = SHARE / probability;
  const beyond = Math.abs(shape) < 1e-3 ? scale * Math.log(times) : (scale * (Math.pow(times, shape) - 1)) / shape;
  return Math.max((quantile + beyond) * (1 + doubt / (seen / span + 6)), BEYOND_MOST * f[at + MOST]!);
}

/**
 * The excesses of a tail that is no heavier count for this one's as well: all of them where they are as far and as heavy, none where chance would hardly make
 * the two differ so much. Of a hundred excesses by themselves the limit of normal noise is between 5 and 8 deviations, as they happen to fall.
 */
function pool(f: Float64Array, at: number, kin: number, share: number): void {
  const heavier = shapeOf(f, kin) - shapeOf(f, at);
  if (heavier > 0) return;
  const variance = 1 / f[at + WEIGHT]! + 1 / f[kin + WEIGHT]!;
  const further = Math.log(f[kin + MEAN]! / f[at + MEAN]!);
  const alike = 1 - (further * further + heavier * heavier) / (variance * HARDLY);
  if (!(alike > 0)) return;
  const weight = share * alike * f[kin + WEIGHT]!;
  pooled.weight += weight;
  pooled.mean += (weight / pooled.weight) * (f[kin + MEAN]! - pooled.mean);
  pooled.square += (weight / pooled.weight) * (f[kin + SQUARE]! - pooled.square);
}

const trustOf = (weight: number): number => weight / (weight + 40);

function shapeOf(f: Float64Array, at: number): number {
  const mean = f[at + MEAN]!;
  return 0.5 * (1 - (mean * mean) / Math.max(1e-12, f[at + SQUARE]! - mean * mean));
}

/**
 * Learns one magnitude, 0 and up. Of a run of steps beyond the quantile only the largest counts, and only when it is over: what creeps must not be
 * usual before it is found, so the quantile of what shares `span` steps goes as much slower. What has been told of counts at once, and as not much beyond its
 * `limit`, Infinity of what has not: one far value must not hide the next that is less far.
 */
export function learnTail(f: Float64Array, at: number, y: number, span: number, limit: number): void {
  // What has been told of once is an accident; the second time it is in the nature of the series.
  const first = limit < Infinity && BEYOND_MOST * f[at + MOST]! < 0.999 * limit;
  const told = limit < Infinity;
  const seen = ++f[at + SEEN]!;
  const quantile = f[at + QUANTILE]!;
  const rate = Math.max(0.004, 1 / (seen + 10)) / Math.max(1, span / SHARED);
  f[at + QUANTILE] = quantile * Math.exp(rate * ((y > quantile ? 1 : 0) - SHARE) * 2);
  if (y > quantile) f[at + RUN] = Math.max(y, f[at + RUN]!);
  const run = first ? Math.min(f[at + RUN]!, TOLD_MOST * limit) : f[at + RUN]!;
  if (run === 0 || (y > quantile && !told)) return;
  f[at + RUN] = 0;
  f[at + MOST] = Math.max(run, f[at + MOST]! * FORGET_MOST);
  const weight = Math.min(LONGEST_MEMORY, f[at + WEIGHT]! + 1);
  const excess = Math.max(0, Math.min(run - quantile, HELD * f[at + MEAN]!));
  f[at + WEIGHT] = weight;
  f[at + MEAN] = f[at + MEAN]! + (excess - f[at + MEAN]!) / weight;
  f[at + SQUARE] = f[at + SQUARE]! + (excess * excess - f[at + SQUARE]!) / weight;
}

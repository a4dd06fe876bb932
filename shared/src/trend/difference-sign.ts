import { quantileSorted } from "simple-statistics";
import { varianceInflation } from "../statistics/autocorrelation.ts";
import { twoSided } from "../statistics/normal.ts";

/** Parts of a series whose means are held against one another. */
const PARTS = 20;

/** What the steps of a series say of its trend, whatever its level does: most of them go one way, or they do not. */
export interface StepsOneWay {
  /** How likely as many of one sign are where there is no trend. */
  readonly pValue: number;
  /** 95% interval of the median step, in units of y by value. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * The difference-sign test of the means of up to 20 parts, and the interval of the median difference by the same signs, both widened by what correlation of
 * neighbouring signs takes away. At least 3 values.
 * Source: Moore & Wallis 1943, Time series significance tests based on signs of differences, JASA 38.
 */
export function differenceSign(y: Float64Array): StepsOneWay {
  const length = Math.ceil(y.length / PARTS);
  const means = meansOf(y, length);
  const steps = Float64Array.from({ length: means.length - 1 }, (_, i) => (means[i + 1]! - means[i]!) / length);
  const signs = steps.map(Math.sign).filter((sign) => sign !== 0);
  const sum = signs.reduce((total, sign) => total + sign, 0);
  const mean = sum / Math.max(1, signs.length);
  const inflation = varianceInflation(
    signs.map((sign) => sign - mean),
    1,
    1,
  );
  const sorted = steps.sort() as unknown as number[];
  const share = (0.98 * Math.sqrt(inflation)) / Math.sqrt(steps.length);
  const [lower, upper] = [0.5 - share, 0.5 + share].map((at) => quantileSorted(sorted, Math.min(1, Math.max(0, at)))) as [number, number];
  const z = (Math.abs(sum) - 1) / Math.sqrt(Math.max(1, signs.length) * inflation);
  return { pValue: signs.length === 0 ? 1 : twoSided(Math.max(0, z)), lower, upper };
}

/** Of parts of so many values, the last ones to the end. */
function meansOf(y: Float64Array, length: number): Float64Array {
  const parts = Math.floor(y.length / length);
  const first = y.length - parts * length;
  return Float64Array.from({ length: parts }, (_, part) => {
    const own = y.subarray(first + part * length, first + (part + 1) * length);
    return own.reduce((sum, value) => sum + value / length, 0);
  });
}

/** Kendall's tau with time, in [-1, 1]: the share of pairs that rise, less that of those that fall. */
export function tauWithTime(y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) for (let j = i + 1; j < y.length; j++) sum += Math.sign(y[j]! - y[i]!);
  return (2 * sum) / (y.length * (y.length - 1));
}

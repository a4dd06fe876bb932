import { quantileSorted } from "simple-statistics";
import { varianceInflation } from "../statistics/autocorrelation.ts";
import { twoSided } from "../statistics/normal.ts";

/** What the steps of a series say of its trend, whatever its level does: most of them go one way, or they do not. */
export interface StepsOneWay {
  /** How likely as many of one sign are where there is no trend. */
  readonly pValue: number;
  /** 95% interval of the median step, in units of y. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * The difference-sign test, and the interval of the median difference by the same signs, both widened by what correlation of neighbouring signs takes away. A
 * walk wanders far without a trend, and a curve is far from its line; of neither do more steps go up than down without one. At least 3 values.
 * Source: Moore & Wallis 1943, Time series significance tests based on signs of differences, JASA 38.
 */
export function differenceSign(y: Float64Array): StepsOneWay {
  const steps = Float64Array.from({ length: y.length - 1 }, (_, i) => y[i + 1]! - y[i]!);
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

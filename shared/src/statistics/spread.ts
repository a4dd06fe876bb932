import { quantileSorted } from "simple-statistics";

/**
 * The standard deviation of normal noise with such distances from its middle (sorted in place), by the larger of what their median and their
 * ninth tenth tell: the latter of noise that is skewed, that comes and goes, or that is a few whole numbers, of which the median tells nothing.
 */
export function spreadOfDistances(distances: Float64Array): number {
  const sorted = distances.sort() as unknown as number[];
  return Math.max(quantileSorted(sorted, 0.5) / 0.6745, quantileSorted(sorted, 0.9) / 1.6449);
}

/** The mean of the magnitudes, those beyond nine tenths of them counted as large as that: 0 only where all are. */
export function typicalMagnitude(values: Float64Array): number {
  const sizes = values.map(Math.abs);
  const meanUpTo = (most: number): number => sizes.reduce((sum, size) => sum + Math.min(size, most), 0) / sizes.length;
  return meanUpTo(quantileSorted(sizes.toSorted() as unknown as number[], 0.9)) || meanUpTo(Infinity);
}

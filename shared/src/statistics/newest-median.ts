import { median } from "simple-statistics";

/** The median of the newest `count` values, of at least one; the oldest first. */
export const newestMedian = (values: readonly number[], count: number): number => median(values.slice(-count));

import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import type { BareSelector } from "./bare-selector.ts";

/** Steps of less than so many samples' distances hold about one sample each. */
export const SEVERAL = 1.5;

export interface MeanOfSteps {
  readonly query: string;
  /** Asks for the standard deviation of the samples of every step; absent where they are read as they are. */
  readonly scatter?: string;
  /** Puts the metric's name back on what came. */
  readonly named: (labels: Labels) => Labels;
  /** The middles of the times that the values stand for. */
  readonly middles: (timestamps: ArrayLike<number>) => ArrayLike<number>;
}

/**
 * Of `gauge`, a selector that names one, whose samples are closer together than the steps it is read in: its mean over every step, for a job that
 * runs at every full hour is not what happens all the time. Any other query as it is.
 */
export function meanOfSteps(query: string, gauge: BareSelector | undefined, stepMs: number, spacingMs: number): MeanOfSteps {
  if (gauge === undefined || gauge.metric === "" || stepMs < SEVERAL * spacingMs)
    return { query, named: (labels) => labels, middles: (timestamps) => timestamps };
  const { metric } = gauge;
  return {
    query: gauge.over("avg_over_time", stepMs),
    scatter: gauge.over("stddev_over_time", stepMs),
    named: (labels) => ({ [METRIC_NAME]: metric, ...labels }),
    middles: (timestamps) => Float64Array.from(timestamps, (t) => Math.round(t - stepMs / 2)),
  };
}

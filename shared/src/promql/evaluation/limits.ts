/** How many samples a query may look at and hold; each throws QueryError `limit`, with the limit's name. */
import type { QueryLimits } from "../api.ts";
import { QueryError } from "../failure.ts";

export const DEFAULT_LIMITS: QueryLimits = { maxSamples: 5_000_000, maxPointsPerSeries: 11_000 };

/** Values that the steps inside a subquery may make at a time. */
export const MAX_SUBQUERY_VALUES = 2_000_000;

export class Limits {
  readonly #maxSamples: number;
  #samples = 0;

  constructor({ maxSamples }: Pick<QueryLimits, "maxSamples"> = DEFAULT_LIMITS) {
    this.#maxSamples = maxSamples;
  }

  /** So many more were read. */
  count(samples: number): void {
    this.#samples += samples;
    if (this.#samples <= this.#maxSamples) return;
    throw new QueryError(
      "limit",
      `query processing would load too many samples into memory in query execution: the limit maxSamples is ${this.#maxSamples}; narrow the selectors, shorten the range or raise the limit`,
    );
  }

  /** Columns have a place for every step: what would not fit is refused before it is made. */
  reserve(series: number, steps: number): void {
    if (series * steps <= this.#maxSamples) return;
    throw new QueryError(
      "limit",
      `${series} series at ${steps} steps would be held in memory: the limit maxSamples is ${this.#maxSamples}; narrow the selectors, shorten the range or use a longer step`,
    );
  }

  /** Steps of a subquery's own. */
  reserveSteps(steps: number): void {
    if (steps <= this.#maxSamples) return;
    throw new QueryError(
      "limit",
      `the subquery has ${steps} steps: the limit maxSamples is ${this.#maxSamples}; use a longer step or a shorter range`,
    );
  }

  /** So many series at them. */
  reserveWithin(series: number, steps: number): void {
    if (series * steps <= MAX_SUBQUERY_VALUES) return;
    throw new QueryError(
      "limit",
      `the subquery has ${series} series at ${steps} steps of its own: the limit maxSubqueryValues is ${MAX_SUBQUERY_VALUES}; use a longer resolution, a shorter range or fewer series`,
    );
  }
}

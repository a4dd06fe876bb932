/** The seasons of a regular series, in steps; 1 means none. `long` is a multiple of `short` (a week of days). */
export interface Seasons {
  readonly short: number;
  readonly long: number;
}

/**
 * One model of the ensemble. `y` is a regular series without gaps, scaled to at most 1 in magnitude; the answer has `horizon` values, or is
 * null when the history is too short for this model. Pure: the same history gives the same forecast.
 */
export interface Member {
  readonly name: string;
  /** Its weight against the others' before errors are looked at; 1 when absent. */
  readonly prior?: number;
  readonly forecast: (y: Float64Array, seasons: Seasons, horizon: number) => Float64Array | null;
}

/**
 * How forecasts that were issued fared when their time came, as sums in which each point counts 1% less than the next: some 100 points are
 * remembered. The record steers later forecasts: members that erred less than the others gain weight, and intervals that held too few
 * points become wider.
 * Sources: Bates & Granger 1969 (weights by past errors); Gibbs & Candès 2021, Adaptive conformal inference under distribution shift.
 */
import type { Forecast, ForecastPoint, ForecastScore } from "../model/forecast.ts";

export interface TrackRecord {
  /** Points that were compared, all told. */
  readonly points: number;
  /** Decayed sums over the points: their number, absolute errors of forecast and of the last value repeated, magnitudes, hits. */
  readonly weight: number;
  readonly error: number;
  readonly naiveError: number;
  readonly magnitude: number;
  readonly within80: number;
  readonly within95: number;
  /** What the half-widths of the intervals are multiplied by. */
  readonly stretch: number;
  /** Decayed sums of absolute errors by member, with the weight that each sum has. */
  readonly members: Readonly<Record<string, { readonly error: number; readonly weight: number }>>;
}

/** One promise of a forecast, to be compared with what comes. */
export interface Checkpoint extends ForecastPoint {
  /** The last value known when it was made. */
  readonly last: number;
  readonly members: Readonly<Record<string, number>>;
  /** As `Forecast.joinedSince`. */
  readonly joinedSince?: number;
}

const KEPT = 0.99;
/** Points after which the record has as much say as the backtest. */
const TRUSTED_AFTER = 30;
const SHARPNESS = 1.5;
const LARGEST_SHIFT = 4;
const STRETCH_STEP = 0.04;
const STRETCH = { least: 0.7, most: 3 };

export const NO_RECORD: TrackRecord = {
  points: 0,
  weight: 0,
  error: 0,
  naiveError: 0,
  magnitude: 0,
  within80: 0,
  within95: 0,
  stretch: 1,
  members: {},
};

/** The record with one more point. What is no finite number changes nothing. */
export function scoreCheckpoint(record: TrackRecord, point: Checkpoint, actual: number): TrackRecord {
  if (!Number.isFinite(actual)) return record;
  const members: Record<string, { error: number; weight: number }> = {};
  for (const [name, { error, weight }] of Object.entries(record.members)) members[name] = { error: error * KEPT, weight: weight * KEPT };
  for (const [name, value] of Object.entries(point.members)) {
    const before = members[name] ?? { error: 0, weight: 0 };
    members[name] = { error: before.error + Math.abs(value - actual), weight: before.weight + 1 };
  }
  const held = actual >= point.lo95 && actual <= point.hi95;
  // In the long run the steps cancel where 95 of 100 points are held.
  const stretch = record.stretch * Math.exp(STRETCH_STEP * ((held ? 0 : 1) - 0.05));
  const next: TrackRecord = {
    points: record.points + 1,
    weight: record.weight * KEPT + 1,
    error: record.error * KEPT + Math.abs(actual - point.mean),
    naiveError: record.naiveError * KEPT + Math.abs(actual - point.last),
    magnitude: record.magnitude * KEPT + Math.abs(actual),
    within80: record.within80 * KEPT + (actual >= point.lo80 && actual <= point.hi80 ? 1 : 0),
    within95: record.within95 * KEPT + (held ? 1 : 0),
    stretch: Math.min(STRETCH.most, Math.max(STRETCH.least, stretch)),
    members,
  };
  return Number.isFinite(next.error) && Number.isFinite(next.magnitude) && Number.isFinite(next.naiveError) ? next : record;
}

/** The weights of the backtest, moved by up to four times either way toward the members that erred least so far. They sum to what they did. */
export function steeredWeights(names: readonly string[], weights: readonly number[], record: TrackRecord): readonly number[] {
  const errors = names.map((name) => {
    const known = record.members[name];
    return known !== undefined && known.weight >= 3 ? known.error / known.weight : null;
  });
  const known = errors.flatMap((error) => (error === null ? [] : [error]));
  if (known.length < 2) return weights;
  const usual = known.toSorted((a, b) => a - b)[known.length >> 1] ?? 0;
  const trust = record.points / (record.points + TRUSTED_AFTER);
  const tiny = usual * 1e-3 + Number.MIN_VALUE;
  const moved = weights.map((weight, m) => {
    const error = errors[m] ?? null;
    if (error === null) return weight;
    const shift = ((usual + tiny) / (error + tiny)) ** (SHARPNESS * trust);
    return weight * Math.min(LARGEST_SHIFT, Math.max(1 / LARGEST_SHIFT, shift));
  });
  const before = weights.reduce((sum, weight) => sum + weight, 0);
  const after = moved.reduce((sum, weight) => sum + weight, 0);
  return after > 0 && Number.isFinite(after) ? moved.map((weight) => (weight * before) / after) : weights;
}

/** Half the width of an interval in mean absolute errors of a normal distribution, that of 95% and of 80%. */
const IN_ERRORS = { half95: 2.46, half80: 1.6 };
const FEWEST_MISSED = 3;

/**
 * Half the width that the misses so far ask for, of what `half` says wide: what is as good as nothing is not wide enough whatever it is
 * multiplied by, as that of a value that stood still when it was tested.
 */
export function halfWidth(half: number, record: TrackRecord | undefined, of: "half80" | "half95"): number {
  if (record === undefined) return half;
  const stretched = half * record.stretch;
  const missed = record.weight - record.within95;
  if (missed < FEWEST_MISSED || record.stretch <= 1) return stretched;
  const asked = IN_ERRORS[of] * (record.error / record.weight);
  return half * STRETCH.most < asked ? asked : stretched;
}

/** What a forecast promises at its checkpoints. */
export function checkpointsOf(forecast: Forecast): readonly Checkpoint[] {
  const byTime = new Map(forecast.points.map((point) => [point.t, point]));
  return forecast.checkpoints.flatMap((t, k) => {
    const point = byTime.get(t);
    if (point === undefined) return [];
    return [
      {
        ...point,
        last: forecast.last,
        ...(forecast.joinedSince === undefined ? {} : { joinedSince: forecast.joinedSince }),
        members: Object.fromEntries(forecast.models.map(({ name, values }) => [name, values[k] ?? point.mean])),
      },
    ];
  });
}

/** Null while nothing was scored. */
export function scoreOf(record: TrackRecord): ForecastScore | null {
  const { points, weight, error, naiveError, magnitude, within80, within95 } = record;
  if (points === 0) return null;
  const share = (sum: number): number => (magnitude > 0 ? Math.min(Number.MAX_VALUE, sum / magnitude) : 0);
  return { points, wape: share(error), naiveWape: share(naiveError), coverage80: within80 / weight, coverage95: within95 / weight };
}

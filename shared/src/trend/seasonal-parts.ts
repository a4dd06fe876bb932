const MOST_PHASES = 168;
const FEWEST_PHASES = 48;
/** Of fitting level and seasons in turn; what is left of a lean shrinks to a quarter or less by each. */
const ROUNDS = 4;

export interface SeasonalPart {
  readonly period: number;
  /** Measured about the moving mean of one period. */
  readonly aboutMean: boolean;
  values: Float64Array;
}

/**
 * The sum of the seasonal parts, each fitted to what the others and the level leave, the level to what they leave: one that was found before
 * them leans with the weekends of uneven weeks, or takes a jump for a part of a week.
 */
export function fittedTogether(
  y: Float64Array,
  parts: readonly SeasonalPart[],
  levelOf: (adjusted: Float64Array, seasonal: Float64Array) => Float64Array,
): Float64Array {
  const sum = new Float64Array(y.length);
  const add = (values: Float64Array, sign: number): void => {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + sign * values[i]!;
  };
  for (const { values } of parts) add(values, 1);
  for (let round = 0; round < ROUNDS && parts.length > 0; round++) {
    const level = levelOf(
      y.map((value, i) => value - sum[i]!),
      sum,
    );
    for (const part of parts) {
      add(part.values, -1);
      const rest = y.map((value, i) => value - level[i]! - sum[i]!);
      part.values = phaseMeans(part.aboutMean ? aboutMovingMean(rest, Math.round(part.period)) : rest, part.period);
      add(part.values, 1);
    }
  }
  return sum;
}

/** Means that were fitted for the parts. */
export const phasesFitted = (parts: readonly SeasonalPart[]): number => parts.reduce((sum, { period }) => sum + phasesOf(period), 0);

/** Values less the mean of the period about them; near the ends of the nearest whole period. */
export function aboutMovingMean(values: Float64Array, period: number): Float64Array {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i]! + values[i]!;
  return values.map((value, i) => {
    const from = Math.max(0, Math.min(n - period, i - (period >> 1)));
    return value - (sums[from + period]! - sums[from]!) / period;
  });
}

/** Every step of a period is a phase of its own where that divides evenly: a wider one would blur an edge. */
export const phasesOf = (period: number): number =>
  Math.max(3, Math.min(Number.isInteger(period) ? MOST_PHASES : FEWEST_PHASES, Math.round(period)));

/** By step, the mean of its phase. */
export function phaseMeans(rest: Float64Array, period: number): Float64Array {
  const phases = phasesOf(period);
  const sum = new Float64Array(phases);
  const count = new Float64Array(phases);
  const phaseAt = (i: number): number => Math.min(phases - 1, Math.floor((((i + 1e-6) / period) % 1) * phases));
  for (let i = 0; i < rest.length; i++) {
    const phase = phaseAt(i);
    sum[phase] = sum[phase]! + rest[i]!;
    count[phase] = count[phase]! + 1;
  }
  return rest.map((_, i) => sum[phaseAt(i)]! / Math.max(1, count[phaseAt(i)]!));
}

/** Values of steps, each of which stands for so long before the end of its step; 0 of instants. */
export interface Covering {
  /** NaN where there is none. */
  readonly y: Float64Array;
  readonly coversMs: number;
}

/**
 * Two series whose values stand for about as long. Of a rate over four minutes beside an instant, the change of the one is at four steps as
 * like the change of the other, and chance would say which of them moves first: what stands for less by two steps or more is averaged over
 * as many, less one that keeps one lag the likeliest.
 */
export function alikeCovering(one: Covering, two: Covering, stepMs: number): readonly [Covering, Covering] {
  const steps = Math.round(Math.abs(one.coversMs - two.coversMs) / stepMs);
  if (steps < 2) return [one, two];
  const wider = ({ y, coversMs }: Covering): Covering => ({ y: trailingMeans(y, steps), coversMs: coversMs + (steps - 1) * stepMs });
  return one.coversMs < two.coversMs ? [wider(one), two] : [one, wider(two)];
}

/** By position, the mean of so many values up to there; NaN where one of them is missing. */
const trailingMeans = (y: Float64Array, steps: number): Float64Array =>
  y.map((_, i) => (i + 1 < steps ? Number.NaN : y.subarray(i + 1 - steps, i + 1).reduce((sum, value) => sum + value, 0) / steps));

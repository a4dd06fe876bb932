export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** The weighted median of parts that ascend by value, interpolated, so that it moves smoothly with the weights; 0 of nothing. */
export function weightedMedian(parts: readonly Weighted[]): number {
  let total = 0;
  for (const { weight } of parts) total += weight;
  let before = 0;
  let previous: { centre: number; value: number } | null = null;
  for (const { value, weight } of parts) {
    const centre = before + weight / 2;
    if (centre >= total / 2) {
      if (previous === null) return value;
      const share = (total / 2 - previous.centre) / (centre - previous.centre);
      return previous.value + share * (value - previous.value);
    }
    before += weight;
    previous = { centre, value };
  }
  return previous?.value ?? 0;
}

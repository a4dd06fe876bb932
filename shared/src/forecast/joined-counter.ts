/**
 * A counter without its resets, ending at its present value: what was counted before a reset lies below zero then. A forecast of it goes on
 * from what the counter shows now. Resets as Prometheus sees them: a value below the one before it.
 */
export function joinedCounter(values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(values);
  let lost = 0;
  for (let i = out.length - 2; i >= 0; i--) {
    const next = values[i + 1]!;
    const value = values[i]!;
    if (next < value) lost += value;
    out[i] = value - lost;
  }
  return out;
}

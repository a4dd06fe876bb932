/** Of the range of the values: less is what comes and goes. */
const LEAST_DROP = 0.25;
/** No other step is as much of the drop: what has its like will come again, and is for the models. */
const LIKE = 0.2;
/** So many values on either side tell that the level stayed low. */
const BESIDE = 5;

/**
 * Values as they would be if what was deleted at once, for the first time, had never been there: the level before it is brought down to the level after
 * it. Somebody has made room; that is neither growth nor what happens now and then. As they are where there is no such drop.
 */
export function joinedAtCleanup(values: Float64Array): Float64Array {
  const n = values.length;
  const steps = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => values[i + 1]! - values[i]!);
  let at = 0;
  for (const [i, step] of steps.entries()) if (step < steps[at]!) at = i;
  const usual = median(steps);
  const drop = usual - (steps[at] ?? usual);
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (!(drop >= LEAST_DROP * (most - least)) || drop <= 0) return values;
  for (const [i, step] of steps.entries()) if (i !== at && Math.abs(step - usual) > LIKE * drop) return values;
  const stays = median(values.slice(Math.max(0, at + 1 - BESIDE), at + 1)) - median(values.slice(at + 1, at + 1 + BESIDE)) > drop / 2;
  return stays ? values.map((value, i) => (i <= at ? value - drop : value)) : values;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

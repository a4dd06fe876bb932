/** Of the range of the values: less is what comes and goes. */
const LEAST_STEP = 0.25;
/** No other step is as much of it: what has its like will come again, and is for the models. */
const LIKE = 0.2;
/** So many values on either side tell that the level stayed where it went. */
const BESIDE = 5;

/** From values[at] to the next one; by how much more than it usually is. */
export interface OneStep {
  readonly at: number;
  readonly jump: number;
}

/**
 * Values as they would be if what was deleted or brought in at once, for the first time, had never been there or always: the level before it is
 * brought to the level after it. As they are where there is no such step.
 */
export function joinedAtStep(values: Float64Array): Float64Array {
  const step = oneStep(values);
  return step === null ? values : values.map((value, i) => (i <= step.at ? value + step.jump : value));
}

/**
 * Where something was deleted or brought in at once, for the first time: somebody has made or taken room; that is neither growth nor what
 * happens now and then. A rise is one when it has stayed: before, it may be the beginning of something. Null without one.
 */
export function oneStep(values: Float64Array): OneStep | null {
  const n = values.length;
  const steps = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => values[i + 1]! - values[i]!);
  const usual = median(steps);
  let at = 0;
  for (const [i, step] of steps.entries()) if (Math.abs(step - usual) > Math.abs(steps[at]! - usual)) at = i;
  const jump = (steps[at] ?? usual) - usual;
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const size = Math.abs(jump);
  if (!(size >= LEAST_STEP * (most - least)) || size === 0 || (jump > 0 && n - at <= BESIDE)) return null;
  for (const [i, step] of steps.entries()) if (i !== at && Math.abs(step - usual) > LIKE * size) return null;
  const moved = median(values.slice(at + 1, at + 1 + BESIDE)) - median(values.slice(Math.max(0, at + 1 - BESIDE), at + 1));
  const stays = Math.sign(moved) === Math.sign(jump) && Math.abs(moved) > size / 2;
  return stays ? { at, jump } : null;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

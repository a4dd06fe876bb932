/** Of the range of the values: less is what comes and goes. */
const LEAST_STEP = 0.25;
/** No other rise or fall as long is as much of it: what has its like will come again, and is for the models. */
const LIKE = 0.2;
/** And what goes on after it by more than that is a part of it. */
const GOES_ON = LIKE * LIKE;
/** So many values on either side tell that the level stayed where it went. */
const BESIDE = 5;
/** Of what was seen: most of it takes no longer, and all of it not twice as long; what does is growth. */
const LONGEST = 1 / 8;
/** Times as long as it took it has to have stayed, where it took more than a step. */
const STAYED = 2;

/** From values[from] to values[to]; by how much more than they usually change meanwhile. */
export interface OneStep {
  readonly from: number;
  readonly to: number;
  readonly jump: number;
}

/**
 * Values as they would be if what was deleted or brought in at once, for the first time, had never been there or always: the level before it is
 * brought to the level after it. As they are where there is no such step.
 */
export function joinedAtStep(values: Float64Array): Float64Array {
  const step = oneStep(values);
  if (step === null) return values;
  const { from, to, jump } = step;
  const usual = (values[to]! - values[from]! - jump) / (to - from);
  return values.map((value, i) => (i <= from ? value + jump : i < to ? values[to]! - (to - i) * usual : value));
}

/**
 * Where something was deleted or brought in at once, for the first time, or within so short a time: somebody has made or taken room, or something has
 * warmed up; that is neither growth nor what happens now and then. A rise is one when it has stayed: before, it may be the beginning of something.
 * Null without one.
 */
export function oneStep(values: Float64Array): OneStep | null {
  const n = values.length;
  const usual = median(Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => values[i + 1]! - values[i]!));
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  for (let length = 1; length <= Math.max(1, LONGEST * n); length *= 2) {
    const step = stepWithin(values, usual, length);
    const size = Math.abs(step.jump);
    if (!(size >= LEAST_STEP * (most - least)) || size === 0 || !stayed(values, step)) continue;
    return step;
  }
  return null;
}

/** The largest change within so many steps, of which no other is like it; a jump of 0 where one is. */
function stepWithin(values: Float64Array, usual: number, length: number): OneStep {
  const last = values.length - 1 - length;
  const changeAt = (i: number): number => values[i + length]! - values[i]! - length * usual;
  let from = 0;
  for (let i = 0; i <= last; i++) if (Math.abs(changeAt(i)) > Math.abs(changeAt(from))) from = i;
  const size = Math.abs(changeAt(from));
  const side = Math.sign(changeAt(from));
  let to = from + length;
  if (length > 1) {
    while (to <= last && side * changeAt(to) > GOES_ON * size) to += length;
    while (from >= length && side * changeAt(from - length) > GOES_ON * size) from -= length;
  }
  for (let i = 0; i <= last; i++) if ((i + length <= from || i >= to) && Math.abs(changeAt(i)) > LIKE * size) return { from, to, jump: 0 };
  return { from, to, jump: values[to]! - values[from]! - (to - from) * usual };
}

/** Whether the level is where a step has led, and for how long. */
function stayed(values: Float64Array, { from, to, jump }: OneStep): boolean {
  const n = values.length;
  const took = to - from;
  if (took > Math.max(1, 2 * LONGEST * n) || (took > 1 && n - to < STAYED * took) || (jump > 0 && n - from <= BESIDE)) return false;
  const moved = median(values.slice(to, to + BESIDE)) - median(values.slice(Math.max(0, from + 1 - BESIDE), from + 1));
  return Math.sign(moved) === Math.sign(jump) && Math.abs(moved) > Math.abs(jump) / 2;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** A series that changes with at most this share of its steps has events, and is otherwise still. */
const SPARSE = 0.25;

/**
 * How likely chance makes as many events of two series begin at the same steps, those of one direction with those of the same or the opposite:
 * where both are still most of the time, nearly all pairs of changes are alike without meaning anything, and two coincidences among three
 * events would look like a certainty. 0 where one of them moves all the time, so that ranks say what there is to say.
 * `one` and `two`: changes, pair by pair. Events of each are taken as a Poisson process; a run of changes is one event, and so are two as far
 * apart as a value stands for steps: a rate goes up with what happened, and down where that leaves its range. Up and down are counted each by
 * itself, for two jobs that take as long and begin together end together.
 */
export function chanceOfCoincidence(one: readonly number[], two: readonly number[], covers: number): number {
  const [first, second] = [eventsOf(one, covers), eventsOf(two, covers)];
  if (first === null || second === null) return 0;
  const chances = first.flatMap((begins) =>
    second.map((others) => {
      const together = begins.filter((i) => others.includes(i)).length;
      return poissonTail((begins.length * others.length) / one.length, together);
    }),
  );
  return Math.min(1, chances.length * Math.min(...chances));
}

/** Where events begin, upwards and downwards as far as there are any: steps that change after as many that do not. Null where changes are no events. */
function eventsOf(changes: readonly number[], covers: number): readonly (readonly number[])[] | null {
  const [up, down]: [number[], number[]] = [[], []];
  let moving = 0;
  let last = -Infinity;
  for (const [i, change] of changes.entries()) {
    if (change === 0) continue;
    moving++;
    if (i - last > covers) (change > 0 ? up : down).push(i);
    last = i;
  }
  return moving <= SPARSE * changes.length ? [up, down].filter(({ length }) => length > 0) : null;
}

/** P(X >= k) of a Poisson distribution of that mean, without losing small ones. */
function poissonTail(mean: number, k: number): number {
  let term = Math.exp(-mean);
  for (let i = 1; i <= k; i++) term *= mean / i;
  let sum = term;
  for (let i = k + 1; term > sum * 1e-12; i++) sum += term *= mean / i;
  return Math.min(1, sum);
}

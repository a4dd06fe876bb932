import { FEWEST_PAIRS } from "./lagged-spearman.ts";
import type { SteppedSeries } from "./correlate.ts";

const MOST_TOLD = 10;

/** In words why pairs of these series have no correlation; nothing where each has one. `answered`: pairs that have. */
export function whyUnanswered(first: readonly SteppedSeries[], second: readonly SteppedSeries[], answered: number): readonly string[] {
  if (answered === first.length * second.length) return [];
  const all = new Map([...first, ...second].map((one) => [one.name, one]));
  const own = [...all.values()].flatMap(whyNone);
  const others = new Set(second.map(({ name }) => name));
  const same = first.filter(({ name }) => others.has(name)).map(({ name }) => `${name} is on both sides: with itself nothing is compared.`);
  const reasons = [...own, ...same];
  if (reasons.length > 0) return reasons.slice(0, MOST_TOLD);
  return [`Not all of them have ${FEWEST_PAIRS} changes at the same times, as are needed; take a longer range.`];
}

function whyNone({ name, y }: SteppedSeries): readonly string[] {
  const values = y.filter(Number.isFinite);
  if (values.length <= FEWEST_PAIRS)
    return [`${name} has ${values.length} values at the steps of both, at least ${FEWEST_PAIRS + 1} are needed; take a longer range.`];
  return values.every((value) => value === values[0]) ? [`${name} stood still: what never changes moves with nothing.`] : [];
}

import { median } from "simple-statistics";

/** Of the noise: what turns round within less is none of what comes and goes. */
const WOBBLE = 8;
/** Deleting takes less time than what is deleted took to come: a share of it. */
const AS_LONG = 2;

/**
 * What came in and what was deleted, in all, by the turns of the values (rainflow's hysteresis): a wobble is neither, else any stock would take in
 * the more the finer it is looked at. Noise by second differences, which no slope disturbs. Both 0 where it falls for as long as it rises: what
 * comes is deleted as evenly, and values show the difference of the two alone. `later`: of the inflow, what came in the second half. Finite values.
 * Source: ASTM E1049 (turning points).
 */
export function flows(values: ArrayLike<number>): { readonly inflow: number; readonly outflow: number; readonly later: number } {
  const y = Float64Array.from(values);
  const bends = Float64Array.from({ length: Math.max(0, y.length - 2) }, (_, i) => Math.abs(y[i + 2]! - 2 * y[i + 1]! + y[i]!));
  const wobble = bends.length === 0 ? 0 : (WOBBLE * median(Array.from(bends))) / (0.6745 * Math.sqrt(6));
  const rises = { by: 0, steps: 0 };
  const falls = { by: 0, steps: 0 };
  const half = y.length >> 1;
  let later = 0;
  let turn = 0;
  let extreme = 0;
  const gone = (): void => {
    const way = y[extreme]! >= y[turn]! ? rises : falls;
    way.by += Math.abs(y[extreme]! - y[turn]!);
    way.steps += extreme - turn;
    if (way === rises && extreme > half) later += y[extreme]! - y[Math.max(turn, half)]!;
  };
  for (let i = 1; i < y.length; i++) {
    const way = Math.sign(y[extreme]! - y[turn]!);
    if (way === 0 ? Math.abs(y[i]! - y[turn]!) > wobble : way * (y[i]! - y[extreme]!) >= 0) extreme = i;
    else if (way !== 0 && Math.abs(y[i]! - y[extreme]!) > wobble) {
      gone();
      turn = extreme;
      extreme = i;
    }
  }
  if (y.length > 0) gone();
  const isEven = Math.min(rises.steps, falls.steps) * AS_LONG > Math.max(rises.steps, falls.steps);
  if (isEven) return { inflow: 0, outflow: 0, later: 0 };
  // What takes longer goes on while the other happens: it does not wait for a moment's deleting, nor for what is brought in at once.
  const meanwhile =
    rises.steps > falls.steps ? (rises.by * falls.steps) / rises.steps : (falls.by * rises.steps) / Math.max(1, falls.steps);
  const share = rises.by > 0 ? later / rises.by : 0;
  return { inflow: rises.by + meanwhile, outflow: falls.by + meanwhile, later: share * (rises.by + meanwhile) };
}

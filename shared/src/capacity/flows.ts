import { median, sum } from "simple-statistics";
import { straightLine } from "../forecast/straight-line.ts";

/** Of the noise: what turns round within less is none of what comes and goes. */
const WOBBLE = 8;
/** Deleting takes less time than what is deleted took to come: a share of it. */
const AS_LONG = 2;
/** Of pairs of a fall and a rise: in so many the one is shorter, where that is no chance. */
const MOSTLY = 0.8;
/** Fewer may be shorter by chance, unless they take no longer than so many steps. */
const FEWEST = 3;
const AT_ONCE = 3;

interface Turns {
  by: number;
  readonly steps: number[];
}

/**
 * What came in and what was deleted, in all, by the turns of the values (rainflow's hysteresis): a wobble is neither, else any stock would take in
 * the more the finer it is looked at. Noise by second differences, which no slope disturbs. Both 0 where it falls for as long as it rises, about its line:
 * what comes is deleted as evenly, and values show the difference of the two alone. `later`: of the inflow, what came in the second half. Finite values.
 * Source: ASTM E1049 (turning points).
 */
export function flows(values: ArrayLike<number>): { readonly inflow: number; readonly outflow: number; readonly later: number } {
  const y = Float64Array.from(values);
  const { slope } = straightLine(y);
  const about = turnsOf(y.map((value, i) => value - slope * i));
  if (areEven(about.rises.steps, about.falls.steps)) return { inflow: 0, outflow: 0, later: 0 };
  const { rises, falls, later } = turnsOf(y);
  const [rising, falling] = [sum(rises.steps), sum(falls.steps)];
  // What takes longer goes on while the other happens: it does not wait for a moment's deleting, nor for what is brought in at once.
  const meanwhile = rising > falling ? (rises.by * falling) / rising : (falls.by * rising) / Math.max(1, falling);
  const share = rises.by > 0 ? later / rises.by : 0;
  return { inflow: rises.by + meanwhile, outflow: falls.by + meanwhile, later: share * (rises.by + meanwhile) };
}

function turnsOf(y: Float64Array): { readonly rises: Turns; readonly falls: Turns; readonly later: number } {
  const bends = Float64Array.from({ length: Math.max(0, y.length - 2) }, (_, i) => Math.abs(y[i + 2]! - 2 * y[i + 1]! + y[i]!));
  const wobble = bends.length === 0 ? 0 : (WOBBLE * median(Array.from(bends))) / (0.6745 * Math.sqrt(6));
  const rises: Turns = { by: 0, steps: [] };
  const falls: Turns = { by: 0, steps: [] };
  const half = y.length >> 1;
  let later = 0;
  let turn = 0;
  let extreme = 0;
  const gone = (): void => {
    const way = y[extreme]! >= y[turn]! ? rises : falls;
    way.by += Math.abs(y[extreme]! - y[turn]!);
    way.steps.push(extreme - turn);
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
  return { rises, falls, later };
}

/** Steps that rises and falls take: whether none of the two is shorter on the whole, and one by one (Mann–Whitney). */
function areEven(rises: readonly number[], falls: readonly number[]): boolean {
  const [quick, slow] = sum(rises) < sum(falls) ? [rises, falls] : [falls, rises];
  if (quick.length === 0) return false;
  if (sum(quick) * AS_LONG > sum(slow)) return true;
  if (quick.length < FEWEST) return sum(quick) > AT_ONCE * quick.length;
  const shorter = sum(quick.map((one) => sum(slow.map((other) => (one < other ? 1 : one === other ? 0.5 : 0)))));
  return shorter < MOSTLY * quick.length * slow.length;
}

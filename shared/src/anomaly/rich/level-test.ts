import { KIND } from "../kind.ts";
import { consider, learnLater, weigh } from "./evidence.ts";
import { LEVEL_TAILS_AT, P, R, RING } from "./layout.ts";
import { TAIL } from "./tail.ts";

/** Innovations of which the middle one is taken: so many that of one in fifty which stray four hardly ever come together. */
const SPAN = 7;
/** Standard deviation of the median of normal noise, times the root of how many, to which that of their sum is 1. */
const WIDER = 1.25;
/** Mean absolute errors that count of one median. */
const BOUND = 60;

const last = new Float64Array(SPAN);

/**
 * A level that has moved, by the median of the last innovations: values that stray widen the tails of sums, in which a level then is nothing unusual, but are
 * never in the middle. Source: Huber & Ronchetti 2009, Robust statistics (the breakdown of mean and median).
 */
export function testLevel(f: Float64Array, probability: number, caution: number): void {
  if (f[R.fresh]! < SPAN) return;
  for (let k = 0; k < SPAN; k++) last[k] = f[P.innovations + ((f[R.clock]! - 1 - k + RING) % RING)]!;
  last.sort();
  const z = (Math.max(-BOUND, Math.min(BOUND, last[SPAN >> 1]!)) * Math.sqrt(SPAN)) / WIDER;
  const [side, other] = z > 0 ? [LEVEL_TAILS_AT, LEVEL_TAILS_AT + TAIL] : [LEVEL_TAILS_AT + TAIL, LEVEL_TAILS_AT];
  consider(weigh(f, side, Math.abs(z), probability, SPAN, caution), KIND.levelShift);
  learnLater(side, Math.abs(z), SPAN);
  learnLater(other, 0, SPAN);
}

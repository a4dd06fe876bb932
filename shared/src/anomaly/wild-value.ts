import { H } from "./layout.ts";

/** Steps after which a series is known well enough to say that a value is wild. */
const KNOWN_STEPS = 24;
/** Running ranges beyond the running range to which a value counts. */
const REACH = 20;
/** A value that so many before it were as wild as is where the series has gone. */
const CONFIRMED = 3;

/**
 * The value outside the running range as the detector may take it in: one far beyond all that the series has been is held to where it is told of for certain
 * and hides little, so that a slip becomes neither scatter nor offset nor profile; until those before it have gone as far to the same side, for the
 * series has gone there. What is held widens no range, by which the next step knows it. `h`: where the row begins; `previous`: the value before, as it was taken
 * in. Source: clipped learning, Gelper, Fried & Croux 2010.
 */
export function holdWild(f32: Float32Array, h: number, x: number, previous: number): number {
  const low = f32[h + H.low]!;
  const high = f32[h + H.high]!;
  const range = high - low;
  const held = Math.max(low - REACH * range, Math.min(high + REACH * range, x));
  if (held === x || f32[h + H.steps]! < KNOWN_STEPS || !(range > 0)) return x;
  const goesOn = x > high ? previous > high + range : previous < low - range;
  const steps = goesOn ? f32[h + H.wildSteps]! + 1 : 1;
  f32[h + H.wildSteps] = steps;
  return steps > CONFIRMED ? x : held;
}

import { echoes } from "./echo.ts";
import { AFTERMATH, isOpen, valueAgo } from "./event.ts";
import { R, RING } from "./layout.ts";

/** Steps of nothing that are no single miss. */
const STEPS = 3;
/** Share of what it was some steps before, from which a series leaps to nothing and does not run down to it. */
const LEAPS = 0.6;

/**
 * Whether nothing at all has come for three steps of what never was nothing, and leapt there, while an event or its way back is looked for, which it would
 * be held to be a part of: a level that has moved may go back, and what stays at nothing does not.
 */
export function isOutage(f: Float64Array, zero: number): boolean {
  if (f[R.clock]! < RING || f[R.lowBefore]! <= zero || valueAgo(f, 0) > zero || valueAgo(f, STEPS) <= zero) return false;
  const goesOn = isOpen(f) ? f[R.eventAge]! > AFTERMATH + STEPS : echoes(f);
  if (!goesOn || valueAgo(f, STEPS) - zero < LEAPS * (valueAgo(f, 2 * STEPS) - zero)) return false;
  for (let k = 1; k < STEPS; k++) if (valueAgo(f, k) > zero) return false;
  for (let k = STEPS + 1; k < RING; k++) if (valueAgo(f, k) <= zero) return false;
  return true;
}

/** Whether the newest value is nothing that may be the beginning of that: it is no range of the series yet. */
export const mayBeOutage = (f: Float64Array, zero: number): boolean => valueAgo(f, 0) <= zero && valueAgo(f, STEPS) > zero && echoes(f);

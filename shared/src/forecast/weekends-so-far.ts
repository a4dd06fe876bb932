import { type WorkingDays, workingDays } from "../capacity/working-days.ts";
import type { Seasons } from "./member.ts";
import type { RegularGrid } from "./regular-grid.ts";
import type { Widths } from "./intervals.ts";

const DAY = 86_400_000;
/** Share of a day from which it is known how one is worked. */
const WORKED = 3 / 4;

/**
 * How weekends differ from working days in a series in which the day is known to repeat and the week is not yet: models that know days alone are asked
 * as if all days were working days. Null where they are alike, or no weekend was seen between working days.
 */
export function weekendsSoFar(
  y: Float64Array,
  { short, long }: Seasons,
  { lastMs, lagMs, stepMs }: Pick<RegularGrid, "lastMs" | "lagMs" | "stepMs">,
): WorkingDays | null {
  if (long > 1 || short * stepMs !== DAY) return null;
  const days = workingDays({ y, stepMs, beginMs: lastMs - lagMs - (y.length - 1 / 2) * stepMs });
  return days !== null && cameBack(days, y.length, WORKED * short) ? days : null;
}

/** Whether a weekend was seen between two working days: of one that nothing follows, a level that has moved for good is not told apart. */
function cameBack({ beyondWorkAt }: WorkingDays, count: number, enough: number): boolean {
  let worked = 0;
  let before = false;
  let rested = false;
  for (let at = 0; at < count; at++) {
    if (beyondWorkAt(at) === 0) worked++;
    else {
      before ||= worked >= enough;
      rested = before;
      worked = 0;
    }
    if (rested && worked >= enough) return true;
  }
  return false;
}

/** What a mean of few days is off by, the widths of steps after `n` lack: residuals about it are of the days that it was taken of. */
export function widenedByFew({ seenAt }: WorkingDays, { half80, half95, coverage95 }: Widths, n: number): Widths {
  const widened = (half: Float64Array): Float64Array => half.map((width, h) => width * Math.sqrt(1 + 1 / seenAt(n + h)));
  return { half80: widened(half80), half95: widened(half95), coverage95 };
}

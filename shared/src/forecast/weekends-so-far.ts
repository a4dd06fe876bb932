import { type WorkingDays, workingDays } from "../capacity/working-days.ts";
import type { Seasons } from "./member.ts";
import type { RegularGrid } from "./regular-grid.ts";
import type { Widths } from "./intervals.ts";

const DAY = 86_400_000;

/**
 * How weekends differ from working days in a series in which the day is known to repeat and the week is not yet: models that know days alone are asked
 * as if all days were working days. Null where both were not seen, or are alike.
 */
export function weekendsSoFar(
  y: Float64Array,
  { short, long }: Seasons,
  { lastMs, lagMs, stepMs }: Pick<RegularGrid, "lastMs" | "lagMs" | "stepMs">,
): WorkingDays | null {
  return long > 1 || short * stepMs !== DAY ? null : workingDays({ y, stepMs, beginMs: lastMs - lagMs - (y.length - 1 / 2) * stepMs });
}

/** What a mean of few days is off by, the widths of steps after `n` lack: residuals about it are of the days that it was taken of. */
export function widenedByFew({ seenAt }: WorkingDays, { half80, half95, coverage95 }: Widths, n: number): Widths {
  const widened = (half: Float64Array): Float64Array => half.map((width, h) => width * Math.sqrt(1 + 1 / seenAt(n + h)));
  return { half80: widened(half80), half95: widened(half95), coverage95 };
}

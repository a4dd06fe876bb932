import type { MonthlyReset } from "./monthly-reset.ts";
import { expectedUsage, type FittedGrowth, HORIZON, type MovingLimit } from "./saturation.ts";

export interface RenewingLimit {
  /** Of a count whose last fall was joined, as if it had gone on. */
  readonly fitted: FittedGrowth;
  readonly reset: MonthlyReset;
  readonly lastMs: number;
  readonly used: number;
  readonly limit: number;
}

/**
 * The limit of a count that goes on for ever, for that of one which begins anew: from each reset on it lies the whole limit above what will have been
 * counted by then. A limit that is nearer because growth is faster is as much nearer in each month.
 */
export function renewingLimit({ fitted, reset, lastMs, used, limit }: RenewingLimit): (asked: number | MovingLimit) => MovingLimit {
  const steps = HORIZON * fitted.n;
  const counted = expectedUsage(fitted, steps);
  const countedAt = new Float64Array(steps);
  let begun = used;
  let resetMs = reset.nextAfter(lastMs);
  for (let h = 0; h < steps; h++) {
    if (lastMs + (h + 1) * fitted.stepMs >= resetMs) {
      begun = counted[h]!;
      resetMs = reset.nextAfter(resetMs);
    }
    countedAt[h] = begun;
  }
  return (asked) => (aheadMs) => {
    const bound = typeof asked === "number" ? asked : asked(aheadMs);
    const at = countedAt[Math.min(steps, Math.max(1, Math.round(aheadMs / fitted.stepMs))) - 1]!;
    return at === used ? bound : at + (limit * (bound - used)) / (limit - used);
  };
}

import type { TimedValues } from "../forecast/lone-outliers.ts";
import type { ForecastUse, SaturationTime } from "../model/capacity.ts";
import { aboveAtHeight, aboveBetweenPoints } from "./above-at-height.ts";
import { meanWhenBusy } from "./busiest-minutes.ts";
import { isLikelyToRise } from "./future-paths.ts";
import { renewingLimit } from "./renewing-limit.ts";
import { type FittedGrowth, type MovingLimit, timeToReach } from "./saturation.ts";
import { withUnseenSeasons } from "./unseen-seasons.ts";
import type { UseSoFar } from "./use-so-far.ts";
import { withoutSlips } from "./without-slips.ts";

/** When a limit is reached (ms, by the clock), and by how much more is used a day until then. */
export type TimeToLimit = (limit: number | MovingLimit) => SaturationTime & Pick<ForecastUse, "growthPerDay">;

/** Of a resource whose growth is known: between its points by its `peaks`, of a month's budget from the next months' beginning. */
export function timeToLimit(soFar: UseSoFar, fitted: FittedGrowth, peaks: TimedValues, random: () => number): TimeToLimit {
  const { history, lastMs, reset } = soFar;
  const { kind, limit, seenMs, used } = soFar.bounded;
  const isCpu = kind === "cpu";
  // Who reaches a limit between two points has reached it.
  const highest = isCpu ? peaks : withoutSlips(peaks);
  const above = isCpu ? 1 : aboveAtHeight(history, highest, fitted.turnMs);
  const beyond = isCpu || fitted.turnMs > 0 ? 0 : aboveBetweenPoints(history, highest);
  // What stays as it is was as busy in its busiest minutes before.
  const isRising = isCpu && !fitted.mayBeOver && isLikelyToRise(fitted.models);
  const atPoints = isRising ? meanWhenBusy(history, peaks, fitted.turnMs) : (bound: number): number => bound / above - beyond;
  const renewed = reset === null ? null : renewingLimit({ fitted, reset, lastMs, used, limit });
  return (asked) => {
    const bound = renewed === null ? asked : renewed(asked);
    const { inMs, lowerMs, upperMs, horizonMs, chance, growthPerDay } = withUnseenSeasons(
      timeToReach(fitted, typeof bound === "number" ? atPoints(bound) : (ms) => atPoints(bound(ms)), random),
      { kind, seenMs, lastMs, values: history.values, times: history.timestamps, mayBeOver: fitted.mayBeOver },
    );
    if (used >= (typeof bound === "number" ? bound : bound(0)))
      return { at: lastMs, earliest: lastMs, latest: lastMs, horizonMs, chance: 1, growthPerDay };
    const at = (ms: number | null): number | null => (ms === null ? null : Math.round(lastMs + ms));
    return { at: at(inMs), earliest: at(lowerMs), latest: at(upperMs), horizonMs, chance, growthPerDay };
  };
}

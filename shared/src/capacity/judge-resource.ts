import type {
  BoundedResource,
  DemandRelation,
  ForecastUse,
  JudgedResource,
  SaturationTime,
  Scenario,
  ScenarioOutcome,
} from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Refusal } from "../model/trend.ts";
import { CLOCK_REASON, tellsTime } from "../statistics/wall-clock.ts";
import { refuse } from "../trend/finite-points.ts";
import { aboveAtHeight, aboveBetweenPoints } from "./above-at-height.ts";
import { demandRelation } from "./demand-relation.ts";
import { flows } from "./flows.ts";
import { monthlyReset } from "./monthly-reset.ts";
import { oneStep } from "./one-step.ts";
import { daysAhead } from "./recommend.ts";
import { expectedGrowth, fitGrowth, type MovingLimit, timeToReach } from "./saturation.ts";
import { renewingLimit } from "./renewing-limit.ts";
import { STOCKS, whatIf } from "./what-if.ts";
import { withUnseenSeasons } from "./unseen-seasons.ts";
import { withoutSlips } from "./without-slips.ts";

const DAY = 86_400_000;
/** What goes on for minutes says nothing of days. */
const SHORTEST_MS = 1_800_000;
/** Of the limit: less makes no room to speak of. */
const LEAST_CLEANED = 0.05;
/** Of the limit: nothing that is bounded is so far beyond, and one value that stands there alone is a slip, no peak. */
const IMPOSSIBLE = 2;
/** Samples until it is believed: one may be of a mount that was missing for a moment. */
const FEWEST_SINCE = 5;

export interface ResourceHistory {
  /** Ascending ms. */
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface JudgeResource {
  readonly resource: Pick<
    BoundedResource,
    "kind" | "name" | "labels" | "host" | "ofMachine" | "isShared" | "query" | "unit" | "limit" | "servers"
  >;
  readonly history: ResourceHistory;
  /** The highest about each point, where the history is of means. */
  readonly peaks?: ResourceHistory;
  readonly demand?: ResourceHistory;
  readonly scenario?: Scenario;
  readonly hosts: number;
  readonly random: () => number;
}

/** A resource with when it is used up, what if, or why that cannot be told. Null without a single sample. */
export function judgeResource({
  resource,
  history: read,
  peaks = read,
  demand,
  scenario,
  hosts,
  random,
}: JudgeResource): JudgedResource | null {
  const history = withoutSlips(read);
  const { timestamps, values } = history;
  const { limit } = resource;
  let used = Number.NaN;
  let lastMs = 0;
  let firstMs = Infinity;
  const finite: number[] = [];
  const finiteAt: number[] = [];
  for (let i = 0; i < timestamps.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    lastMs = timestamps[i] ?? 0;
    firstMs = Math.min(firstMs, lastMs);
    finite.push(value);
    finiteAt.push(lastMs);
    used = value;
  }
  if (!Number.isFinite(used) || !(limit > 0)) return null;
  const seenMs = lastMs - firstMs;
  // What adds up does not come back once it is deleted: what was the peak before says nothing of the room that there is.
  const cleaned = STOCKS.includes(resource.kind) && resource.kind !== "budget" ? oneStep(Float64Array.from(finite)) : null;
  const isCleaned = cleaned !== null && -cleaned.jump > LEAST_CLEANED * limit && finite.length - cleaned.to >= FEWEST_SINCE;
  const roomMadeAt = isCleaned ? finiteAt[cleaned.to] : undefined;
  const reset = resource.kind === "budget" ? monthlyReset(history) : null;
  // Of this month, where a budget is one of the month.
  const peaksSince = roomMadeAt ?? reset?.at;
  // The highest about the first point after it may be of before.
  const [highestUsed, highestPeak] = [
    highest(possible(read, limit), peaksSince),
    highest(possible(peaks, limit), peaksSince === undefined ? undefined : peaksSince + 1),
  ];
  // What the peak is the rule of the resource says: of a CPU that is seen every second, not its moments of full use.
  const { peak, peakAt } = Number.isFinite(highestPeak.peak) ? highestPeak : highestUsed;
  const bounded: BoundedResource = {
    ...resource,
    used,
    peak,
    peakAt,
    ...(roomMadeAt === undefined ? {} : { roomMadeAt }),
    ...(reset === null ? {} : { renewsAt: reset.nextAfter(lastMs) }),
    headroom: 1 - used / limit,
    headroomAtPeak: 1 - peak / limit,
    seenMs,
  };
  if (seenMs < SHORTEST_MS) {
    const seen = spokenDuration(seenMs);
    return {
      ...bounded,
      ...refuse("too_short", `It has been seen for ${seen} only, at least ${spokenDuration(SHORTEST_MS)} are needed to tell how it grows.`),
    };
  }
  if (tellsTime(timestamps, values)) return { ...bounded, ...refuse("clock", CLOCK_REASON) };
  const fitted = fitGrowth(reset === null ? history : { timestamps, values: reset.joined });
  if ("refused" in fitted) return { ...bounded, ...fitted };
  const soFar = { kind: resource.kind, seenMs, lastMs, values: finite, times: finiteAt, stands: fitted.stands };
  // Who reaches a limit between two points has reached it.
  const above = resource.kind === "cpu" ? 1 : aboveAtHeight(history, withoutSlips(peaks), fitted.turnMs);
  const beyond = resource.kind === "cpu" || fitted.turnMs > 0 ? 0 : aboveBetweenPoints(history, withoutSlips(peaks));
  const renewed = reset === null ? null : renewingLimit({ fitted, reset, lastMs, used, limit });
  const reach = (asked: number | MovingLimit): SaturationTime & { readonly growthPerDay: ForecastUse["growthPerDay"] } => {
    const bound = renewed === null ? asked : renewed(asked);
    const { inMs, lowerMs, upperMs, horizonMs, chance, growthPerDay } = withUnseenSeasons(
      timeToReach(fitted, typeof bound === "number" ? bound / above - beyond : (ms) => bound(ms) / above - beyond, random),
      soFar,
    );
    const at = (ms: number | null): number | null => (ms === null ? null : Math.round(lastMs + ms));
    if (used >= (typeof bound === "number" ? bound : bound(0)))
      return { at: lastMs, earliest: lastMs, latest: lastMs, horizonMs, chance: 1, growthPerDay };
    return { at: at(inMs), earliest: at(lowerMs), latest: at(upperMs), horizonMs, chance, growthPerDay };
  };
  const { growthPerDay, ...saturation } = reach(limit);
  const relation = demand === undefined ? undefined : relationOf(demand, history);
  const reachTime = (bound: MovingLimit): SaturationTime => {
    const { growthPerDay: _, ...time } = reach(bound);
    return time;
  };
  const outcomeOf = (asked: Scenario): ScenarioOutcome | Refusal => {
    const { inflow, outflow, later } = flows(finite);
    return whatIf({
      resource: bounded,
      scenario: asked,
      hosts,
      growthPerDay,
      inflowPerDay: (inflow * DAY) / seenMs,
      outflowPerDay: (outflow * DAY) / seenMs,
      inflowRises: 4 * (2 * later - inflow) * (DAY / seenMs) ** 2,
      seenMs,
      reach: reachTime,
      ...(relation === undefined ? {} : { relation }),
    });
  };
  const growthAhead = expectedGrowth(fitted, Math.ceil((daysAhead(bounded, lastMs) * DAY) / fitted.stepMs));
  return {
    ...bounded,
    growthPerDay,
    growthAhead,
    saturation,
    ...(relation === undefined ? {} : { relation }),
    ...(scenario === undefined ? {} : { scenario: outcomeOf(scenario) }),
  };
}

/** A burst that came once is a peak all the same, as long as the limit lets it be one. */
function possible(read: ResourceHistory, limit: number): ResourceHistory {
  return highest(read).peak > IMPOSSIBLE * limit ? withoutSlips(read) : read;
}

/** Of values that are finite. */
function highest({ timestamps, values }: ResourceHistory, sinceMs = -Infinity): { readonly peak: number; readonly peakAt: number } {
  let peak = -Infinity;
  let peakAt = 0;
  for (let i = 0; i < timestamps.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value > peak) || value === Infinity || (timestamps[i] ?? 0) < sinceMs) continue;
    peak = value;
    peakAt = timestamps[i] ?? 0;
  }
  return { peak, peakAt };
}

/** Demand in the step before each sample against the sample. */
function relationOf(demand: ResourceHistory, { timestamps, values }: ResourceHistory): DemandRelation | Refusal {
  const asked: number[] = [];
  const used: number[] = [];
  let at = 0;
  for (let i = 0; i < timestamps.length; i++) {
    const end = timestamps[i] ?? 0;
    const start = i === 0 ? end - ((timestamps[1] ?? end) - end) : (timestamps[i - 1] ?? end);
    let sum = 0;
    let count = 0;
    while (at < demand.timestamps.length && (demand.timestamps[at] ?? Infinity) <= end) {
      const value = demand.values[at] ?? Number.NaN;
      if ((demand.timestamps[at] ?? 0) > start && Number.isFinite(value)) {
        sum += value;
        count++;
      }
      at++;
    }
    asked.push(sum / count);
    used.push(values[i] ?? Number.NaN);
  }
  return demandRelation(asked, used);
}

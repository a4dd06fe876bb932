import type { TimedValues } from "../forecast/lone-outliers.ts";
import type { JudgedResource, Scenario, ScenarioOutcome } from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Refusal } from "../model/trend.ts";
import { CLOCK_REASON, tellsTime } from "../statistics/wall-clock.ts";
import { refuse } from "../trend/finite-points.ts";
import { demandBefore } from "./demand-before.ts";
import { demandRelation } from "./demand-relation.ts";
import { flows } from "./flows.ts";
import { daysAhead } from "./recommend.ts";
import { expectedGrowth, fitGrowth } from "./saturation.ts";
import { timeToLimit } from "./time-to-limit.ts";
import { type NamedResource, useSoFar } from "./use-so-far.ts";
import { STOCKS, whatIf } from "./what-if.ts";

const DAY = 86_400_000;
/** What goes on for minutes says nothing of days. */
const SHORTEST_MS = 1_800_000;

export interface JudgeResource {
  readonly resource: NamedResource;
  readonly history: TimedValues;
  /** The highest about each point, where the history is of means. */
  readonly peaks?: TimedValues;
  /** What was used before the history, where a month may have begun since. */
  readonly earlier?: TimedValues;
  readonly demand?: TimedValues;
  readonly scenario?: Scenario;
  readonly hosts: number;
  readonly random: () => number;
}

/** A resource with when it is used up, what if, or why that cannot be told. Null without a single sample. */
export function judgeResource({
  resource,
  history: read,
  peaks = read,
  earlier,
  demand,
  scenario,
  hosts,
  random,
}: JudgeResource): JudgedResource | null {
  const soFar = useSoFar(resource, read, peaks, earlier);
  if (soFar === null) return null;
  const { bounded, history, lastMs, reset } = soFar;
  const { seenMs } = bounded;
  if (seenMs < SHORTEST_MS) {
    const seen = spokenDuration(seenMs);
    return {
      ...bounded,
      ...refuse("too_short", `It has been seen for ${seen} only, at least ${spokenDuration(SHORTEST_MS)} are needed to tell how it grows.`),
    };
  }
  if (tellsTime(history.timestamps, history.values)) return { ...bounded, ...refuse("clock", CLOCK_REASON) };
  const fitted = fitGrowth(
    reset === null ? history : { timestamps: history.timestamps, values: reset.joined },
    STOCKS.includes(resource.kind),
  );
  if ("refused" in fitted) return { ...bounded, ...fitted };
  const reach = timeToLimit(soFar, fitted, peaks, random);
  const { growthPerDay, ...saturation } = reach(resource.limit);
  const relation = demand === undefined ? undefined : demandRelation(demandBefore(demand, history.timestamps), history.values);
  const outcomeOf = (asked: Scenario): ScenarioOutcome | Refusal => {
    const { inflow, outflow, later } = flows(history.values);
    return whatIf({
      resource: bounded,
      scenario: asked,
      hosts,
      growthPerDay,
      mostWithin: (within) =>
        history.values.reduce((most, value, i) => (history.timestamps[i]! >= lastMs - within ? Math.max(most, value) : most), 0),
      inflowPerDay: (inflow * DAY) / seenMs,
      outflowPerDay: (outflow * DAY) / seenMs,
      inflowRises: 4 * (2 * later - inflow) * (DAY / seenMs) ** 2,
      seenMs,
      reach: (limit) => {
        const { growthPerDay: _, ...time } = reach(limit);
        return time;
      },
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

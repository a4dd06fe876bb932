import { asLevelShift, type Measure } from "@sightline/shared/anomaly/reason";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { type Labels, METRIC_NAME, formatLabels } from "@sightline/shared/model/labels";
import { worseWhen } from "@sightline/shared/trend/worse-when";
import type { BandPoint } from "./band-memory.ts";

/** Steps after which a level that a deploy permits to move has moved; it began so many before. */
const STEPS = 6;
/** What those who use a service suffer from: that a new version takes more memory or fills a queue further is permitted. */
export const SUFFERED = /latenc|duration|response|error|fail|timeout|retr|rejected|dropped|success|availab|hit_ratio|apdex|throughput/;
/** A warning: what a deploy did can be undone. */
const SCORE = 0.75;

/**
 * A deploy may move a level, and that is no anomaly; but of what people suffer from, where the name tells that the way it went is bad, they
 * are told as of a shift. `moved`: the first step judged by the new level; `said`: the steps before it, the oldest first. Null where it is none, or no worse.
 */
export function worseSinceDeploy(
  moved: Judgement,
  labels: Labels,
  said: Iterable<BandPoint>,
  deployMs: number,
  show: Measure,
): Judgement | null {
  const points = [...said];
  const before = points.findLast(({ t }) => t < deployMs);
  if (before === undefined || !SUFFERED.test(labels[METRIC_NAME] ?? "")) return null;
  const level = moved.expected;
  const worse = worseWhen(formatLabels(labels));
  const isWorse = worse === "higher" ? level > before.upper : worse === "lower" && level < before.lower;
  if (!isWorse) return null;
  const { expected, lower, upper } = before;
  const told = asLevelShift(
    { ...moved, t: points.at(-STEPS)?.t ?? moved.t, value: level, expected, lower, upper, score: SCORE },
    level,
    show,
  );
  return { ...told, reason: `${told.reason} with a deploy` };
}

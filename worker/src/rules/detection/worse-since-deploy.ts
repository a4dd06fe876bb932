import { asLevelShift, type Measure } from "@sightline/shared/anomaly/reason";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { type Labels, METRIC_NAME, formatLabels } from "@sightline/shared/model/labels";
import { worseWhen } from "@sightline/shared/trend/worse-when";
import type { BandPoint } from "./band-memory.ts";

/** Steps after which a level that a deploy permits to move has moved; it began so many before. */
const STEPS = 6;
/** High quantiles: of times, where nothing in the name says of what else. */
const OF_ELSE = "bytes|size|memory|heap|length|depth|queue|batch|payload|load|cpu|usage|ratio|percent|count|rate|fps|goodput|score|rows";
const QUANTILE = new RegExp(`^(?!.*(?<![a-z])(?:${OF_ELSE})(?![a-z])).*(?<![a-z0-9])p(?:[5-9]\\d|99\\d+)(?:_|$)`);
/** What those who use a service suffer from: that a new version takes more memory or fills a queue further is permitted. */
export const SUFFERED = new RegExp(
  `latenc|duration|response|error|fail|timeout|retr|rejected|dropped|success|availab|hit_ratio|apdex|throughput|${QUANTILE.source}`,
);
/** What they do, as it is counted: another version may bring less of it, but not next to none. */
const DONE =
  /(?:^|_)(?:requests|orders|checkouts|logins|sign_?ups|payments|purchases|transactions|traffic|visits|sessions|duration_(?:seconds|milliseconds|ms)_count)(?:_(?:total|count|rate|served|handled|completed|started|per_[a-z]+))?$/;
/** Of which less is no loss. */
const UNWANTED =
  /[45]xx|cancell?ed|unauthori|slow|abandon|expired|invalid|abort|block|bad_|denied|queued|backlog|pending|waiting|resource_requests/;
/** Labels whose values say how it ended, and values by which that was not as it should be. */
const STATUS = /(?:^|_)(?:code|status|status_code|grpc_status|outcome|result)$/;
const NOT_WELL = /^(?:[45](?:\d\d|xx)|[1-9]|1[0-6]|cancell?ed|abort.*|denied|unauth.*)$/;
/** Share of what was done that is next to none. */
const NEXT_TO_NONE = 0.2;
/** A warning: what a deploy did can be undone. */
const SCORE = 0.75;

/**
 * A deploy may move a level, and that is no anomaly; but of what people suffer from, where the name tells that the way it went is bad, and where next to
 * nothing is left of what they do, they are told as of a shift. `moved`: the first step judged by the new level; `said`: the steps before it, the oldest first. Null where it is none, or no worse.
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
  if (before === undefined || !isWorse(labels, moved, before)) return null;
  const level = moved.expected;
  const { expected, lower, upper } = before;
  const told = asLevelShift(
    { ...moved, t: points.at(-STEPS)?.t ?? moved.t, value: level, expected, lower, upper, score: SCORE },
    level,
    show,
  );
  return { ...told, reason: `${told.reason} with a deploy` };
}

function isWorse(labels: Labels, { value, expected: level }: Judgement, before: BandPoint): boolean {
  const name = labels[METRIC_NAME] ?? "";
  const worse = worseWhen(formatLabels(labels));
  // No release leaves nothing at all of what was never nothing: of what there should be none of that is what it was for.
  if (worse !== "higher" && value === 0 && before.lower > 0 && level < NEXT_TO_NONE * before.expected && !UNWANTED.test(name)) return true;
  if (worse === null && isDone(labels) && level < before.lower && level < NEXT_TO_NONE * before.expected) return true;
  if (!SUFFERED.test(name)) return false;
  return worse === "higher" || (worse === null && QUANTILE.test(name)) ? level > before.upper : worse === "lower" && level < before.lower;
}

function isDone(labels: Labels): boolean {
  const name = labels[METRIC_NAME] ?? "";
  if (!DONE.test(name) || UNWANTED.test(name)) return false;
  return !Object.entries(labels).some(([label, value]) => STATUS.test(label) && NOT_WELL.test(value));
}

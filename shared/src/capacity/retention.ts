import { formatAmount } from "../format/units.ts";
import type { Bounded95, BoundedResource } from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Refusal } from "../model/trend.ts";
import { refuse } from "../trend/finite-points.ts";
import type { MovingLimit } from "./saturation.ts";

const DAY = 86_400_000;
/** Where less goes than this share of what comes, it was not the retention that deleted. */
const DELETES = 0.1;
/** What comes makes at least this share of what is there while it is kept: less is the wobble of what comes and goes evenly. */
const SHOWS = 0.02;
/** What rises so slowly that this many retentions would have to pass for it to be there came otherwise, and was deleted meanwhile. */
const AGES = 2;

interface Retention {
  readonly nowMs: number;
  readonly thenMs: number;
}

export interface RetentionQuestion {
  readonly resource: Pick<BoundedResource, "used" | "unit">;
  /** For how long what comes in is kept, and for how long it would be; without it as long as now, however long that is. */
  readonly retention?: Retention;
  /** How many times as much comes in from now on. */
  readonly work: number;
  readonly growthPerDay: Bounded95;
  /** The most that was there within the last so many ms: what is deleted at once is there a moment before. */
  readonly mostWithin: (lastMs: number) => number;
  /** What was seen to come in and to be deleted a day, by the turns of the values. */
  readonly inflowPerDay: number;
  readonly outflowPerDay: number;
  /** By how much a day more comes in each day than the day before. */
  readonly inflowRises: number;
  readonly seenMs: number;
}

/** What is there besides what grows with the work, by the time ahead, and the most that this will be. */
export interface Kept {
  readonly besides: MovingLimit;
  readonly most: number;
  /** By the other way to read the same values. */
  readonly or?: MovingLimit;
  /** How many times as fast it grows then. */
  readonly growth: number;
  readonly assumptions: readonly string[];
}

/**
 * What another retention keeps, and what is kept as long of another inflow. Where deleting shows as falls, those say what comes and goes. Where it is deleted as
 * evenly as it comes values show the difference of the two alone: then all that is there is taken for what came within the time that it is kept, along a line so
 * steep that it rises as it does. Refuses what rises and has not been seen for as long as it is kept, when it may well be that nothing had to be deleted yet.
 */
export function retained(question: RetentionQuestion): Kept | Refusal | undefined {
  const { resource, retention, growthPerDay, inflowPerDay, outflowPerDay, seenMs, mostWithin } = question;
  const showsFalls = outflowPerDay > DELETES * inflowPerDay;
  if (retention === undefined) return showsFalls && inflowPerDay > 0 ? forWhoKnowsHowLong(question) : undefined;
  const rises = growthPerDay.lower > 0 ? growthPerDay.value : 0;
  if (showsFalls && inflowPerDay > SHOWS * mostPerDay(mostWithin(retention.nowMs), retention)) return byTurns(question, retention, rises);
  const ageMs = (resource.used / rises) * DAY;
  if (rises > 0 && seenMs < retention.nowMs && ageMs < AGES * retention.nowMs)
    return refuse(
      "too_young",
      `It has risen for all of the ${spokenDuration(seenMs)} that were looked at and is kept for ${spokenDuration(retention.nowMs)}: whether anything was deleted yet, and so how much comes in, cannot be told. Ask over more than ${spokenDuration(retention.nowMs)}.`,
    );
  return evenly(question, retention, rises);
}

/** No more can come in a day than makes what is there within the time that it is kept. */
const mostPerDay = (there: number, { nowMs }: Retention): number => (there * DAY) / nowMs;

/** What comes in at a time: `perDay` at the end of what was seen, along a line. */
interface Inflow {
  readonly perDay: number;
  readonly slope: number;
}

/**
 * Kept longer, nothing is deleted until what is there is as old as it may be then; kept shorter, what has come in before is deleted at once. What
 * was to be deleted goes when it is as old as it may be; what comes in from now on is `work` times as much. Less what it rises by of itself.
 */
function cycle({ perDay, slope }: Inflow, work: number, { nowMs, thenMs }: Retention): MovingLimit {
  const [now, then] = [nowMs / DAY, thenMs / DAY];
  const came = (from: number, to: number): number => (to > from ? perDay * (to - from) + (slope * (to * to - from * from)) / 2 : 0);
  return (aheadMs) => {
    const ahead = aheadMs / DAY;
    const before = came(Math.max(ahead - then, -now), 0);
    return before + work * (came(Math.max(0, ahead - then), ahead) - slope * now * ahead) - came(-now, 0);
  };
}

/** That it rises on the whole is what is never deleted, but for what ever more comes in: that is as much more as it is kept longer. */
function byTurns(question: RetentionQuestion, retention: Retention, rises: number): Kept {
  const { work, inflowPerDay, inflowRises, seenMs, mostWithin } = question;
  const [now, then] = [retention.nowMs / DAY, retention.thenMs / DAY];
  const most = mostPerDay(mostWithin(retention.nowMs), retention);
  const slope = Math.max(0, Math.min(inflowRises, rises / now));
  const stays = rises - slope * now;
  const perDay = Math.max(0, Math.min(most + rises / 2, inflowPerDay + (slope * seenMs) / (2 * DAY) - stays));
  const besides = cycle({ perDay, slope }, work, retention);
  return {
    besides,
    most: highest(besides, retention),
    growth: rises > 0 ? (stays + slope * then) / rises : 1,
    assumptions: [deletedAfter(question, retention, Math.min(most, inflowPerDay))],
  };
}

/** Of all that is there. */
function evenly(question: RetentionQuestion, retention: Retention, rises: number): Kept {
  const [now, then] = [retention.nowMs / DAY, retention.thenMs / DAY];
  const perDay = Math.max(0, mostPerDay(question.resource.used, retention) + rises / 2);
  const besides = cycle({ perDay, slope: rises / now }, question.work, retention);
  const assumptions = [
    "all that is there came in within the time that it is kept, and is deleted as evenly as it comes; if some of it is never deleted, less comes in and this changes less",
    deletedAfter(question, retention, perDay),
  ];
  // No more came in than it was seen to rise by, where that is all that values show.
  const or = (): number => -rises * Math.max(0, now - then);
  return { besides, most: highest(besides, retention), or, growth: rises > 0 ? then / now : 1, assumptions };
}

/** What is deleted stays as it is until what comes in from now on is as old: at once, or as long as all that is there took to come. */
function forWhoKnowsHowLong({ resource, work, growthPerDay, inflowPerDay }: RetentionQuestion): Kept {
  const perDay = Math.max(0, inflowPerDay - Math.max(0, growthPerDay.value));
  const longestMs = (resource.used / inflowPerDay) * DAY;
  const longest = cycle({ perDay, slope: 0 }, work, { nowMs: longestMs, thenMs: longestMs });
  const [besides, or] = work > 1 ? [longest, nothing] : [nothing, longest];
  return {
    besides,
    or,
    most: Math.max(0, besides(longestMs)),
    growth: 1,
    assumptions: [
      `what comes in (${show(inflowPerDay, resource.unit)} a day) follows the work, and what is deleted does when that is as old: after ${spokenDuration(longestMs)} at most, which is taken where it fills sooner; retentionNow= and retention= tell it more closely`,
    ],
  };
}

const nothing: MovingLimit = () => 0;

const highest = (besides: MovingLimit, { nowMs, thenMs }: Retention): number =>
  Math.max(...[0, Math.max(0, thenMs - nowMs), thenMs].map(besides));

const show = (perDay: number, unit: string): string => formatAmount(perDay, unit);

const deletedAfter = ({ resource: { unit } }: RetentionQuestion, { nowMs, thenMs }: Retention, perDay: number): string =>
  `what comes in (${show(perDay, unit)} a day) is deleted after ${spokenDuration(thenMs)} instead of ${spokenDuration(nowMs)}`;

import { formatBrief } from "../format/units.ts";
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

export interface RetentionQuestion {
  readonly resource: Pick<BoundedResource, "used" | "unit">;
  /** For how long what comes in is kept, and for how long it would be. */
  readonly retention: { readonly nowMs: number; readonly thenMs: number };
  /** How many times as much comes in from now on. */
  readonly work: number;
  readonly growthPerDay: Bounded95;
  /** What was seen to come in and to be deleted a day, by the turns of the values. */
  readonly inflowPerDay: number;
  readonly outflowPerDay: number;
  readonly seenMs: number;
}

/** What is there besides what grows with the work, by the time ahead, and the most that this will be. */
export interface Kept {
  readonly besides: MovingLimit;
  readonly most: number;
  /** The same if no more came in than it was seen to rise by, where that is all that values show. */
  readonly atLeast?: MovingLimit;
  /** How many times as fast it grows then. */
  readonly growth: number;
  readonly assumptions: readonly string[];
}

/**
 * What another retention keeps. Where deleting shows as falls, those say what comes and goes. Where it is deleted as evenly as it comes values show the
 * difference of the two alone: then all that is there is taken for what came within the time that it is kept, along a line so steep that it rises as it does.
 * Refuses what rises and has not been seen for as long as it is kept, when it may well be that nothing had to be deleted yet.
 */
export function retained(question: RetentionQuestion): Kept | Refusal {
  const { resource, retention, growthPerDay, inflowPerDay, outflowPerDay, seenMs } = question;
  if (outflowPerDay > DELETES * inflowPerDay && inflowPerDay > SHOWS * mostPerDay(question))
    return byTurns(question, inflowPerDay, outflowPerDay);
  const rises = growthPerDay.lower > 0 ? growthPerDay.value : 0;
  const ageMs = (resource.used / rises) * DAY;
  if (rises > 0 && seenMs < retention.nowMs && ageMs < AGES * retention.nowMs)
    return refuse(
      "too_young",
      `It has risen for all of the ${spokenDuration(seenMs)} that were looked at and is kept for ${spokenDuration(retention.nowMs)}: whether anything was deleted yet, and so how much comes in, cannot be told. Ask over more than ${spokenDuration(retention.nowMs)}.`,
    );
  return evenly(question, rises);
}

/** No more can come in a day than makes what is there within the time that it is kept. */
const mostPerDay = ({ resource, retention }: RetentionQuestion): number => (resource.used * DAY) / retention.nowMs;

/**
 * Kept longer, nothing is deleted until what is there is as old as it may be then; kept shorter, what has come in before is deleted at once. What
 * is deleted today is the work of a retention ago: in its place `work` times as much comes in from now on, and goes when it is as old as it may be.
 */
function byTurns(question: RetentionQuestion, inflow: number, outflow: number): Kept {
  const { retention, work } = question;
  const { nowMs, thenMs } = retention;
  const [inflowPerDay, outflowPerDay] = [Math.min(mostPerDay(question), inflow), Math.min(mostPerDay(question), outflow)];
  const longerMs = Math.max(0, thenMs - nowMs);
  const atOnce = (inflowPerDay * Math.max(0, nowMs - thenMs)) / DAY;
  const besides = (aheadMs: number): number => {
    const came = work * Math.min(aheadMs, thenMs);
    const gone = Math.min(Math.max(0, aheadMs - longerMs), thenMs, nowMs);
    return (outflowPerDay * (came - gone)) / DAY - atOnce;
  };
  return { besides, most: most(besides, retention), growth: 1, assumptions: [deletedAfter(question, inflowPerDay)] };
}

/** What came in at a time is a line through the time that it was kept: the sum of that is what is there, and rises by `rises` a day. */
function evenly(question: RetentionQuestion, rises: number): Kept {
  const { resource, retention, work } = question;
  const [now, then] = [retention.nowMs / DAY, retention.thenMs / DAY];
  const slope = rises / now;
  const perDay = Math.max(0, resource.used / now + rises / 2);
  const came = (from: number, to: number): number => (to > from ? perDay * (to - from) + (slope * (to * to - from * from)) / 2 : 0);
  const besides = (aheadMs: number): number => {
    const ahead = aheadMs / DAY;
    const before = came(Math.max(ahead - then, -now), 0);
    return before + work * came(Math.max(0, ahead - then), ahead) - resource.used - work * rises * ahead;
  };
  const assumptions = [
    "all that is there came in within the time that it is kept, and is deleted as evenly as it comes; if some of it is never deleted, less comes in and this changes less",
    deletedAfter(question, perDay),
  ];
  const atLeast = byTurns(question, rises, 0).besides;
  return { besides, most: most(besides, retention), atLeast, growth: rises > 0 ? then / now : 1, assumptions };
}

const most = (besides: MovingLimit, { nowMs, thenMs }: RetentionQuestion["retention"]): number =>
  Math.max(...[0, Math.max(0, thenMs - nowMs), thenMs].map(besides));

function deletedAfter({ resource: { unit }, retention: { nowMs, thenMs } }: RetentionQuestion, perDay: number): string {
  const shown = formatBrief(perDay, unit === "bytes" || unit === "ratio" || unit === "seconds" ? unit : "count");
  return `what comes in (${shown} a day) is deleted after ${spokenDuration(thenMs)} instead of ${spokenDuration(nowMs)}`;
}

import { growsForSure, timeAhead } from "../format/capacity-text.ts";
import { formatAmount } from "../format/units.ts";
import {
  type BoundedResource,
  type CapacityRecommendation,
  areWhole,
  COUNTED_KINDS,
  type ForecastUse,
  type ResourceKind,
} from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import { mayTurn } from "./unseen-seasons.ts";
import { STOCKS } from "./what-if.ts";

const DAY = 86_400_000;
/** For which sizes are to do; three times what was seen where that is less. */
const AHEAD_DAYS = 90;
/** Share of a limit that is used at the peak when the size is right. */
const TARGET: Readonly<Partial<Record<ResourceKind, number>>> = { cpu: 0.75 };
const USUAL_TARGET = 0.8;
const URGENT_DAYS = 7;
const SCARCE = 0.1;
/** Told as a share, less would be nothing. */
const LEAST_TOLD = 0.005;
const LOOK_AGAIN_MS = 600_000;
/** Smaller is not worth the change. */
const LEAST_SHRINK = 0.3;
const LEAST_SEEN_TO_SHRINK = 7 * DAY;
/** What grows by shares to so many times its limit is for no size to hold. */
export const MOST_TIMES = 10;
/** Nothing that can be bought by itself. */
const NOT_BOUGHT: readonly ResourceKind[] = ["budget", "inodes", "file descriptors"];

/** Of CPUs: how many, or how many times as many where their number is not known. */
function sizeWords(isCpu: boolean, times: number, servers: number | undefined): string | null {
  if (!isCpu) return null;
  return servers === undefined ? `${Math.ceil(10 * times) / 10} times the CPU` : `${Math.ceil(servers * times)} CPUs`;
}

type Seen = Pick<BoundedResource, "seenMs" | "roomMadeAt" | "renewsAt">;

/** For how long it was seen as it is now, ms: what it was like before room was made says nothing of how full it will be. */
const likeNow = ({ seenMs, roomMadeAt }: Seen, nowMs: number): number =>
  roomMadeAt === undefined ? seenMs : Math.min(seenMs, nowMs - roomMadeAt);

/** For how many days a recommended size is to do: of a month's budget, until the next. */
export const daysAhead = (resource: Seen, nowMs: number): number =>
  resource.renewsAt !== undefined
    ? Math.max(0, resource.renewsAt - nowMs) / DAY
    : Math.min(AHEAD_DAYS * DAY, Math.max(likeNow(resource, nowMs) * 3, DAY)) / DAY;

/**
 * What to do about a resource, and why. `nowMs` is when the question is asked; `borne` the peak of a CPU that nothing is done about: one that was busy
 * for once has done its work a little later, and what it was seen to bear it bears.
 */
export function recommend(resource: BoundedResource & ForecastUse, nowMs: number, borne = resource.peak): CapacityRecommendation {
  const {
    kind,
    unit,
    limit,
    used,
    peak,
    headroom,
    headroomAtPeak,
    growthPerDay,
    growthAhead,
    saturation,
    seenMs,
    servers,
    roomMadeAt,
    renewsAt,
  } = resource;
  const show = (value: number): string => formatAmount(value, unit);
  const since =
    renewsAt !== undefined
      ? "of this month"
      : roomMadeAt === undefined
        ? `of the last ${spokenDuration(seenMs)}`
        : `since much was deleted ${timeAhead(Math.max(0, nowMs - roomMadeAt))} ago`;
  const reasons: string[] = [`${Math.max(0, Math.round(100 * headroomAtPeak))}% of ${show(limit)} was free at the peak ${since}`];
  const grows = growthPerDay.lower > 0;
  const full = saturation.at === null || headroom <= 0 ? "" : `full in ${when(saturation.at, nowMs)} (${span(saturation, nowMs)})`;
  if (grows) reasons.push(`it grows by ${show(growthPerDay.value)} a day (${show(growthPerDay.lower)} to ${show(growthPerDay.upper)})`);
  else if (growsForSure(resource)) reasons.push("it shrinks");
  else reasons.push(`it is not certain that it grows at all${full === "" ? "" : `; in half of its possible futures it is ${full}`}`);
  if (mayTurn(resource) && !grows && full !== "")
    reasons.push(
      "what follows the work rises and falls with the time of day, and at first until it is warm: that is known when it has been seen for two days",
    );
  if (headroom <= 0) reasons.push("its limit is reached");
  else if (full !== "" && growsForSure(resource)) reasons.push(`it is ${full}`);
  if (renewsAt !== undefined && renewsAt > nowMs) reasons.push(`it begins anew in ${timeAhead(renewsAt - nowMs)}`);
  const likeNowMs = likeNow(resource, nowMs);
  const known = daysAhead(resource, nowMs);
  const ahead = Math.max(0, growthPerDay.upper * known, growthAhead);
  const days = Math.round(known);
  const counted = COUNTED_KINDS.includes(kind);
  const isBorne = kind === "cpu" && peak <= borne;
  const usual = TARGET[kind] ?? USUAL_TARGET;
  const target = kind === "cpu" && !isBorne ? Math.max(usual, borne / limit) : usual;
  const enough = (peak + (grows ? ahead : 0)) / target;
  const size = areWhole(resource) ? Math.ceil(enough) : enough;
  const endless = grows && growthAhead > MOST_TIMES * limit;
  const more = size > limit && !endless;
  const sized = more ? { size } : {};
  if (endless)
    reasons.push(
      `growing on like that, it would take more than ${MOST_TIMES} times the limit within ${days === 1 ? "a day" : `${days} days`}`,
    );
  // What adds up and surely gets less is not at its peak again.
  const left = growthPerDay.upper < 0 && STOCKS.includes(kind) ? headroom : headroomAtPeak;
  const sizeText = sizeWords(kind === "cpu", size / limit, servers) ?? show(size);
  const soonest = saturation.earliest === null ? Infinity : (saturation.earliest - nowMs) / DAY;
  const likely = saturation.at === null ? Infinity : (saturation.at - nowMs) / DAY;
  // What wanders reaches any limit in half of its futures: that alone is nothing to act on.
  const certain = grows || saturation.latest !== null;
  if ((left <= 0 && !isBorne) || (likely <= URGENT_DAYS && certain))
    return {
      type: "grow",
      priority: "high",
      reasons,
      ...sized,
      text: `${kind === "cpu" ? "CPU" : capital(kind)} ${counted ? "are" : "is"} ${left <= 0 ? `at ${counted ? "their" : "its"} limit` : "about to be full"}: ${advice(kind, { sized: sizeText, more, days, isLeast: kind === "cpu" && headroomAtPeak <= 0 })}`,
    };
  const fills = likely <= AHEAD_DAYS && certain;
  if (fills || (left < SCARCE && !isBorne))
    return {
      type: "grow",
      priority: "medium",
      reasons,
      ...sized,
      text: `Plan for more ${plural(kind)}${fills ? "" : `, as ${freeText(left, left < headroom)}`}: ${advice(kind, { sized: sizeText, more, days, isLeast: kind === "cpu" && headroomAtPeak <= 0 })}`,
    };
  if (soonest <= AHEAD_DAYS)
    return {
      type: "watch",
      priority: "low",
      reasons,
      text: `Look again in ${timeAhead(Math.max(LOOK_AGAIN_MS, (soonest / 2) * DAY))}: it may be full in ${timeAhead((saturation.earliest ?? nowMs) - nowMs)}, ${likely < Infinity ? "or never" : "but probably is not"}.`,
    };
  // Nothing is said of what is beyond ten times what was seen; as it grows now, it may be full there, unless it begins anew before.
  const onwards = grows ? (limit - used) / growthPerDay.upper : Infinity;
  const goesOnFor = renewsAt === undefined ? AHEAD_DAYS : Math.min(AHEAD_DAYS, known);
  if (onwards <= goesOnFor && onwards * DAY > saturation.horizonMs)
    return {
      type: "watch",
      priority: "low",
      reasons,
      text: `Look again in ${timeAhead(Math.max(LOOK_AGAIN_MS, Math.min(saturation.horizonMs, onwards * DAY) / 2))}: seen for ${spokenDuration(seenMs)} only, and growing on as it does it would be full in ${timeAhead(onwards * DAY)}.`,
    };
  const spare = servers === undefined ? kind !== "cpu" : Math.ceil((servers * size) / limit) < servers;
  if (spare && size > 0 && size < (1 - LEAST_SHRINK) * limit && !NOT_BOUGHT.includes(kind) && likeNowMs >= LEAST_SEEN_TO_SHRINK)
    return {
      type: "shrink",
      priority: "low",
      reasons,
      size,
      text: `${sizeText} would do for the next ${days} days instead of ${servers === undefined ? show(limit) : `${servers} CPUs`}.`,
    };
  return { type: "keep", priority: "low", reasons, text: "Nothing needs to be done." };
}

const freeText = (share: number, atPeak: boolean): string =>
  `${share < LEAST_TOLD ? "less than 1" : `only ${Math.round(100 * share)}`}% ${atPeak ? "was free at the peak" : "is free"}`;
const when = (at: number, nowMs: number): string => (at <= nowMs ? "no time" : spokenDuration(at - nowMs));
const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
const plural = (kind: ResourceKind): string => (kind === "disk" ? "disk space" : kind === "cpu" ? "CPU" : kind);

function span({ earliest, latest }: ForecastUse["saturation"], nowMs: number): string {
  const from = earliest === null ? "not soon" : when(earliest, nowMs);
  return `95% interval ${from} to ${latest === null ? "never" : when(latest, nowMs)}`;
}

interface Sizes {
  readonly sized: string;
  /** Whether that is more than there is. */
  readonly more: boolean;
  /** For which the size is to do. */
  readonly days: number;
  /** What is full of work hides how much more waits. */
  readonly isLeast: boolean;
}

function advice(kind: ResourceKind, { sized, more, days, isLeast }: Sizes): string {
  const time = days === 1 ? "a day" : `${days} days`;
  const enough = !more ? "" : isLeast ? `; at least ${sized}, for how much work waits does not show` : `; ${sized} would do for ${time}`;
  const wise: Readonly<Record<ResourceKind, string>> = {
    disk: "delete what nobody needs, shorten what is kept, or grow the volume",
    inodes: "delete small files nobody needs, or make the file system anew with more inodes",
    memory: "find what grew since it last was well (a leak fills any size), then add memory or spread the work",
    cpu: "add a host or a core, or make the busiest work cheaper",
    connections: "close idle ones, pool them, or raise the limit where the server has memory for it",
    "file descriptors": "find what opens and does not close, then raise the limit",
    quota: "ask for more, or use less",
    budget: "slow down what spends it, or agree on a larger one",
  };
  return `${wise[kind]}${kind === "budget" ? "" : enough}.`;
}

import type { EvenSteps } from "../trend/even-steps.ts";
import { isWeekend } from "./weekends.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Nights end somewhere between Kiribati and Hawaii, so many hours after midnight UTC. */
const FIRST_NIGHT = -10;
const LAST_NIGHT = 14;
/** Student's t from which days of the two kinds differ. */
const LEAST_T = 4;
/** Of which some are seen twice. */
const FEWEST_DAYS = 3;

/** What repeats in a series. */
export interface Repeating {
  /** By step. */
  readonly seasonal: Float64Array;
  /** Steps of its longest turn; 0 of none. */
  readonly longest: number;
  /** Means that were fitted for it. */
  readonly phases: number;
  /** At any position, seen or to come. */
  readonly at: (position: number) => number;
}

/** At any position, seen or to come. */
export interface WorkingDays extends Repeating {
  /** By how much there is more than at that time of a working day. */
  readonly beyondWorkAt: (position: number) => number;
  /** Days of its kind whose value at that time was seen. */
  readonly seenAt: (position: number) => number;
}

/**
 * The season of a series in which the day was seen to repeat and the week was not: a profile of working days and one of weekends about a
 * straight line that is fitted with them, to what steps differ from their profile's by in time and value (Frisch & Waugh 1933, Econometrica 1). Days begin at
 * the hour (UTC) where that leaves least. Null where the kinds differ by no more than chance (Student 1908, by the mean square over the day).
 */
export function workingDays({ y, beginMs, stepMs }: Pick<EvenSteps, "y" | "beginMs" | "stepMs">): WorkingDays | null {
  const perDay = DAY / stepMs;
  const longest = 7 * perDay;
  if (!Number.isInteger(perDay) || y.length < FEWEST_DAYS * perDay) return null;
  let best: Fit | null = null;
  for (let hour = FIRST_NIGHT; hour < LAST_NIGHT; hour++) {
    const found = fit(y, perDay, beginMs + stepMs / 2 - hour * HOUR);
    if (found !== null && (best === null || found.squares < best.squares)) best = found;
  }
  if (best === null || best.t <= LEAST_T) return null;
  const { at, beyondWorkAt, seenAt } = best;
  return { seasonal: y.map((_, i) => at(i)), longest, phases: 2 * perDay, at, beyondWorkAt, seenAt };
}

interface Fit extends Pick<WorkingDays, "at" | "beyondWorkAt" | "seenAt"> {
  /** Of what is left. */
  readonly squares: number;
  readonly t: number;
}

/** `firstMs`: the middle of the first step, by a clock whose days begin at midnight. */
function fit(y: Float64Array, perDay: number, firstMs: number): Fit | null {
  const stepMs = DAY / perDay;
  // Profiles one behind the other, working days first.
  const cellOf = (position: number): number => {
    const ms = firstMs + position * stepMs;
    return Math.floor((ms % DAY) / stepMs) + (isWeekend(ms) ? perDay : 0);
  };
  const cells = Uint16Array.from(y, (_, i) => cellOf(i));
  const counts = new Float64Array(2 * perDay);
  for (const cell of cells) counts[cell]!++;
  if (counts.includes(0)) return null;
  const profileOf = (valueAt: (i: number) => number): Float64Array => {
    const means = new Float64Array(2 * perDay);
    for (const [i, cell] of cells.entries()) means[cell]! += valueAt(i) / counts[cell]!;
    return means;
  };
  const ofTime = profileOf((i) => i);
  const ofValue = profileOf((i) => y[i]!);
  let both = 0;
  let time = 0;
  for (const [i, cell] of cells.entries()) {
    both += (i - ofTime[cell]!) * (y[i]! - ofValue[cell]!);
    time += (i - ofTime[cell]!) ** 2;
  }
  const slope = time > 0 ? both / time : 0;
  const profile = ofValue.map((value, cell) => value - slope * ofTime[cell]!);
  let squares = 0;
  for (const [i, cell] of cells.entries()) squares += (y[i]! - slope * i - profile[cell]!) ** 2;
  let apart = 0;
  let expected = 0;
  let mean = 0;
  for (let at = 0; at < perDay; at++) {
    const [working, weekend] = [profile[at]!, profile[at + perDay]!];
    apart += (working - weekend) ** 2;
    expected += 1 / counts[at]! + 1 / counts[at + perDay]!;
    mean += (5 * working + 2 * weekend) / (7 * perDay);
  }
  const variance = squares / Math.max(1, y.length - 2 * perDay - 1);
  return {
    at: (position) => profile[cellOf(position)]! - mean,
    beyondWorkAt: (position) => profile[cellOf(position)]! - profile[cellOf(position) % perDay]!,
    seenAt: (position) => counts[cellOf(position)]!,
    squares,
    t: Math.sqrt(apart / (variance * expected)),
  };
}

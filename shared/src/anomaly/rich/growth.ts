import { P, R, WEEK_HOURS } from "./layout.ts";

/** Growth is as it was before in the first four days of the last seven; it has to be there in both halves of them. */
const GROWS_FROM_HOURS = 120;
export const GROWS_UNTIL_HOURS = 72;
const ALIKE = 0.5;
/** Mean absolute errors of a day's mean by which two such differences differ by themselves. */
const NOISY = 8;
/** Mean absolute errors of a day's mean that a series must have gone to have grown where its halves disagree. */
const SURELY = 5;
/** Hours over which the slope that was found last is known. */
export let slopeHours = WEEK_HOURS;
/** Hours of known days that show whether a series grows. */
const FEWEST_KNOWN_HOURS = 48;
/** Hours over which it shows what a series grows by. */
const LONG_ENOUGH = 96;
/** Share of what a week has grown by within which the middle one of its days says so, too. */
const EVENLY = 0.5;
/** Days of a week, and how many of the steps between them must be known. */
export const DAYS = 7;
export const FEWEST_APART = 3;
const steps = new Float64Array(DAYS);

/**
 * What of `apart`, the distance to a measure that is `lag` hours behind, a series that has grown all week brings by itself: the slope from a week ago to
 * three days ago, which a new drift is not in, or in the same parts of what is known of the first week. Where its halves differ by no more than days that
 * err by `error` do it is that of both; else the lesser, and 0 unless they had about the same. Writes `slopeHours`, over which it is known.
 */
export function grownBefore(f: Float64Array, lag: number, lastWeek: number, apart: number, error: number): number {
  const all = lastWeek !== 0 ? WEEK_HOURS : Math.min(WEEK_HOURS, f[R.hoursSeen]! - 24);
  if (all < FEWEST_KNOWN_HOURS) return 0;
  const oldest = lastWeek !== 0 ? lastWeek : f[dayAt(f, all - 1)]!;
  const until = knownFrom(f, Math.floor((GROWS_UNTIL_HOURS * all) / WEEK_HOURS));
  const from = knownBetween(f, Math.max(Math.floor((GROWS_FROM_HOURS * all) / WEEK_HOURS), until + 12), until, all);
  if (oldest === 0 || from >= all - 1) return 0;
  const [then, between] = [f[dayAt(f, until)]!, f[dayAt(f, from)]!];
  slopeHours = all - until;
  const by = slopeOf(
    (between - oldest) / (all - from),
    (then - between) / (from - until),
    then - oldest,
    Math.min(all - from, from - until),
    error,
  );
  return by * apart <= 0 ? 0 : Math.sign(apart) * Math.min(Math.abs(apart), Math.abs(by) * lag);
}

/** What a series that had grown evenly before its level moved grows by in a week; 0 where the days of before, which err by `error`, do not show it. */
export function grownAWeek(f: Float64Array, error: number): number {
  const newest = knownFrom(f, 1);
  const between = knownFrom(f, (WEEK_HOURS + newest) >> 1);
  const oldest = WEEK_HOURS - 1;
  if (oldest - newest < FEWEST_KNOWN_HOURS || between >= oldest || f[dayAt(f, oldest)] === 0) return 0;
  const [first, middle, last] = [f[dayAt(f, oldest)]!, f[dayAt(f, between)]!, f[dayAt(f, newest)]!];
  slopeHours = oldest - newest;
  const [older, later] = [oldest - between, between - newest];
  return WEEK_HOURS * slopeOf((middle - first) / older, (last - middle) / later, last - first, Math.min(older, later), error);
}

/** Of two halves, the shorter of which is as long, and of what they went together; 0 where it is none. */
function slopeOf(first: number, second: number, went: number, hours: number, error: number): number {
  const differs = Math.abs(first - second) * hours;
  const same = first * second > 0;
  if (differs <= NOISY * error) return same || first * went > 0 || Math.abs(went) > SURELY * error ? went / slopeHours : 0;
  const [least, most] = Math.abs(first) < Math.abs(second) ? [first, second] : [second, first];
  return same && least / most >= ALIKE ? least : 0;
}

/** What the series has grown by in the last week, 0 where its days do not show that it grew evenly. */
export function weekGrown(f: Float64Array): number {
  let known = 0;
  const newest = knownFrom(f, 0);
  let oldest = newest;
  for (let day = 1; day <= DAYS; day++) {
    const ago = Math.min(newest + 24 * day, WEEK_HOURS - 1);
    if (ago <= oldest || f[dayAt(f, ago)] === 0) continue;
    steps[known++] = ((f[dayAt(f, oldest)]! - f[dayAt(f, ago)]!) / (ago - oldest)) * 24;
    oldest = ago;
  }
  if (known < FEWEST_APART || oldest - newest < LONG_ENOUGH) return 0;
  const grown = ((f[dayAt(f, newest)]! - f[dayAt(f, oldest)]!) / (oldest - newest)) * WEEK_HOURS;
  return Math.abs(DAYS * median(steps.subarray(0, known)) - grown) < EVENLY * Math.abs(grown) ? grown : 0;
}

/** Where the mean of the 24 hours before then is; 0 there is none. */
export const dayAt = (f: Float64Array, hoursAgo: number): number => P.days + ((f[R.hour]! - hoursAgo) % WEEK_HOURS);

/** So many hours ago or earlier, up to a week: hours with an event are not known. */
export function knownFrom(f: Float64Array, hoursAgo: number): number {
  let ago = hoursAgo;
  while (ago < WEEK_HOURS && f[dayAt(f, ago)] === 0) ago++;
  return ago;
}

/** So many hours ago or earlier, or where nothing is known of before that, later, but half a day before `until`; `all` where nothing is. */
function knownBetween(f: Float64Array, hoursAgo: number, until: number, all: number): number {
  const earlier = knownFrom(f, hoursAgo);
  if (earlier < all - 1) return earlier;
  let ago = hoursAgo;
  while (ago >= until + 12 && f[dayAt(f, ago)] === 0) ago--;
  return ago >= until + 12 ? ago : all;
}

/** Of values that it sorts. */
export function median(values: Float64Array): number {
  values.sort();
  return (values[values.length >> 1]! + values[(values.length - 1) >> 1]!) / 2;
}

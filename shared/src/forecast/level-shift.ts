import type { Change } from "./continued-levels.ts";
import type { Seasons } from "./member.ts";

/** Values on either side of a jump that its size is told from. */
const WINDOW = 12;
/** A shift is this many times as large as any jump before it: what has its like is foreseen by what came after that. */
const NO_LIKE = 3;
/** Seasons ago whose median says what a phase usually is. */
const SEASONS_BACK = 3;
/** Parts of what follows a jump lie within this share of it, or this many usual errors, of the level at first: what goes on rising is no level. */
const PARTS = { count: 3, share: 0.35, errors: 3 };
/** And the last lies no further beyond the first, away from where the jump came from: of two levels, the start of a ramp is one. */
const RISE = 0.25;
/** Values before a jump from which jumps are known: so many, and as many as follow it; twice as many where those are more than a season. */
const FEWEST = 3 * WINDOW;
/** How much it is believed at most that a level stays while it has not stayed for a season: days off are days. */
const UNTIL_A_SEASON = 0.85;
/** And while it is a single sample, for most of those are slips: the old level is forecast, and the new one is within the intervals. */
const LONE = 1 / 3;
/** A standard deviation in medians of absolute deviations. */
const MAD = 1.4826;
const ROUNDING = 1e-6;
/** Values that follow one another tell of a shape as often as every so many do. */
const OWN_SAY = 4;

export interface LevelShift extends Change {
  /** Index of the first value at the new level. */
  readonly at: number;
}

/** A history without its season: `rest` is what is left of `z` without what is `usual` at its phase, from `start` on. */
interface Deseasonalised {
  readonly usual: Float64Array;
  readonly rest: Float64Array;
  readonly start: number;
}

/**
 * A jump to another level in the newest season (in the last third of the history without one) that has no like in the series and after which it
 * stayed so far. `isLone`: all there is of the last value is one sample.
 * A history tells nothing of what follows what it has never seen: it may stay or go back, and stay as a share or as a difference. That it
 * stays is believed by (k + 1) / (k + 2) after k steps (Laplace's rule of succession), that it is a share by how well that fits them. Null without one.
 * Source: Chen & Liu 1993, Joint estimation of model parameters and outlier effects in time series (level shifts), JASA 88.
 */
export function findLevelShift(y: Float64Array, seasons: Seasons, isLone = true): LevelShift | null {
  const { short, long } = seasons;
  const n = y.length;
  const period = Math.max(short, long);
  const plain = deseasonalised(y, period);
  const logs = y.every((value) => value > 0) ? deseasonalised(y.map(Math.log), period) : null;
  const byLogs = logs === null ? null : jumpIn(logs, seasons);
  const byValues = jumpIn(plain, seasons);
  const isRatio = byLogs !== null && byLogs.unlike > byValues.unlike;
  const { at, unlike } = isRatio ? byLogs : byValues;
  if (!(unlike > NO_LIKE) || !leaves(plain, at)) return null;
  const difference = measured(plain, at);
  const after = n - at;
  const stays = after === 1 && isLone ? LONE : Math.min((after + 1) / (after + 2), after < short ? UNTIL_A_SEASON : 1);
  const moved = {
    at,
    levelled: y.map((value, i) => (i < at ? value + difference.size : value)),
    error: { absolute: difference.error, relative: 0, rise: 0 },
  };
  moved.levelled[at - 1] = plain.usual[at - 1]! + difference.level + difference.size;
  const back = { share: 1 - stays, factor: 1, offset: -difference.size, rise: 0 };
  const asItIs = { share: stays, factor: 1, offset: 0, rise: 0 };
  if (logs === null || (period <= 1 && !isRatio)) return { ...moved, continuations: [asItIs, back] };
  const ratio = measured(logs, at);
  const factor = Math.exp(ratio.size);
  if (!(factor > 0 && factor < Infinity)) return { ...moved, continuations: [asItIs, back] };
  let offAsRatio = 0;
  let offAsDifference = 0;
  for (let i = at; i < n; i++) {
    offAsRatio += (y[i]! - Math.exp(logs.usual[i]! + ratio.level + ratio.size)) ** 2;
    offAsDifference += (y[i]! - (plain.usual[i]! + difference.level + difference.size)) ** 2;
  }
  const odds = ((offAsRatio + Number.MIN_VALUE) / (offAsDifference + Number.MIN_VALUE)) ** (after / OWN_SAY);
  // Without a season both go on alike.
  const asRatio = period > 1 ? stays / (1 + odds) : stays;
  const asDifference = stays - asRatio;
  if (asRatio < asDifference)
    return {
      ...moved,
      continuations: [
        { share: asDifference, factor: 1, offset: 0, rise: 0 },
        { share: asRatio, factor, offset: -difference.size * factor, rise: 0 },
        back,
      ],
    };
  const levelled = y.map((value, i) => (i < at ? value * factor : value));
  levelled[at - 1] = Math.exp(logs.usual[at - 1]! + ratio.level + ratio.size);
  return {
    at,
    levelled,
    error: { absolute: 0, relative: ratio.error, rise: 0 },
    continuations: [
      { share: asRatio, factor: 1, offset: 0, rise: 0 },
      { share: asDifference, factor: 1 / factor, offset: difference.size, rise: 0 },
      { share: 1 - stays, factor: 1 / factor, offset: 0, rise: 0 },
    ],
  };
}

/** Where values without a season jumped last as they never did before, wherever to; null where they did not. */
export function lastJump(values: Float64Array): number | null {
  const { at, unlike } = jumpIn({ usual: new Float64Array(), rest: values, start: 0 }, { short: 1, long: 1 });
  return unlike > NO_LIKE ? at : null;
}

function deseasonalised(z: Float64Array, period: number): Deseasonalised {
  const n = z.length;
  const usual = new Float64Array(n);
  if (period <= 1) return { usual, rest: z, start: 0 };
  const growth = growthOfSeason(z, period);
  const back = growth === null ? 1 : SEASONS_BACK;
  const like: number[] = [];
  for (let i = period; i < n; i++) {
    like.length = 0;
    for (let k = 1; k <= back && i - k * period >= 0; k++) like.push(z[i - k * period]!);
    like.sort((a, b) => a - b);
    const middle = (like.length + 1) / 2;
    usual[i] = (like[Math.floor(middle) - 1]! + like[Math.ceil(middle) - 1]!) / 2 + middle * (growth ?? 0);
  }
  return { usual, rest: z.map((value, i) => (i < period ? 0 : value - usual[i]!)), start: period };
}

/**
 * By how much a value usually exceeds that of a season before; without it what has more seasons behind it would stand that much further above them, as after a
 * jump. Of the seasons before the newest one, which may have jumped. Null where they are too few to tell.
 */
function growthOfSeason(z: Float64Array, period: number): number | null {
  const count = z.length - 2 * period;
  if (count < FEWEST) return null;
  const grown = Float64Array.from({ length: count }, (_, i) => z[i + period]! - z[i]!).sort();
  return grown[count >> 1]!;
}

/** Where what is left jumps farthest beyond any jump before, and how far beyond; 0 where it does not stay there. */
function jumpIn({ rest, start }: Deseasonalised, { short, long }: Seasons): { readonly at: number; readonly unlike: number } {
  const n = rest.length;
  const inSeason = Math.max(n - short, (start + n) / 2);
  const most = short > 1 ? Math.max(short, long) : n;
  const first = Math.max(start + FEWEST, n - most, Math.ceil(Math.min(inSeason, (start + 2 * n) / 3)));
  const sums = sumsOf(rest);
  let widest = 0;
  for (let i = start; i < n; i++) widest = Math.max(widest, Math.abs(rest[i]!));
  let at = n;
  let unlike = 0;
  for (let w = 1; w <= WINDOW; w++) {
    let largest = widest * ROUNDING;
    let seen = start + WINDOW;
    for (let s = w < WINDOW ? Math.max(first, n - w) : first; s <= n - w; s++) {
      for (; seen + w < s; seen++) largest = Math.max(largest, Math.abs(jumpAt(sums, seen, w)));
      const jump = Math.abs(jumpAt(sums, s, w));
      if (!(jump > unlike * largest)) continue;
      at = s;
      unlike = jump / largest;
    }
  }
  if (at === n) return { at, unlike: 0 };
  at = splitAbout(sums, at);
  // A mean of what lies before and after the jump is of neither.
  if (at < n - 1 && Math.abs(rest[at]! - meanOf(sums, at + 1, n)) > PARTS.errors * usualError(sums, start, at, 1)) at++;
  return { at, unlike: isSteady(sums, start, at) ? unlike : 0 };
}

/** The place near `at` at which two levels leave the least squares. */
function splitAbout(sums: Float64Array, at: number): number {
  const n = sums.length - 1;
  const from = at - WINDOW;
  let best = at;
  let most = 0;
  for (let s = from + 1; s < Math.min(n, at + WINDOW); s++) {
    const explained = (s - from) * (n - s) * (meanOf(sums, s, n) - meanOf(sums, from, s)) ** 2;
    if (explained > most) [best, most] = [s, explained];
  }
  return best;
}

/** The size of a jump to `at`, its usual error, and the level before it. */
function measured({ rest, start }: Deseasonalised, at: number): { readonly size: number; readonly error: number; readonly level: number } {
  const sums = sumsOf(rest);
  const after = rest.length - at;
  const level = meanOf(sums, at - 1 - WINDOW, at - 1);
  return { size: meanOf(sums, at, rest.length) - level, error: usualError(sums, start, at, Math.min(WINDOW, after)), level };
}

/** Whether a jump leads away from what was usual: with another a day off is over, and a burst. */
function leaves({ rest, start }: Deseasonalised, at: number): boolean {
  const before = rest.slice(start, at).sort();
  const usual = before[before.length >> 1]!;
  const sums = sumsOf(rest);
  return Math.abs(meanOf(sums, at, rest.length) - usual) > Math.abs(meanOf(sums, at - WINDOW, at) - usual);
}

/** Whether the parts of what follows a jump lie about one level. */
function isSteady(sums: Float64Array, start: number, at: number): boolean {
  const n = sums.length - 1;
  const parts = Math.min(PARTS.count, n - at);
  const level = meanOf(sums, at, Math.min(n, at + WINDOW));
  const jump = level - meanOf(sums, at - WINDOW, at);
  const size = Math.abs(jump);
  const startOf = (part: number): number => at + Math.floor((part * (n - at)) / parts);
  const error = PARTS.errors * usualError(sums, start, at, Math.min(WINDOW, startOf(1) - at));
  const means = Array.from({ length: parts }, (_, part) => meanOf(sums, startOf(part), startOf(part + 1)));
  const rise = (means.at(-1)! - means[0]!) * Math.sign(jump);
  return !(rise > RISE * size && rise > error) && !means.some((mean) => Math.abs(mean - level) > Math.max(PARTS.share * size, error));
}

/** What the means of `w` values before `at` differ by from those of the window before them, as a standard deviation. */
function usualError(sums: Float64Array, start: number, at: number, w: number): number {
  const jumps = Float64Array.from({ length: at - w - start - WINDOW }, (_, i) => Math.abs(jumpAt(sums, start + WINDOW + i, w))).sort();
  return MAD * (jumps[jumps.length >> 1] ?? 0);
}

const jumpAt = (sums: Float64Array, at: number, w: number): number => meanOf(sums, at, at + w) - meanOf(sums, at - WINDOW, at);

const meanOf = (sums: Float64Array, from: number, to: number): number => (sums[to]! - sums[from]!) / (to - from);

/** Of everything before each place. */
function sumsOf(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  return sums;
}

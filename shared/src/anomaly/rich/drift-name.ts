import { KIND } from "../kind.ts";
import { DAY_BINS, P, R, WEEK_BINS } from "./layout.ts";

const HOURS = 24;
const BINS_AN_HOUR = 4;
/** Hours on either side of a step. */
const FEWEST = 2;
/** Share of what the day's mean is off that a step must explain. */
const EXPLAINS = 0.5;
/** By how much more likely, as a difference of the criterion, and share of what is left of the day that a season must explain. */
const MUCH_LIKELIER = 6;
const LEAVES = 0.5;

const left = new Float64Array(HOURS);
const season = new Float64Array(HOURS);

/** The step that named the last one: the level before it, without the season, and how far it went. */
export const stepFound = { before: 0, by: 0 };

/**
 * What a day's mean that is `off` from its measure shows: the hours of the last day are explained by a level (what has drifted for days hardly moves in
 * one), a slope, a step, or more or less of the season, come sooner or later; the likeliest by the criterion of Schwarz 1978 names it.
 */
export function nameOfDrift(f: Float64Array, off: number): number {
  for (let i = 0; i < HOURS; i++) {
    const hour = f[R.hour]! - HOURS + i;
    season[i] = f[R.model] === 0 ? 0 : profileOf(f, hour);
    left[i] = f[P.hours + (hour % HOURS)]! - season[i]!;
  }
  const level = squares(left, 0, HOURS);
  if (!(level > 0)) return KIND.trendChange;
  let best = Math.min(criterion(level, 1), criterion(level - explainedBySlope(), 2)) - MUCH_LIKELIER;
  let kind: number = KIND.trendChange;
  for (let from = FEWEST; from <= HOURS - FEWEST; from++) {
    const step = criterion(squares(left, 0, from) + squares(left, from, HOURS), 3);
    const before = mean(left, 0, from);
    const by = mean(left, from, HOURS) - before;
    if (step >= best || by * (HOURS - from) * Math.sign(off) <= EXPLAINS * HOURS * Math.abs(off)) continue;
    best = step;
    kind = KIND.levelShift;
    stepFound.before = before;
    stepFound.by = by;
  }
  if (f[R.model] === 0) return kind;
  const seasonal = withoutSeason();
  return seasonal < LEAVES * level && criterion(seasonal, 3) < best ? KIND.seasonalBreak : kind;
}

const criterion = (sum: number, parameters: number): number => HOURS * Math.log(sum / HOURS + 1e-300) + parameters * Math.log(HOURS);

function mean(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
}

/** Sum of squares about the mean. */
function squares(values: Float64Array, from: number, to: number): number {
  const middle = mean(values, from, to);
  let sum = 0;
  for (let i = from; i < to; i++) sum += (values[i]! - middle) * (values[i]! - middle);
  return sum;
}

/** Sum of squares that a straight line takes from what is left. */
function explainedBySlope(): number {
  let along = 0;
  for (let i = 0; i < HOURS; i++) along += (i - (HOURS - 1) / 2) * left[i]!;
  return (12 * along * along) / (HOURS * (HOURS * HOURS - 1));
}

/** What the season, and the season a quarter of a day later, do not explain of what is left. */
function withoutSeason(): number {
  const [y, s] = [mean(left, 0, HOURS), mean(season, 0, HOURS)];
  let [ss, st, tt, sy, ty, yy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < HOURS; i++) {
    const now = season[i]! - s;
    const later = season[(i + HOURS / 4) % HOURS]! - s;
    const value = left[i]! - y;
    ss += now * now;
    st += now * later;
    tt += later * later;
    sy += now * value;
    ty += later * value;
    yy += value * value;
  }
  const determinant = ss * tt - st * st;
  if (!(determinant > 1e-9 * ss * tt)) return ss > 0 ? yy - (sy * sy) / ss : yy;
  const byNow = (sy * tt - ty * st) / determinant;
  const byLater = (ty * ss - sy * st) / determinant;
  return Math.max(0, yy - byNow * sy - byLater * ty);
}

/** The mean of the profile that speaks, of the day or of the week, over an hour. */
export function profileOf(f: Float64Array, hour: number): number {
  const [at, bins] = f[R.model] === 1 ? [P.day, DAY_BINS] : [P.week, WEEK_BINS];
  let sum = 0;
  // Bins are counted from the same Thursday as hours are.
  for (let b = 0; b < BINS_AN_HOUR; b++) sum += f[at + ((hour * BINS_AN_HOUR + b) % bins)]!;
  return sum / BINS_AN_HOUR;
}

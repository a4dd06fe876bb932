import { KIND } from "../kind.ts";
import { isWatched } from "./echo.ts";
import { consider, evidence, learnLater, weigh } from "./evidence.ts";
import { beyondEdge, smoothSeasonAt, smoothedError } from "./expectation.ts";
import { sizeOfMean, sizeOfMoves } from "./held-value.ts";
import { M, MODEL_SIZE, P, R, FIT_TAILS, SEASON_TAILS, tailOf } from "./layout.ts";
import { NORMAL } from "./tail.ts";

const DAY_MS = 86_400_000;
/** Days after which the day's profile, and the week's, are a measure. */
const KNOWN_DAYS = 2;
const KNOWN_WEEK_DAYS = 7;
/** How fast the mean distance to the season follows. */
export const AWAY_RATE = 1 / 6;
const LEVEL_RATE = 0.003;
const SCALE_RATE = 0.005;
/** Share of what the model says of a mean that the usual distance may not fall below. */
const LEAST_SCALE = 0.7;
/** Usual distances to which one counts: a season that goes slowly must not be usual before it is found. */
const CREEPS = 2;
/** Until the fit to a season, or the distance from it, is a measure: half of what a day goes through must have been seen. */
const SETTLED_STEPS = 144;
const SETTLED_MS = DAY_MS / 2;
const isSettled = (f: Float64Array): boolean => f[R.seasonSteps]! >= SETTLED_STEPS && f[R.seasonSteps]! * f[R.spacingMs]! >= SETTLED_MS;
/** Over so long the fit of the season is measured. */
const FIT_MS = 6 * 3_600_000;
const FIT_LEARNS = 0.001;
/** Periods that a profile is a mean of at most, as far as it is renewed. */
const MOST_PERIODS = 5;
/** Weeks of which the profile is a mean while days say more of an hour that is as many usual distances from it. */
const FEW_WEEKS = 2;
const FAR = 8;
/** Times the season, as it was over these hours, to which one value counts: a season that goes or doubles leaves no more. */
const FIT_REACH = 3;
/** Share of the season that must be gone or come besides. */
const FIT_LEAVES = 0.4;
/** Share of a series' mean distance from its level that a season leaves. */
const SEASON_LEAVES = 0.6;

/**
 * Whether the series has left its season: the mean distance to the profile, which the other tests forgive where it comes smoothly, since
 * they know how the last steps went.
 */
export function testSeason(f: Float64Array, tMs: number, x: number, probability: number, caution: number): void {
  const days = (tMs - f[R.firstMs]!) / DAY_MS;
  if (days < KNOWN_DAYS) return;
  const model = days >= KNOWN_WEEK_DAYS ? 2 : 1;
  const season = f[P.models + model * MODEL_SIZE + M.season]!;
  if (season !== season) return;
  if (model !== f[R.seasonModel]) {
    // What days of the week differ by is nothing that the week's profile leaves.
    if (f[R.seasonModel] === 1) f[R.fitScale] = 0;
    f[R.seasonModel] = model;
    f[R.seasonSteps] = 0;
    f[R.seasonLevel] = x - season;
    f[R.seasonAway] = 0;
    f[R.seasonScale] = f[R.scale]!;
    f[R.seasonMean] = x;
    f[R.seasonWith] = 0;
    f[R.seasonWithout] = 0;
    f[R.fitSeason] = 0;
    f[R.fitLeft] = 0;
  }
  const steps = ++f[R.seasonSteps]!;
  const off = asDaysAre(f, model, x, beyondEdge(f, model, season + f[R.seasonLevel]!, x));
  const rate = Math.max(LEVEL_RATE, 1 / steps);
  f[R.seasonMean] = f[R.seasonMean]! + rate * (x - f[R.seasonMean]!);
  // With all that an edge would explain anything is a season: the profile of mere noise has edges, too.
  f[R.seasonWith] = f[R.seasonWith]! + rate * (Math.abs(x - season - f[R.seasonLevel]!) - f[R.seasonWith]!);
  f[R.seasonWithout] = f[R.seasonWithout]! + rate * (Math.abs(x - f[R.seasonMean]!) - f[R.seasonWithout]!);
  // Most series scatter more where they are higher.
  const weighed = off / Math.max(1, f[R.scaleWeight]!);
  const away = f[R.seasonAway]! + AWAY_RATE * (weighed - f[R.seasonAway]!);
  f[R.seasonAway] = away;
  // On the slopes of a season that is steep beside its noise nothing is off by much, and elsewhere the noise is as it is.
  const scale = Math.max(f[R.seasonScale]!, LEAST_SCALE * smoothedError(f, model, 1 / AWAY_RATE), sizeOfMoves(f));
  const held = Math.max(-4 * scale, Math.min(4 * scale, off));
  f[R.seasonLevel] = f[R.seasonLevel]! + rate * held;
  f[R.seasonScale] = scale + Math.max(SCALE_RATE, 1 / (steps + 10)) * (Math.min(Math.abs(away), CREEPS * scale) - scale);
  if (!(scale > 0)) return;
  // What moved is told; whether it is the level or the season, the watch will say.
  if (isWatched(f)) return;
  testFit(f, smoothSeasonAt(f, model, tMs), off, probability, caution);
  const tail = tailOf(model, SEASON_TAILS + (away > 0 ? 0 : 1));
  learnLater(tail, Math.abs(away) / scale, 1 / AWAY_RATE);
  if (!isSettled(f) || f[R.seasonWith]! > SEASON_LEAVES * f[R.seasonWithout]!) return;
  evidence.season = Math.max(evidence.season, weigh(f, tail, Math.abs(away) / scale, probability, 1 / AWAY_RATE, caution));
  // What is sudden has another name.
  if (evidence.strength < 1) consider(evidence.season, KIND.seasonalBreak);
}

/**
 * Of what is far from the week's profile while that is a mean of few, what is not as days are, either, in a series whose days are more alike: an hour of the
 * first week that was unlike all others, as the first one of a disk that had just been emptied, says little of the same one of the next weeks.
 */
function asDaysAre(f: Float64Array, model: number, x: number, off: number): number {
  const [day, week] = [P.models + MODEL_SIZE, P.models + 2 * MODEL_SIZE];
  const mayBeOne = model === 2 && periodsKnown(f) <= FEW_WEEKS && Math.abs(off) > FAR * f[R.seasonScale]!;
  if (!mayBeOne || !(f[day + M.away]! < f[week + M.away]!)) return off;
  const offDay = beyondEdge(f, 1, f[day + M.season]! + f[day + M.level]!, x);
  return offDay * off <= 0 ? 0 : Math.abs(offDay) < Math.abs(off) ? offDay : off;
}

/**
 * Whether the season is as strong as it was: what is left of it over some hours, as a share of the season itself. -1 where the season has gone, 1
 * where it has doubled, about -1.5 where it comes a third of a day later. Each hour's distance may be within what is usual meanwhile.
 */
function testFit(f: Float64Array, season: number, off: number, probability: number, caution: number): void {
  const rate = Math.min(0.1, f[R.spacingMs]! / FIT_MS);
  const steps = f[R.seasonSteps]!;
  f[R.fitMean] = steps === 1 ? season : f[R.fitMean]! + Math.max(LEVEL_RATE, 1 / steps) * (season - f[R.fitMean]!);
  const centred = season - f[R.fitMean]!;
  f[R.fitSeason] = f[R.fitSeason]! + Math.max(rate, 1 / steps) * (centred * centred - f[R.fitSeason]!);
  const strength = Math.sqrt(f[R.fitSeason]!);
  const held = Math.max(-FIT_REACH * strength, Math.min(FIT_REACH * strength, off));
  f[R.fitLeft] = f[R.fitLeft]! + Math.max(rate, 1 / steps) * (centred * held - f[R.fitLeft]!);
  f[R.fitTrust] = f[R.fitTrust]! + Math.max(rate / 20, 1 / steps) * ((f[R.model]! > 0 ? 1 : 0) - f[R.fitTrust]!);
  if (!(strength > 0)) return;
  const left = f[R.fitLeft]! / strength;
  const at = P.models + f[R.seasonModel]! * MODEL_SIZE;
  const goesOn = f[at + M.variance]! > 0 ? Math.max(0, Math.min(0.98, f[at + M.covariance]! / f[at + M.variance]!)) : 0;
  // A profile of one period errs by as much over an hour as the values themselves.
  const theory = (f[at + M.error]! / (1 - goesOn)) * Math.sqrt((rate / 2) * (1 + 1 / periodsKnown(f)));
  const settled = isSettled(f);
  const scale = Math.max(f[R.fitScale]! || theory, sizeOfMean(f, FIT_MS));
  const tail = tailOf(f[R.seasonModel]!, FIT_TAILS + (left > 0 ? 0 : 1));
  // A mean of a few steps is further out than one of hours, and would be the most there has been.
  if (settled) learnLater(tail, Math.abs(left) / scale, 1 / rate);
  // A season that goes leaves what goes on from step to step: that must be usual no sooner than the season's absence is.
  if (settled) f[R.fitScale] = scale + FIT_LEARNS * (Math.min(Math.max(Math.abs(left), theory), CREEPS * scale) - scale);
  if (!settled || f[R.fitTrust]! < 0.5 || Math.abs(left) < FIT_LEAVES * strength) return;
  evidence.season = weigh(f, tail, Math.abs(left) / scale, probability / rate, 1 / rate, caution, 1, NORMAL);
  evidence.misfit = evidence.season;
  if (evidence.strength < 1) consider(evidence.season, KIND.seasonalBreak);
}

/** Periods that the profile is a mean of. */
function periodsKnown(f: Float64Array): number {
  const days = (f[R.lastMs]! - f[R.firstMs]!) / DAY_MS;
  return Math.min(MOST_PERIODS, Math.floor(f[R.seasonModel] === 1 ? days : days / KNOWN_WEEK_DAYS));
}

/** The season is back, or is another: its fit is measured anew. */
export function forgetFit(f: Float64Array): void {
  f[R.fitLeft] = 0;
}

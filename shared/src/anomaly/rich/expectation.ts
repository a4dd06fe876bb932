import { KIND } from "../kind.ts";
import { DAY_BINS, DAY_HOURS_AT, G, H, LEVEL_MOVED, M, MODELS, MODEL_SIZE, O, P, R, RING, UNBROKEN_AT, WEEK_BINS } from "./layout.ts";
import { passage, passageFrom, readPassages } from "./passage.ts";
import { daysLike } from "./habit.ts";
import { sizeOfMoves } from "./held-value.ts";
import { grownBy } from "./season-scale.ts";
import { learnSeason, seasonAt, smoothAt, unlearn, unlearnSeason } from "./season.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const SLOW = 0.01;
const ERROR_RATE = 0.005;
const EDGE_MS = 1_800_000;
/** Mean absolute errors that the season goes in an hour where it has an edge. */
const EDGE = 3;
/** Mean absolute errors that a miss counts at most where an edge explains it. */
const EDGES = 2;
/** Visits of an hour of the week that are of its first. */
const ONCE = 1.5;
/** Mean absolute errors from which it is unlike what all but one of the last five days had at this time. */
const UNLIKE = 8;
/** Of that, by which another hour of its day is unlike them, too; and share of a day that makes it a day of its own. */
const PART = 0.3;
const HALF_A_DAY = 0.5;
const MOST_DAYS = 4;
/** Mean absolute errors to which one step counts in what a series scatters at a height, and how far that may be from what it is on average. */
const HELD_SIZE = 3;
const LEAST_WEIGHT = 0.2;
const MOST_WEIGHT = 2.5;
/** Of a series of whole numbers one more or less is never a surprise. */
const QUANTUM = 0.3;
/** Share of a series' mean distance from its level that a season leaves. */
const SEASON_LEAVES = 0.6;
/** How fast that distance is learned: over about a day, lest a quiet night or weekend forget it, or of longer steps over 333. */
const AWAY = 0.003;
const AWAY_STEP_MS = 300_000;
/** Steps after which it is known how much a series scatters where. */
const FEWEST_SIZES = 144;
/** Scales to which a miss counts in what is learned of a season. */
const REACH = 4;
/** The same of a far value that has been told. */
const REACH_OF_TOLD = 1;
/** How long a season may have been left before that is told. */
const UNTOLD_MS = 9_000_000;

/** Steps of a bin in one period from which the others show what is not of it. */
const FEWEST_VISITS = 2;

/** Half a millisecond late: what lies exactly between two bins is the beginning of the later one, whichever way the division is rounded. */
const phaseOf = (tMs: number, periodMs: number): number => (tMs - Math.floor(tMs / periodMs) * periodMs + 0.5) / periodMs;

/**
 * The expected value by three models: no season, the day's profile, the week's; each with an offset and a first-order autoregression of
 * what is left. The one that errs least speaks. Writes `expected`, `scale` (mean absolute error) and `model`. `x` says only whether an hour was the first week's alone.
 * Source: Box & Jenkins 1970 (AR(1)); Gelper, Fried & Croux 2010 (clipped learning).
 */
export function expect(f: Float64Array, tMs: number, x: number): void {
  let best = 0;
  let least = Infinity;
  const age = tMs - f[R.firstMs]!;
  // A quiet hour is no proof: an error is compared once it is a mean over as many steps as the others are.
  const compared = comparedAfter(f);
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    // What was seen in this pass of the period is no season yet.
    const season = m === 0 ? 0 : age < (m === 1 ? DAY_MS : WEEK_MS) ? Number.NaN : knownAt(f, m, tMs, x);
    f[at + M.season] = season;
    f[at + M.prediction] = season + f[at + M.offset]! + persistenceOf(f, at) * f[at + M.previous]!;
    const known = m === 0 || (season === season && f[at + M.seen]! > compared);
    // A season must earn its place; once it has, the week is preferred, lest its days that differ be news every week.
    const error = f[at + M.error]! * (m === 0 ? 1 : isSeason(f, m) ? 0.8 : 1.05) * (m === 2 && best === 1 ? 0.8 : 1);
    if (known && error < least) {
      least = error;
      best = m;
    }
  }
  const at = P.models + best * MODEL_SIZE;
  f[R.model] = best;
  f[R.expected] = f[at + M.prediction]!;
  f[R.modelError] = f[at + M.error]!;
  f[R.scaleWeight] = scaleAt(f);
  f[R.scale] = Math.max(f[at + M.error]! * f[R.scaleWeight]!, QUANTUM * f[R.quantum]!, sizeOfMoves(f));
  readPassages(f, tMs);
  findEdge(f, tMs, best, f[at + M.season]!);
}

/** The share of a departure that goes on in the next step. */
export function persistenceOf(f: Float64Array, at: number): number {
  const variance = f[at + M.variance]!;
  return variance > 0 ? Math.max(0, Math.min(0.995, f[at + M.covariance]! / variance)) : 0;
}

/**
 * The profile; of the week's, where it has seen but one week, not hours that are unlike all days since where the value is as theirs: those were an incident, and no
 * season, unless most of that day was unlike the others.
 */
function knownAt(f: Float64Array, model: number, tMs: number, x: number): number {
  const season = profileAt(f, model, tMs);
  // While an event is open offsets go with it, and after it the season may be another times as high.
  if (model !== 2 || hasComeAgain(f, tMs) || f[R.eventKind]! >= 0 || f[R.watchLeft]! > 0 || grownBy(f) !== 1) return season;
  const usual = season + f[P.models + 2 * MODEL_SIZE + M.offset]!;
  const apart = Math.abs(x - usual);
  // Where it is as its day is, the level has moved since.
  const differs = isUnlike(f, weekBin(tMs), PART * apart);
  const wasIncident =
    differs && apart > UNLIKE * f[R.scale]! && daysLike(f, tMs, x, usual) >= MOST_DAYS && partUnlike(f, tMs, PART * apart) < HALF_A_DAY;
  return wasIncident ? Number.NaN : season;
}

/** Whether an hour of the week has come again, and been learned. */
const hasComeAgain = (f: Float64Array, tMs: number): boolean =>
  f[P.week + WEEK_BINS + weekBin(tMs)]! * f[R.spacingMs]! > ONCE * (WEEK_MS / WEEK_BINS);

/** The share of this day of the week that is further than that from what all days are. */
function partUnlike(f: Float64Array, tMs: number, apart: number): number {
  const midnight = Math.floor(weekBin(tMs) / DAY_BINS) * DAY_BINS;
  let unlike = 0;
  for (let k = 0; k < DAY_BINS; k++) if (isUnlike(f, midnight + k, apart)) unlike++;
  return unlike / DAY_BINS;
}

function isUnlike(f: Float64Array, bin: number, apart: number): boolean {
  const between = f[P.models + 2 * MODEL_SIZE + M.offset]! - f[P.models + MODEL_SIZE + M.offset]!;
  return Math.abs(f[P.week + bin]! + between - f[P.day + (bin % DAY_BINS)]!) > apart;
}

/** Steps of a season after which its errors are a mean over as many as the others'; at most a day's. */
function comparedAfter(f: Float64Array): number {
  const perDay = f[R.spacingMs]! > 0 ? DAY_MS / f[R.spacingMs]! : 0;
  return Math.max(DAY_BINS / 2, Math.min(1 / ERROR_RATE, perDay));
}

/** Whether the series is mostly where this season puts it: then what follows its last values a little more closely knows less of its edges. */
function isSeason(f: Float64Array, model: number): boolean {
  const at = P.models + model * MODEL_SIZE;
  return f[at + M.seen]! > comparedAfter(f) && f[at + M.away]! < SEASON_LEAVES * f[P.models + M.away]!;
}

/** The scale where the series is expected now: most scatter more where they are higher. */
function scaleAt(f: Float64Array): number {
  const apart = f[R.upperAt]! - f[R.lowerAt]!;
  const seen = f[R.sizesSeen]!;
  if (!(apart > 0) || seen < FEWEST_SIZES) return 1;
  const [lower, upper] = [f[R.lowerSize]!, f[R.upperSize]!];
  const share = Math.max(-0.5, Math.min(1.5, (f[R.expected]! - f[R.lowerAt]!) / apart));
  const size = lower + share * (upper - lower);
  const mean = 0.5 * (lower + upper);
  // Levels no further apart than the error between them tell little.
  const told = apart / (apart + f[R.modelError]!);
  return mean > 0 ? 1 + told * (Math.max(LEAST_WEIGHT, Math.min(MOST_WEIGHT, size / mean)) - 1) : 1;
}

function learnScale(f: Float64Array, x: number): void {
  const expected = f[R.expected]!;
  const error = f[R.modelError]!;
  if (!(error > 0)) return;
  const seen = ++f[R.sizesSeen]!;
  const rate = Math.max(0.002, 1 / seen);
  f[R.middle] = f[R.middle]! + rate * (expected - f[R.middle]!);
  if (seen < 12) return;
  const size = Math.min(HELD_SIZE, sizeOfMiss(f, f[R.model]!, expected, x, EDGES * error) / error);
  const [at, mean] = expected > f[R.middle]! ? [R.upperAt, R.upperSize] : [R.lowerAt, R.lowerSize];
  if (f[mean] === 0) {
    // One error says where, but not how much it scatters there.
    f[at] = expected;
    f[mean] = 1;
  }
  const own = Math.max(0.004, 2 / seen);
  f[at] = f[at]! + own * (expected - f[at]!);
  f[mean] = f[mean]! + own * (size - f[mean]!);
}

export function profileAt(f: Float64Array, model: number, tMs: number): number {
  const edge = EDGE * f[R.scale]!;
  return model === 1
    ? seasonAt(f, P.day, DAY_BINS, phaseOf(tMs, DAY_MS), edge)
    : seasonAt(f, P.week, WEEK_BINS, phaseOf(tMs, WEEK_MS), edge);
}

/** The season of a model about `tMs`, without most of the noise that a bin of a few values has. */
export function smoothSeasonAt(f: Float64Array, model: number, tMs: number): number {
  return model === 1 ? smoothAt(f, P.day, DAY_BINS, phaseOf(tMs, DAY_MS)) : smoothAt(f, P.week, WEEK_BINS, phaseOf(tMs, WEEK_MS));
}

/** Where the season has an edge it may come half an hour earlier or later: the value is as expected within what it goes through. */
function findEdge(f: Float64Array, tMs: number, model: number, season: number): void {
  f[R.edgeLow] = 0;
  f[R.edgeHigh] = 0;
  if (model === 0) return;
  const before = profileAt(f, model, tMs - EDGE_MS);
  const after = profileAt(f, model, tMs + EDGE_MS);
  if (!(Math.abs(after - before) > EDGE * f[R.scale]!)) return;
  f[R.edgeLow] = Math.min(0, before - season, after - season);
  f[R.edgeHigh] = Math.max(0, before - season, after - season);
}

/** How far the value is from what is expected. */
export function missOf(f: Float64Array, x: number): number {
  return beyondEdge(f, f[R.model]!, f[R.expected]!, x);
}

/** How far the value is from `base`, where `model` has it, beyond what its season and the days before go through at about this time. */
export function beyondEdge(f: Float64Array, model: number, base: number, x: number): number {
  passageFrom(f, model, base);
  const ofModel = model === f[R.model]!;
  const low = Math.min(passage.low, ofModel ? f[R.edgeLow]! : 0);
  const high = Math.max(passage.high, ofModel ? f[R.edgeHigh]! : 0);
  const miss = x - base;
  if (low === high) return miss;
  return miss < low ? miss - low : Math.max(0, miss - high);
}

/** The size of a miss: of what an edge explains at most `usual`, since it is neither more nor less than that. */
export function sizeOfMiss(f: Float64Array, model: number, base: number, x: number, usual: number): number {
  const raw = Math.abs(x - base);
  return Math.max(Math.abs(beyondEdge(f, model, base, x)), Math.min(raw, usual));
}

/** Usual size of what a mean over `steps`, each weighing less than the one after it, is from where the model has the series without its last values. */
export function smoothedError(f: Float64Array, model: number, steps: number): number {
  const at = P.models + model * MODEL_SIZE;
  const goesOn = f[at + M.variance]! > 0 ? Math.max(0, Math.min(0.98, f[at + M.covariance]! / f[at + M.variance]!)) : 0;
  const kept = goesOn * (1 - 1 / steps);
  return f[at + M.away]! * Math.sqrt((1 + kept) / (1 - kept) / (2 * steps - 1));
}

/** After the step has been judged. `calm` false while an event is open: then surprises are held to what is usual. */
export function learnExpectation(f: Float64Array, tMs: number, x: number, calm: boolean): void {
  const n = f[R.steps]!;
  const floor = 1e-4 * (f[R.high]! - f[R.low]!) + 1e-12;
  const spacing = f[R.spacingMs]!;
  const weight = f[R.scaleWeight]!;
  for (let m = 0; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    const season = f[at + M.season]!;
    if (season !== season) continue;
    const seen = f[at + M.seen]!;
    const error = f[at + M.error]!;
    const young = seen < 10;
    // What is usual is kept as it is on average, whatever the series scatters at where it is now.
    const here = error * weight;
    const limit = (calm ? 5 : 2) * here + floor;
    const miss = x - f[at + M.prediction]!;
    const rate = Math.max(ERROR_RATE, 1 / (seen + 1));
    if (seen > 0) f[at + M.error] = error + rate * ((young ? Math.abs(miss) : Math.min(Math.abs(miss), limit)) / weight - error);
    const away = Math.max(AWAY * Math.min(1, spacing / AWAY_STEP_MS), 1 / (seen + 1));
    f[at + M.level] = f[at + M.level]! + away * (x - season - f[at + M.level]!);
    f[at + M.away] = f[at + M.away]! + away * (Math.abs(x - season - f[at + M.level]!) - f[at + M.away]!);
    // What is explained by an edge is no other level.
    const left = beyondEdge(f, m, season + f[at + M.offset]!, x);
    const held = young ? left : Math.max(-8 * here - floor, Math.min(8 * here + floor, left));
    const slow = Math.max(SLOW, 1 / (seen + 1));
    f[at + M.offset] = f[at + M.offset]! + slow * held;
    const now = x - season - f[at + M.offset]!;
    const spread = Math.sqrt(f[at + M.variance]!);
    const bound = young ? Infinity : 5 * spread + floor;
    const clipped = Math.max(-bound, Math.min(bound, now));
    const before = Math.max(-bound, Math.min(bound, f[at + M.previous]!));
    // Nor does what a level that moved leaves of the season say how long a departure goes on.
    if (seen > 0 && calm && f[R.watchLeft]! <= 0) {
      f[at + M.variance] = f[at + M.variance]! + rate * (clipped * clipped - f[at + M.variance]!);
      f[at + M.covariance] = f[at + M.covariance]! + rate * (clipped * before - f[at + M.covariance]!);
    }
    f[at + M.previous] = now;
    f[at + M.seen] = seen + 1;
  }
  if (calm) learnScale(f, x);
  // What is there while a season is gone is none of it; but of a week that has not been before nothing else is known.
  const gone = f[R.eventKind] === KIND.seasonalBreak || f[R.watchLeft]! > 0;
  const isFirstWeek = tMs - f[R.firstMs]! < WEEK_MS;
  if (gone && !isFirstWeek) return;
  const usual = f[R.scale]!;
  const expected = f[R.expected]!;
  // In its first week a season may bring what nobody could expect.
  // A far value that has been told is no season.
  const told = f[R.eventKind] === KIND.spike || f[R.eventKind] === KIND.dip;
  const reach = (told ? REACH_OF_TOLD : isFirstWeek ? 12 : REACH) * usual + floor;
  // Nor is it expected again for having been the last value.
  const base = f[P.models + f[R.model]! * MODEL_SIZE + M.season]! + f[P.models + f[R.model]! * MODEL_SIZE + M.offset]!;
  const isBack = told && Math.abs(x - base) < Math.abs(expected - base);
  // Where a level has just moved in the first week it is expected from the next step on.
  const around = isFirstWeek && Math.abs(x - base) < Math.abs(x - expected) ? base : expected;
  // Of its first week nothing else is known: what has not been told as a far value is learned as it was, edges above all.
  const left = beyondEdge(f, f[R.model]!, around, x);
  const learned = n < 20 || isBack || (isFirstWeek && calm) ? x : x - left + Math.max(-reach, Math.min(reach, left));
  const perVisit = spacing > 0 ? DAY_MS / DAY_BINS / spacing : 0;
  // Where other values of the same quarter of an hour say what it has.
  const excess = n < 20 || told || perVisit < FEWEST_VISITS ? 0 : left - Math.max(-REACH * usual, Math.min(REACH * usual, left));
  if (!gone) {
    const share = learnSeason(f, P.day, DAY_BINS, phaseOf(tMs, DAY_MS), learned - f[P.models + MODEL_SIZE + M.offset]!, perVisit);
    f[O.day] = learned === x ? Math.fround(share * excess) : 0;
  }
  // What comes last in the first week's first bin lies a week from what it has: where the series grows it is neither.
  if (isFirstWeek && tMs - f[R.firstMs]! > WEEK_MS / 2 && weekBin(tMs) === weekBin(f[R.firstMs]!)) return;
  const ofWeek = isFirstWeek && !told ? x : learned;
  const visits = P.week + WEEK_BINS + weekBin(tMs);
  // What the first week alone had is forgotten at once.
  if (!isFirstWeek && f[P.models + 2 * MODEL_SIZE + M.season] !== f[P.models + 2 * MODEL_SIZE + M.season])
    f[visits] = Math.min(1, f[visits]!);
  const share = learnSeason(f, P.week, WEEK_BINS, phaseOf(tMs, WEEK_MS), ofWeek - f[P.models + 2 * MODEL_SIZE + M.offset]!, perVisit);
  f[O.week] = ofWeek === x ? Math.fround(share * excess) : 0;
}

/** Takes back what the last step, at `R.lastMs`, brought too much to the profiles. */
export function unlearnProfiles(f: Float64Array): void {
  unlearn(f, P.day, DAY_BINS, phaseOf(f[R.lastMs]!, DAY_MS), f[O.day]!);
  unlearn(f, P.week, WEEK_BINS, phaseOf(f[R.lastMs]!, WEEK_MS), f[O.week]!);
}

const weekBin = (tMs: number): number => Math.floor(phaseOf(tMs, WEEK_MS) * WEEK_BINS);

/**
 * What has stayed for the last `steps` is what the series has at this time of the week, as far as is known in its first: the steps in which that was in doubt
 * are learned again as they were, lest they be expected to be as before in a week and be news once more. The bin it began in keeps what came before.
 */
export function relearnWeek(f: Float64Array, steps: number): void {
  const tMs = f[R.lastMs]!;
  if (tMs - f[R.firstMs]! >= WEEK_MS) return;
  const offset = f[P.models + 2 * MODEL_SIZE + M.offset]!;
  const binAgo = (k: number): number => weekBin(tMs - k * f[R.spacingMs]!);
  const began = binAgo(steps);
  let last = -1;
  let count = 0;
  for (let k = steps - 1; k >= 0; k--) {
    const bin = binAgo(k);
    if (bin === began) continue;
    const left = f[P.values + ((f[R.clock]! - 1 - k + RING) % RING)]! - offset;
    count = bin === last ? count + 1 : 1;
    last = bin;
    f[P.week + bin] = Math.fround(count === 1 ? left : f[P.week + bin]! + (left - f[P.week + bin]!) / count);
    f[P.week + WEEK_BINS + bin] = Math.max(1, f[P.week + WEEK_BINS + bin]!);
  }
}

/**
 * A season that is left has been for a while when that is told, since within an hour of an edge nothing is said: what the profiles learned meanwhile is taken
 * back, lest the next ordinary day be unlike them. The newest step has not been learned yet. `told`: steps before it that were learned as a far value is.
 */
export function unlearnBreak(f: Float64Array, told: number): void {
  const spacing = f[R.spacingMs]!;
  const since = Math.min(UNTOLD_MS, f[R.lastMs]! - Math.max(f[R.firstMs]! + WEEK_MS, f[R.eventEndMs]!));
  if (!(spacing > 0) || since <= 0) return;
  // When those before a hole were is not known, nor how far the first one after it was.
  const steps = Math.min(RING, f[R.clock]!, f[UNBROKEN_AT]!, Math.floor(since / spacing)) - 1;
  for (let k = 1; k <= steps; k++) {
    const tMs = f[R.lastMs]! - k * spacing;
    const at = (f[R.clock]! - 1 - k) % RING;
    const miss = f[P.innovations + at]!;
    const reach = k <= told ? REACH_OF_TOLD : REACH;
    const learned = f[P.values + at]! - (miss - Math.max(-reach, Math.min(reach, miss))) * f[R.scale]!;
    const of = (model: number): number => learned - f[P.models + model * MODEL_SIZE + M.offset]!;
    unlearnSeason(f, P.day, DAY_BINS, phaseOf(tMs, DAY_MS), of(1), DAY_MS / DAY_BINS / spacing);
    unlearnSeason(f, P.week, WEEK_BINS, phaseOf(tMs, WEEK_MS), of(2), WEEK_MS / WEEK_BINS / spacing);
  }
  // What moves to where the series is now is measured from the profiles as they are again.
  for (let m = 1; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE + M.season;
    if (f[at] === f[at]) f[at] = profileAt(f, m, f[R.lastMs]!);
  }
}

/** The level has moved for good: by how much last week's days have, the next day tells. */
export function moveLevel(f: Float64Array, level: number): void {
  f[R.driftModel] = LEVEL_MOVED;
  // Nor is the step between two levels what hours scatter by.
  f[R.hoursModel] = f[DAY_HOURS_AT + H.model] = -1;
  // While it is watched, it may be the season that has gone: that is measured from where it was.
  if (f[R.watchLeft]! <= 0) f[R.seasonModel] = 0;
  // It may be higher by a factor, and the season with it.
  f.fill(0, G.steps, G.valueSquares + 1);
  f[G.steps] = 1;
  moveOffsets(f, level);
}

/** The level has moved for now: offsets start where it is. */
export function moveOffsets(f: Float64Array, level: number): void {
  for (let m = 0; m < MODELS; m++) {
    const model = P.models + m * MODEL_SIZE;
    if (f[model + M.season] !== f[model + M.season]) continue;
    f[model + M.offset] = level - f[model + M.season]!;
    f[model + M.previous] = 0;
  }
  forgetInnovations(f);
}

/** What is over must not count again in the sums. */
export function forgetInnovations(f: Float64Array): void {
  f.fill(0, P.innovations, P.innovations + RING);
  f[R.fresh] = 0;
}

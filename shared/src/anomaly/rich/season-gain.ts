import { KIND } from "../kind.ts";
import { isWatched } from "./echo.ts";
import { forgetInnovations, smoothSeasonAt } from "./expectation.ts";
import { DAY_BINS, G, M, MODELS, MODEL_SIZE, P, R } from "./layout.ts";
import { scaleSeason } from "./season-scale.ts";
import { endSpread } from "./spread-test.ts";

/** How long after a level has moved its season may turn out to have grown with it: longer than a weekend. */
const MAY_GROW_MS = 4 * 86_400_000;
/** Steps, and how long, before anything is said of it. */
const FEWEST_STEPS = 24;
const FEWEST_MS = 7_200_000;
/** Least change of the season's size, and standard errors of it, that are no accident. */
const LEAST = 0.15;
const SURELY = 4;
/** Share of the day's variance that must have been seen since: an edge that comes sooner is no higher season. */
const SEEN = 0.3;
/** How mostly a season must speak: of what is noise any other noise is a part only. */
const SPEAKS = 0.5;
/** A season that goes by more is another one. */
const MOST = 4;

/**
 * One step after a level has moved. Traffic that doubles has seasons twice as high: how much of what the week's profile says the series now goes is fitted by
 * least squares over all steps since, and once that is surely not all of it the profiles are stretched to it. `calm`: nothing is told of the step.
 * Source: Welford 1962 (running sums of squares).
 */
export function followGain(f: Float64Array, tMs: number, x: number, calm: boolean): void {
  if (f[G.steps] === 0) return;
  if (f[G.steps]! * f[R.spacingMs]! > MAY_GROW_MS || f[R.eventKind] === KIND.seasonalBreak) {
    f[G.steps] = 0;
    return;
  }
  const season = smoothSeasonAt(f, 2, tMs);
  if (!calm || season !== season) return;
  const n = f[G.steps]!;
  f[G.steps] = n + 1;
  const off = season - f[G.season]!;
  const gone = x - f[G.value]!;
  f[G.season] = Math.fround(f[G.season]! + off / n);
  f[G.value] = Math.fround(f[G.value]! + gone / n);
  const rest = x - f[G.value]!;
  f[G.seasonSquares] = Math.fround(f[G.seasonSquares]! + off * (season - f[G.season]!));
  f[G.products] = Math.fround(f[G.products]! + off * rest);
  f[G.valueSquares] = Math.fround(f[G.valueSquares]! + gone * rest);
  if (n < FEWEST_STEPS || n * f[R.spacingMs]! < FEWEST_MS || f[R.fitTrust]! < SPEAKS || isWatched(f)) return;
  const gain = f[G.products]! / f[G.seasonSquares]!;
  if (!(Math.abs(gain - 1) > LEAST) || gain < 1 / MOST || gain > MOST) return;
  const left = Math.max(0, f[G.valueSquares]! - gain * f[G.products]!);
  if (Math.abs(gain - 1) < SURELY * errorOf(f, n, left)) return;
  if (f[G.seasonSquares]! > SEEN * n * varianceOfDay(f)) stretch(f, gain, x, f[G.value]! + gain * (season - f[G.season]!));
}

/** Standard error of the gain, of errors that go on from step to step as far as the week's model says. */
function errorOf(f: Float64Array, n: number, left: number): number {
  const at = P.models + 2 * MODEL_SIZE;
  const goesOn = f[at + M.variance]! > 0 ? Math.max(0, Math.min(0.9, f[at + M.covariance]! / f[at + M.variance]!)) : 0;
  return Math.sqrt(((left / (n - 2) / f[G.seasonSquares]!) * (1 + goesOn)) / (1 - goesOn));
}

/** Of the day's profile. */
function varianceOfDay(f: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (let k = P.day; k < P.day + DAY_BINS; k++) {
    sum += f[k]!;
    squares += f[k]! * f[k]!;
  }
  return squares / DAY_BINS - (sum / DAY_BINS) ** 2;
}

/** The profiles are so many times as high: `expected` of the value `x`. */
export function stretch(f: Float64Array, gain: number, x: number, expected: number): void {
  scaleSeason(f, gain);
  for (let m = 1; m < MODELS; m++) {
    const at = P.models + m * MODEL_SIZE;
    const season = f[at + M.season]!;
    if (season !== season) continue;
    f[at + M.offset] = expected - season;
    f[at + M.level] = expected - season;
    f[at + M.previous] = x - expected;
  }
  // The season is measured from where it is.
  f[R.seasonModel] = 0;
  f[R.fitLeft] = 0;
  forgetInnovations(f);
  endSpread(f, false);
  f.fill(0, G.steps, G.valueSquares + 1);
  f[G.steps] = 1;
}

import { latest } from "../base-detector.ts";
import { KIND } from "../kind.ts";
import { lastEvent } from "./echo.ts";
import { testDrift } from "./drift-test.ts";
import { clearEvidence, consider, endOfSums, evidence, learnLater, weigh } from "./evidence.ts";
import { testLevel } from "./level-test.ts";
import { testSeason } from "./season-test.ts";
import { M, MODEL_SIZE, P, R, RING, SPANS, SPREAD_TAILS, tailAt, tailOf } from "./layout.ts";
import { testSpread } from "./spread-test.ts";
import { SEEN } from "./tail.ts";
import { testWaitingTime } from "./waiting-time-test.ts";

/** Probability a step of 5 min at which each test alone would be wrong; shorter steps share it. */
export const ALPHA = 2e-7;
/** The same of single values, of which people expect to be told: falsely of one series in a hundred in 14 days. */
const ALPHA_ONE = 1e-6;
const FEWEST_STEPS = 24;
/** Mean absolute errors that count of one innovation. */
const BOUND = 60;
/** Mean absolute errors in one step that make a change sudden. */
const SUDDEN = 4;
/** How long after a level has moved. */
const BOUND_MS = 259_200_000;
/** Share of a departure within which it is over. */
const BACK = 0.5;
/** Prometheus' lookback: after it a series without samples is gone. */
const SHORTEST_GAP_MS = 300_000;
const MISSED = 6;
/** Share of a series' mean distance from its level that a season leaves. */
const SEASON_LEAVES = 0.6;

/**
 * All tests of the latest step, each against the tail of what it has given in this series before. `sums` of innovations find spikes, dips and
 * shifts: innovations are white also in a series that wanders, so their sums are too. Their mean size over a span finds changes of variance.
 * Writes `evidence`. Sources: Page 1954 (cumulative sums); tail.ts.
 */
export function testChange(f: Float64Array, tMs: number, gapMs: number, x: number, zero: number, caution: number, open: boolean): void {
  clearEvidence();
  const n = f[R.steps]!;
  const clock = f[R.clock]!;
  const fresh = ++f[R.fresh]!;
  if (n >= FEWEST_STEPS && f[R.scale]! > 0) {
    const probability = ALPHA * latest.pace;
    const ofOne = ALPHA_ONE * latest.pace;
    inheritTails(f);
    let sum = 0;
    let side: number = KIND.spike;
    let k = 0;
    for (let s = 0; s < SPANS.length; s++) {
      const span = SPANS[s]!;
      if (fresh < span) break;
      for (; k < span; k++) sum += Math.max(-BOUND, Math.min(BOUND, f[P.innovations + ((clock - 1 - k) % RING)]!));
      const z = span === 1 ? farther(f[P.innovations + ((clock - 1) % RING)]!) : sum / Math.sqrt(span);
      const under = z > 0 ? 0 : 1;
      const strength = weigh(f, tailAt(f, 2 * s + under), Math.abs(z), span === 1 ? ofOne : probability, span, caution);
      if (strength > evidence.strength) side = z > 0 ? KIND.spike : KIND.dip;
      consider(strength, span === 1 ? side : KIND.levelShift);
      learnLater(tailAt(f, 2 * s + under), Math.abs(z), span);
      learnLater(tailAt(f, 2 * s + 1 - under), 0, span);
    }
    const newest = f[P.innovations + ((clock - 1) % RING)]!;
    evidence.summed = evidence.kind === KIND.levelShift;
    // What one step brought is a spike until it stays.
    if (evidence.kind === KIND.levelShift && Math.abs(newest) > SUDDEN) evidence.kind = side;
    if (evidence.kind === side) evidence.kind = side = sideOf(f, x, side);
    evidence.side = side === KIND.spike ? 1 : -1;
    testLevel(f, probability, caution);
    evidence.sums = evidence.strength;
    learnSize(f, n);
    testSpread(f, tMs, x, zero, probability, caution, open);
    endOfSums();
    testSeason(f, tMs, x, probability, caution);
    testDrift(f, tMs, x, caution, open);
  }
  testRun(f, tMs, x, zero, caution);
  testGap(f, gapMs, caution);
}

/**
 * Where the week's profile explains nothing sums go on to end as they did before it spoke: what strayed then strays now. Where it does they begin anew, since
 * what a season brought is no news any more.
 */
function inheritTails(f: Float64Array): void {
  const own = tailOf(2, 0);
  if (f[R.model] !== 2 || f[own + SEEN] !== 0) return;
  const [none, week] = [P.models, P.models + 2 * MODEL_SIZE];
  const explains = f[week + M.error]! < f[none + M.error]! && f[week + M.away]! < SEASON_LEAVES * f[none + M.away]!;
  if (!explains) f.copyWithin(own, tailOf(0, 0), tailOf(0, SPREAD_TAILS));
}

/** Of one far value alone its size counts by its logarithm: where some stray as far as counts in a sum, a hundred times that is another thing. */
function farther(size: number): number {
  const beyond = Math.abs(size) / BOUND;
  return beyond > 1 ? Math.sign(size) * BOUND * (1 + Math.log(beyond)) : size;
}

/** What falls back to where the series usually is, from where its last value was, is the end of what rose; and the other way round. */
function sideOf(f: Float64Array, x: number, side: number): number {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  const before = f[at + M.previous]!;
  const now = x - f[at + M.season]! - f[at + M.offset]!;
  if (before * (side === KIND.spike ? -1 : 1) <= 0 || Math.abs(now) > BACK * Math.abs(before)) return side;
  return side === KIND.spike ? KIND.dip : KIND.spike;
}

/** The mean size of an innovation: small in a series that mostly stands still. */
function learnSize(f: Float64Array, n: number): void {
  const size = Math.min(6, Math.abs(f[P.innovations + ((f[R.clock]! - 1) % RING)]!));
  f[R.usualSize] = f[R.usualSize]! + Math.max(0.002, 1 / (n - FEWEST_STEPS + 1)) * (size - f[R.usualSize]!);
}

/** A run of equal values that is longer than chance and than every run before; told once. */
function testRun(f: Float64Array, tMs: number, x: number, zero: number, caution: number): void {
  const n = f[R.steps]!;
  if (n === 0) return;
  testWaitingTime(f, tMs, x, zero, repeating(f), caution);
  if (x !== f[R.previous]) {
    const apart = Math.abs(x - f[R.previous]!);
    if (f[R.quantum] === 0 || apart < f[R.quantum]!) f[R.quantum] = apart;
    f[R.longestRun] = Math.max(f[R.longestRun]!, f[R.runLength]!);
    f[R.runLength] = 0;
    f[R.runTold] = 0;
    return;
  }
  const run = ++f[R.runLength]!;
  f[R.repeats]!++;
  const share = repeating(f);
  if (f[R.runTold] === 1 || run < 8 || n - run < 60 || share > 0.35) return;
  if (isBound(f, x)) return;
  consider(run / (Math.max(8, (1.5 * Math.log(ALPHA)) / Math.log(share), 2 * f[R.longestRun]! + 4) * caution), KIND.flatline);
}

/** Share of steps that repeat the one before, without the present run. */
const repeating = (f: Float64Array): number => (f[R.repeats]! - f[R.runLength]! + 1) / (f[R.steps]! - f[R.runLength]! + 2);

/** A level that moved to where the series can go no further stands still there, and that is no news of its own. */
function isBound(f: Float64Array, x: number): boolean {
  // The range is kept in singles.
  const value = Math.fround(x);
  if (value > f[R.low]! && value < f[R.high]!) return false;
  const last = f[R.eventKind]! >= 0 ? f[R.eventKind]! : lastEvent(f);
  const since = f[R.eventKind]! >= 0 ? 0 : f[R.lastMs]! - f[R.eventEndMs]!;
  if ((last === KIND.levelShift || last === KIND.seasonalBreak) && since < BOUND_MS) return true;
  return f[R.permittedUntilMs]! > 0 && f[R.lastMs]! - f[R.permittedUntilMs]! < BOUND_MS;
}

/** Nothing arrived for much longer than ever before. */
function testGap(f: Float64Array, gapMs: number, caution: number): void {
  const longest = f[R.longestGapMs]!;
  const usual = Math.max(SHORTEST_GAP_MS, MISSED * f[R.spacingMs]! * caution, 3 * longest * caution);
  if (gapMs > longest) f[R.longestGapMs] = gapMs;
  if (f[R.steps]! < 60 || gapMs < usual) return;
  evidence.strength = gapMs / usual;
  evidence.kind = KIND.gap;
}

import { KIND } from "../kind.ts";
import { SINGLES_AT, mirrorOf, otherTail } from "./layout.ts";
import { TAIL, learnTail, limitOf } from "./tail.ts";

/**
 * The strongest evidence of the latest step, 1 and above is an alarm of that kind; and that of single tests: for values or levels that are not as
 * expected (`sums`), for scatter that has changed (`scatter`; that it has grown: `spread`), for a season that is left, for a drift.
 */
export const evidence = {
  strength: 0,
  kind: KIND.spike as number,
  sums: 0,
  /** Whether it took several steps to be seen. */
  summed: false,
  spread: 0,
  scatter: 0,
  side: 1,
  season: 0,
  misfit: 0,
  drift: 0,
  /** Of an hour beyond all hours of before. */
  hours: 0,
};

/** What the tests of a step would have their tails learn: at most two of each test. */
const learnAt = new Int32Array(32);
const learnSize = new Float64Array(32);
const learnSpan = new Float64Array(32);
const learnLimit = new Float64Array(32);
/** Of the test that was weighed last. */
let lastLimit = Infinity;
let learnCount = 0;
let learnSums = 0;

export function clearEvidence(): void {
  evidence.strength = 0;
  evidence.sums = 0;
  evidence.summed = false;
  evidence.spread = 0;
  evidence.scatter = 0;
  evidence.season = 0;
  evidence.misfit = 0;
  evidence.drift = 0;
  evidence.hours = 0;
  evidence.kind = KIND.spike;
  learnCount = 0;
  learnSums = 0;
}

/** Evidence in units of the tail's limit at `probability`; `caution` is people's factor on it. */
export function weigh(
  f: Float64Array,
  at: number,
  size: number,
  probability: number,
  span: number,
  caution: number,
  doubt?: number,
  toward?: number,
): number {
  lastLimit = limitOf(f, at, probability, span, otherTail(at), mirrorOf(at), doubt, toward);
  return size / (lastLimit * caution);
}

export function consider(strength: number, kind: number): void {
  if (!(strength > evidence.strength)) return;
  evidence.strength = strength;
  evidence.kind = kind;
}

/** `span`: steps over which such sizes tell as much as one. */
export function learnLater(at: number, size: number, span: number): void {
  learnAt[learnCount] = at;
  learnSpan[learnCount] = span;
  learnLimit[learnCount] = lastLimit;
  learnSize[learnCount++] = size;
}

/** Takes what the tests of the latest step gave for usual; when an event has been told of at it, of the sums alone: such things happen. */
export function learnTails(f: Float64Array, told: boolean): void {
  for (let i = 0; i < learnCount; i++)
    if (!told || i < learnSums) {
      const at = learnAt[i]!;
      learnTail(f, at, learnSize[i]!, learnSpan[i]!, told ? learnLimit[i]! : Infinity);
      if (at >= SINGLES_AT) for (let k = at; k < at + TAIL; k++) f[k] = Math.fround(f[k]!);
    }
}

/** All that is to be learned so far is of sums. */
export function endOfSums(): void {
  learnSums = learnCount;
}

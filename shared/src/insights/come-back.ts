import { mean, median } from "simple-statistics";
import type { AnomalyKind, Judgement } from "../model/anomaly.ts";

/** Fewer values tell nothing of a level, or of scatter. */
const LEAST = 3;
const LEAST_SCATTERED = 30;

/** What a series was judged by, the oldest first. */
export interface AroundEvent {
  /** The newest since the event began. */
  readonly now: readonly number[];
  /** Of a level: those of the same times a day before, which is before it was told. */
  readonly dayBefore: readonly number[];
  /** Of a level, those a day before it was told; of scatter the last before, and the first since then. */
  readonly before: readonly number[];
  readonly begun: readonly number[];
}

/**
 * Kinds of event in which most values lie within the range of before by nature: one value does not tell that they are over. Of a
 * season that broke a day of them would, and of a drift no fewer, as it goes on slowly: what is told of the series next tells.
 */
const TOLD_BY_MANY: ReadonlySet<AnomalyKind> = new Set(["level_shift", "trend_change", "variance_change", "seasonal_break"]);

export const isToldByMany = (kind: AnomalyKind): boolean => TOLD_BY_MANY.has(kind);

/** Whether the values of such an event are back where they were. */
export function hasComeBack({ kind, value, expected }: Judgement, { now, dayBefore, before, begun }: AroundEvent): boolean {
  if (kind === "seasonal_break" || kind === "trend_change") return false;
  if (kind === "variance_change") {
    if (Math.min(now.length, before.length, begun.length) < LEAST_SCATTERED) return false;
    const [since, then, first] = [scatterOf(now), scatterOf(before), scatterOf(begun)];
    if (since === 0 || then === 0 || first === 0) return Math.abs(since - then) < Math.abs(since - first);
    // Nearer to what it was than to what it became, by their ratios.
    return Math.abs(Math.log(since / then)) < Math.abs(Math.log(since / first));
  }
  if (now.length < LEAST) return false;
  const moved = value - expected;
  const level = median([...now]);
  const isNear = (to: number): boolean => (level - to) * Math.sign(moved) < Math.abs(moved) / 2;
  if (Math.min(dayBefore.length, before.length) < LEAST) return isNear(expected);
  const [then, moment] = [median([...before]), median(before.slice(-LEAST))];
  // What was left may have been a short top that stood there for the moment alone, the day before, too: then nothing comes back to it.
  const isTop = Math.abs(expected - then) > Math.abs(moved) / 2 && Math.abs(expected - moment) < Math.abs(moved) / 4;
  if (!isTop && !isNear(expected)) return false;
  // Where it is usually at this time of day, by how far it went the day before: that had moved already if it was told late.
  return isNear(expected + median([...dayBefore]) - (isTop ? moment : then));
}

/** So many values in a row tell a level. */
const LEVEL_VALUES = 5;

/**
 * Where a level that moved from `expected` had first come back, as an index of `since`, its values from the event on, the oldest first; -1 where it has
 * not. `dayBefore`: of each the value of a day before; none where they are not known.
 */
export function cameBackAt({ value, expected }: Judgement, since: readonly number[], dayBefore: readonly number[]): number {
  const moved = value - expected;
  const isKnown = dayBefore.length === since.length && since.length >= LEVEL_VALUES;
  const then = isKnown ? median(dayBefore.slice(0, LEVEL_VALUES)) : 0;
  for (let end = LEVEL_VALUES; end <= since.length; end++) {
    const usual = isKnown ? expected + median(dayBefore.slice(end - LEVEL_VALUES, end)) - then : expected;
    const level = median(since.slice(end - LEVEL_VALUES, end));
    if ((level - usual) * Math.sign(moved) < Math.abs(moved) / 2) return end - Math.ceil(LEVEL_VALUES / 2);
  }
  return -1;
}

/** Of neighbours, so that a level that moves slowly is none. */
function scatterOf(values: readonly number[]): number {
  const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
  const usual = median(steps);
  // Of what mostly stands still every step counts.
  return mean(usual === 0 ? steps : steps.map((step) => Math.min(step, 5 * usual)));
}

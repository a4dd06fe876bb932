import type { RunEntry } from "./run-manifest.ts";
import { DAY_MS } from "./run-manifest.ts";

/** Raw runs of one day that become one. */
export interface CompactionPlan {
  /** When it is worth doing, ms. */
  readonly dueAt: number;
  readonly day: number;
  readonly level: 1 | 2;
  /** Ascending order. */
  readonly inputs: readonly RunEntry[];
}

/** Flushes of a day that are merged before its end. */
const FAN_IN = 6;
/** A closed day is left alone while flushes still bring samples of it. */
const QUIET_MS = 30 * 60_000;
/** What came late to a finished day waits so long for more. */
const LATE_MS = 6 * 3_600_000;

/**
 * What each day needs, soonest first, days in order: several flushes merged to one run, and a day that is over
 * (`graceMs` after its end: late samples and the head's age) to its final run. What comes to a day that is archived already
 * makes a new final run of it, which is archived in its turn.
 */
export function planCompactions(runs: readonly RunEntry[], graceMs: number): CompactionPlan[] {
  const days = new Map<number, RunEntry[]>();
  for (const run of runs) {
    if (run.resolutionMs !== 0) continue;
    const known = days.get(run.day);
    if (known === undefined) days.set(run.day, [run]);
    else known.push(run);
  }
  const plans: CompactionPlan[] = [];
  for (const [day, inputs] of days) {
    const closedAt = (day + 1) * DAY_MS + graceMs;
    const flushed = inputs.filter((run) => run.level === 0);
    if (flushed.length >= FAN_IN) plans.push({ dueAt: -Infinity, day, level: 1, inputs: flushed });
    const pending = inputs.filter((run) => run.level !== 2);
    if (pending.length === 0) continue;
    const newest = Math.max(...pending.map((run) => run.writtenAt));
    const oldest = Math.min(...pending.map((run) => run.writtenAt));
    const dueAt = pending.length === inputs.length ? newest + QUIET_MS : oldest + LATE_MS;
    plans.push({ dueAt: Math.max(closedAt, dueAt), day, level: 2, inputs });
  }
  return plans.sort((a, b) => a.dueAt - b.dueAt || a.day - b.day);
}

/** A window slides on while its series is silent: when a rule that streams is judged then, by time alone. */

/** The interval of a group that names none, ms: those that evaluate more seldom are no slower to find silence. */
const LONGEST_MS = 15_000;
/** An alarm more often than that would be little else. */
const SHORTEST_MS = 1000;

/** How often, ms: as often as an evaluation on the group's interval. */
export const sweepMsOf = (intervalMs: number): number => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, intervalMs));

/**
 * How long a series has sent nothing by then at least, ms, of a rule that looks so far back. Half of what it looks back at
 * most: of a window shorter than the sweep nothing would be left after a whole one. Infinity where it looks at the newest sample alone.
 */
export const quietMsOf = (intervalMs: number, reachMs: number): number =>
  reachMs === 0 ? Infinity : Math.min(sweepMsOf(intervalMs), reachMs / 2);

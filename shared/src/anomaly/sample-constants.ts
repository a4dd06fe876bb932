/** What decides how a sample goes on before its detector; in a kernel and its twins the same. */
export const SAMPLE = {
  /** Samples of the same so many ms are one step of a detector. */
  foldMs: 5000,
  /** A step of a counter is no shorter, ms. */
  stepMs: 5000,
  /** By which share the longest time between samples goes down to the one that was seen, a sample. */
  decay: 1 / 64,
  /** No silence is shorter, ms: a restart with a deploy takes a minute or two. */
  silentMs: 600_000,
  /** Whole numbers that have grown so often without ever falling count something. */
  rises: 20,
  enoughFalls: 3,
  /** A counter begins anew now and then; what falls more often than with every fourth change goes up and down. */
  mostFalls: 0.25,
  /** Changes that decide: beyond them both are halved, so that what a series has become shows. */
  remembered: 200,
  yearMs: 366 * 86_400_000,
} as const;

/** What a series is judged as. */
export const JUDGED_AS = {
  level: 0,
  rate: 1,
  /** As what its samples show it to be. */
  unsure: 2,
  /** Besides one of the latter two: the sum or the count of a classic histogram or summary. */
  part: 4,
} as const;

/** What is known of a series of no known type; 0 of one that is settled. */
export const UNSURE = {
  unsettled: 1,
  counts: 2,
  /** By its name it would count. */
  named: 4,
  /** Not all of its values could be a count. */
  broken: 8,
} as const;

/** An end of the condition this soon after the one before is not written: where it stands, the next look past this finds it, ms. */
const FLIP_MS = 60_000;

/**
 * When `ceasedAt` of a firing alert is worth a row, so that keep_firing_for goes on over a restart: a value that alternates within a minute
 * would cost one with every sample. That the condition holds again is always written over an end: counted from that, it would resolve too early.
 */
export class CeasedRow {
  /** What the alert's row says; undefined: that it holds. */
  written: number | undefined;
  /** When it last ended or held again in this object's life. */
  #turnedAt = -Infinity;

  constructor(written?: number) {
    this.written = written;
  }

  /** `at`: of the observation that brought it from one to the other. */
  isDue(before: number | undefined, after: number | undefined, at: number): boolean {
    const isQuiet = at - this.#turnedAt >= FLIP_MS;
    if (before !== after) this.#turnedAt = at;
    return this.written !== after && (after === undefined || isQuiet);
  }
}

/** Less than this is over before workerd would be back. */
const LEAST_MS = 2000;

/**
 * Whether the system's clock was put back, as it is when the time is set anew. Timers of workerd come by that clock: what waits for some
 * milliseconds then waits until the clock has caught up, and every write with it.
 */
export class ClockWatch {
  #wallMs: number;
  #elapsedMs: number;

  /** `elapsedMs`: of a clock that nobody sets. */
  constructor(wallMs: number, elapsedMs: number) {
    this.#wallMs = wallMs;
    this.#elapsedMs = elapsedMs;
  }

  /** By how much it was put back since it was last asked, ms; 0 when by less than two seconds. */
  putBackMs(wallMs: number, elapsedMs: number): number {
    const back = elapsedMs - this.#elapsedMs - (wallMs - this.#wallMs);
    this.#wallMs = wallMs;
    this.#elapsedMs = elapsedMs;
    return back < LEAST_MS ? 0 : back;
  }
}

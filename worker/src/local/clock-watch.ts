/** Throws, in words, where the clock says a day before `compatibilityDate`, of which workerd would not start. */
export function requireClock(compatibilityDate: string, wallMs: number): void {
  const today = new Date(wallMs).toISOString().slice(0, 10);
  if (today >= compatibilityDate) return;
  throw new Error(
    `the clock of this machine says ${today}, and this version is of ${compatibilityDate} or later: set the clock right (as with \`timedatectl set-ntp true\`) and start again; nothing was touched`,
  );
}

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

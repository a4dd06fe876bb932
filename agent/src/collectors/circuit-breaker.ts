/** Consecutive failures before a source is left alone for a while. */
const THRESHOLD = 3;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Circuit breaker (Nygard, "Release It!"): closed while things work; after three failures in a row open, for a pause that
 * doubles up to 5 min; then half-open, one try, which closes or reopens it. Times are monotonic ms.
 */
export class CircuitBreaker {
  #failures = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #openUntil = 0;

  allows(nowMs: number): boolean {
    return this.#failures < THRESHOLD || nowMs >= this.#openUntil;
  }

  get open(): boolean {
    return this.#failures >= THRESHOLD;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  /** True when this failure opened the circuit (and so deserves a log line). */
  failed(nowMs: number): boolean {
    this.#failures++;
    if (this.#failures < THRESHOLD) return false;
    this.#openUntil = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    return this.#failures === THRESHOLD;
  }
}

import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import { grown } from "../grown-array.ts";

/** Too old to be seen by an evaluation of now. */
export const isLate = (at: number, nowMs: number): boolean => at < nowMs - LOOKBACK_MS;

/**
 * Series whose newest sample was late when it came, as of a sender that catches up after an outage: by the clock they would be silent between any two of their
 * samples, so it is these alone that judge them, at their own time, until none has come for as long as it takes a series to be silent. Rules may change meanwhile.
 */
export class LateSeries {
  /** By ref: when the newest sample that was late came, ms. */
  #cameAt = new Float64Array(0);

  came(ref: number, nowMs: number): void {
    this.#cameAt = grown(this.#cameAt, ref + 1);
    this.#cameAt[ref] = nowMs;
  }

  /** Until when the clock does not judge it, ms; 0 where its newest sample, of `lastTime`, was not late, or came by a clock that was ahead for a while. */
  until(ref: number, lastTime: number, nowMs: number): number {
    const cameAt = this.#cameAt[ref] ?? 0;
    return cameAt <= nowMs && isLate(lastTime, cameAt) ? cameAt + LOOKBACK_MS : 0;
  }
}

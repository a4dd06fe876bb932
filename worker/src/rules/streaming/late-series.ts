import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import { grown } from "../grown-array.ts";

/**
 * Series whose newest sample was late when it came, as of a sender that catches up after an outage: by the clock they would be silent between any two of their
 * samples, so it is these alone that judge them, at their own time, until none has come for as long as it takes a series to be silent.
 */
export class LateSeries {
  /** By slot: when the newest sample that was late came, ms. */
  #cameAt = new Float64Array(0);

  add(slot: number): void {
    this.#cameAt = grown(this.#cameAt, slot + 1);
  }

  came(slot: number, nowMs: number): void {
    this.#cameAt[slot] = nowMs;
  }

  clear(): void {
    this.#cameAt = new Float64Array(0);
  }

  /** Until when the clock does not judge it, ms; 0 where its newest sample, of `lastTime`, was not late, or came by a clock that was ahead for a while. */
  until(slot: number, lastTime: number, nowMs: number): number {
    const cameAt = this.#cameAt[slot] as number;
    return cameAt <= nowMs && lastTime < cameAt - LOOKBACK_MS ? cameAt + LOOKBACK_MS : 0;
  }
}

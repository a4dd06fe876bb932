/** Series that go on in another shard, by ref: time alone changes nothing of them and of their alerts here. Of the memory alone. */
import type { AlertInstance } from "../alert-book.ts";

interface Given {
  /** Ms; infinity once the other shard has said that it has them. */
  readonly untilMs: number;
  readonly alerts: readonly AlertInstance[];
}

export class GivenSeries {
  readonly #given = new Map<number, Given>();

  give(ref: number, given: Given): void {
    this.takeBack(ref);
    for (const alert of given.alerts) alert.given = true;
    this.#given.set(ref, given);
  }

  has(ref: number): boolean {
    return this.#given.size > 0 && this.#given.has(ref);
  }

  /** It goes on here. */
  takeBack(ref: number): void {
    if (this.#given.size === 0) return;
    for (const alert of this.#given.get(ref)?.alerts ?? []) alert.given = false;
    this.#given.delete(ref);
  }

  /** Those of which the other shard has not said in time that it has them are judged here again. */
  expire(nowMs: number): void {
    for (const [ref, { untilMs }] of this.#given) if (untilMs <= nowMs) this.takeBack(ref);
  }

  /** When the next is judged again, ms. */
  get nextAt(): number {
    let next = Infinity;
    for (const { untilMs } of this.#given.values()) next = Math.min(next, untilMs);
    return next;
  }
}

import { fail, ok, type Result } from "@sightline/shared/model/result";
import type { Wait } from "../query/reader-turns.ts";

const MB = 1_048_576;
/** Four of the largest at once. */
const MAX_HELD_BYTES = 64 * MB;
/** That may wait for room: each looks for itself, and more would only be told after their time that they have waited. */
export const MAX_WAITING_FOR_ROOM = 100;
const LOOK_MS = 100;
const WAIT_MS = 30_000;
/** Who has not been seen for that long will not come any more: its client is gone, and its request ended wherever it was. */
const GONE_MS = 5000;

/** A place in the line; `seen` is to be called each second or so while it is needed, `leave` when it is not any more. */
export interface Place {
  readonly seen: () => void;
  readonly leave: () => void;
  /** Whether others wait for room. */
  readonly isWanted: boolean;
}

interface One {
  readonly bytes: number;
  seenMs: number;
}

/** The line for the room that one isolate's memory has for answers: as many at its head as fit have theirs. The platform lets no request end what another one waits for, so each looks. */
export class RoomForAnswers {
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #otherWay: string;
  readonly #line: One[] = [];

  /** `otherWay`: what may be done instead of waiting, for those who are refused. */
  constructor(now: () => number, maxBytes: number, otherWay = "") {
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#otherWay = otherWay;
  }

  /** A place for who has waited for none; null where it would have to. */
  take(bytes: number): Place | null {
    this.#forgetGone();
    const one = this.#join(bytes);
    if (this.#hasRoom(one)) return this.#place(one);
    this.#leave(one);
    return null;
  }

  /** Waits for a place. Failures: `unavailable` where too many wait, or after `waitMs`. */
  async enter(wait: Wait, bytes: number, waitMs: number = WAIT_MS): Promise<Result<Place>> {
    this.#forgetGone();
    if (this.#waiting >= MAX_WAITING_FOR_ROOM) return this.#refused(`${MAX_WAITING_FOR_ROOM} wait already`);
    const untilMs = this.#now() + waitMs;
    const one = this.#join(bytes);
    const place = this.#place(one);
    while (!this.#hasRoom(one)) {
      if (this.#now() > untilMs) {
        place.leave();
        return this.#refused(`this one has waited for ${waitMs / 1000} s`);
      }
      await wait(LOOK_MS);
      place.seen();
      this.#forgetGone();
    }
    return ok(place);
  }

  #join(bytes: number): One {
    const one = { bytes, seenMs: this.#now() };
    this.#line.push(one);
    return one;
  }

  #leave(one: One): void {
    if (this.#line.includes(one)) this.#line.splice(this.#line.indexOf(one), 1);
  }

  #place(one: One): Place {
    const isWanted = (): boolean => this.#waiting > 0;
    return {
      leave: () => this.#leave(one),
      seen: () => {
        one.seenMs = this.#now();
        // The thread stood still for so long that it was taken for gone.
        if (!this.#line.includes(one)) this.#line.push(one);
      },
      get isWanted() {
        return isWanted();
      },
    };
  }

  #hasRoom(one: One): boolean {
    return this.#line.indexOf(one) < this.#line.length - this.#waiting;
  }

  /** How many stand behind those who have room; the first has, whatever it needs. */
  get #waiting(): number {
    let bytes = 0;
    const fit = this.#line.findIndex((one, at) => (bytes += one.bytes) > this.#maxBytes && at > 0);
    return fit === -1 ? 0 : this.#line.length - fit;
  }

  #forgetGone(): void {
    const sinceMs = this.#now() - GONE_MS;
    for (let at = this.#line.length - 1; at >= 0; at--) if ((this.#line[at]?.seenMs ?? 0) < sinceMs) this.#line.splice(at, 1);
  }

  #refused(why: string): Result<never> {
    const { error } = fail(
      "unavailable",
      `${this.#maxBytes / MB} MB of answers are under way that their readers have not taken yet, the limit maxHeldAnswerBytes, and ${why}; ask again when they are sent${this.#otherWay}`,
    );
    return { ok: false, error: { ...error, retryAfterMs: 1000 } };
  }
}

/** Of this isolate, for answers whose size is known when they are made. */
export const ROOM_FOR_ANSWERS = new RoomForAnswers(() => Date.now(), MAX_HELD_BYTES);

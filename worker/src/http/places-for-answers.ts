import { fail, ok, type Result } from "@sightline/shared/model/result";
import type { Wait } from "../query/reader-turns.ts";

/** Answers that are held whole at once, until they are sent: each may have 32 MB. */
export const MAX_HELD_ANSWERS = 4;
/** That may wait for a place: each looks for itself, and more would only be told after their time that they have waited. */
export const MAX_WAITING_FOR_PLACES = 100;
const LOOK_MS = 100;
const WAIT_MS = 30_000;
/** Who has not been seen for that long will not come any more: its client is gone, and its request ended wherever it was. */
const GONE_MS = 5000;

/** A place in the line; `seen` is to be called each second or so while it is needed, `leave` when it is not any more. */
export interface Place {
  readonly seen: () => void;
  readonly leave: () => void;
}

/** The line for what one isolate's memory has few places for: who stands at its head has one. The platform lets no request end what another one waits for, so each looks. */
export class PlacesForAnswers {
  readonly #now: () => number;
  readonly #line: { seenMs: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Failures: `unavailable` where too many wait, or after 30 s. */
  async enter(wait: Wait): Promise<Result<Place>> {
    this.#forgetGone();
    if (this.#line.length >= MAX_HELD_ANSWERS + MAX_WAITING_FOR_PLACES) return refused(`${MAX_WAITING_FOR_PLACES} wait already`);
    const untilMs = this.#now() + WAIT_MS;
    const one = { seenMs: this.#now() };
    const leave = (): void => void (this.#line.includes(one) && this.#line.splice(this.#line.indexOf(one), 1));
    const seen = (): void => {
      one.seenMs = this.#now();
      // The thread stood still for so long that it was taken for gone.
      if (!this.#line.includes(one)) this.#line.push(one);
    };
    this.#line.push(one);
    while (this.#line.indexOf(one) >= MAX_HELD_ANSWERS) {
      if (this.#now() > untilMs) {
        leave();
        return refused(`this one has waited for ${WAIT_MS / 1000} s`);
      }
      await wait(LOOK_MS);
      seen();
      this.#forgetGone();
    }
    return ok({ seen, leave });
  }

  #forgetGone(): void {
    const sinceMs = this.#now() - GONE_MS;
    for (let at = this.#line.length - 1; at >= 0; at--) if ((this.#line[at]?.seenMs ?? 0) < sinceMs) this.#line.splice(at, 1);
  }
}

function refused(why: string): Result<never> {
  const { error } = fail(
    "unavailable",
    `${MAX_HELD_ANSWERS} answers that are held whole are under way, the limit maxHeldAnswers, and ${why}; ask again when they are sent, or for STREAMED_XOR_CHUNKS, which are not held`,
  );
  return { ok: false, error: { ...error, retryAfterMs: 1000 } };
}

/** Of this isolate. */
export const PLACES_FOR_ANSWERS = new PlacesForAnswers(() => Date.now());

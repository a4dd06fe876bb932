import type { Failure } from "@sightline/shared/model/result";
import type { SeriesStore } from "../storage/series-store.ts";
import type { TaskLog } from "../objects/alarm-scheduler.ts";

const TASK = "flush";
const FIRST_RETRY_MS = 1000;
const RETRY_AFTER_MS = 30_000;
/** So many full heads are taken while none can be packed. */
const MOST_HEADS = 2;

/**
 * Packing has failed. What was committed stands in the log all the same, and what comes is taken on; the alarm tries to pack again with
 * doubling waits, all in one transaction, so that a failed try leaves nothing. When two full heads wait, nothing more is taken: memory
 * and log stay bounded.
 */
export class PackingTrouble {
  readonly #log: TaskLog;
  readonly #store: SeriesStore;
  /** Null until it matters: a waking object has no row to read for it. */
  #standing: boolean | null = null;

  constructor(log: TaskLog, store: SeriesStore) {
    this.#log = log;
    this.#store = store;
  }

  get standing(): boolean {
    return (this.#standing ??= this.#log.load().some(({ name }) => name === TASK));
  }

  /** Remembered for the store that is opened next, and told in the status from then on. */
  began(error: unknown, nowMs: number): void {
    this.#standing = true;
    try {
      this.#log.failed(TASK, nowMs + FIRST_RETRY_MS, 1, error instanceof Error ? error.message : String(error));
    } catch {
      // The disk takes not even this: the next commit finds out for itself.
    }
  }

  over(): void {
    if (this.#standing !== true) return;
    this.#standing = false;
    this.#log.recovered(TASK);
  }

  /** Null, or why nothing of the next request is taken: `overloaded`. */
  refusal(): Failure | null {
    const { head, bounds } = this.#store;
    if (head.samples < MOST_HEADS * bounds.headSamples && head.bytes < MOST_HEADS * bounds.headBytes) return null;
    if (!this.standing) return null;
    return {
      code: "overloaded",
      message: `${head.samples} samples wait to be packed, which fails at present (/v1/status says why); nothing of this was taken, what was acknowledged is kept. Send it again later`,
      retryAfterMs: RETRY_AFTER_MS,
    };
  }
}

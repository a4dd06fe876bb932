import type { Failure } from "@sightline/shared/model/result";

/** Memory that one sample takes between its acceptance and the disk, bytes: columns, log and the request it came in. */
const SAMPLE_BYTES = 24;
const RETRY_AFTER_MS = 1000;

export interface GateBounds {
  /** Bytes accepted and not yet on the disk. */
  readonly maxBytes: number;
  /** Commits written and not yet on the disk. */
  readonly maxCommits: number;
}

/**
 * Refuses before anything of a request is taken when too much is on its way to the disk already: what was accepted stays
 * accepted, and the sender keeps the rest.
 */
export class IngestGate {
  readonly #bounds: GateBounds;
  readonly #blocked: () => Failure | null;
  #waiting = 0;
  #flying = 0;
  #commits = 0;
  /** Requests and frames refused. */
  refused = 0;

  /** `blocked`: what else keeps the next request out. */
  constructor(bounds: GateBounds, blocked: () => Failure | null = () => null) {
    this.#bounds = bounds;
    this.#blocked = blocked;
  }

  /** Bytes accepted and not yet on the disk. */
  get bytes(): number {
    return this.#waiting + this.#flying;
  }

  /** Null, or why nothing of the next request is taken: `overloaded`. */
  refusal(): Failure | null {
    if (this.bytes < this.#bounds.maxBytes && this.#commits < this.#bounds.maxCommits) {
      const blocked = this.#blocked();
      if (blocked !== null) this.refused += 1;
      return blocked;
    }
    this.refused += 1;
    return {
      code: "overloaded",
      message: "this shard has as much on its way to the disk as it may; nothing of this was taken, send it again a little later",
      retryAfterMs: RETRY_AFTER_MS,
    };
  }

  /** Frames that a sender may have under way: one when half the room is taken, none when all is. */
  window(most: number): number {
    if (this.bytes >= this.#bounds.maxBytes) return 0;
    return this.bytes * 2 >= this.#bounds.maxBytes ? 1 : most;
  }

  /** `samples` wait for the next commit. */
  waiting(samples: number): void {
    this.#waiting = samples * SAMPLE_BYTES;
  }

  /** What waited has been written; `synced` resolves when it is on the disk. */
  committed(synced: Promise<unknown>): void {
    const bytes = this.#waiting;
    this.#waiting = 0;
    this.#flying += bytes;
    this.#commits += 1;
    const landed = (): void => {
      this.#flying -= bytes;
      this.#commits -= 1;
    };
    synced.then(landed, landed);
  }
}

interface Round {
  waitMs: number;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Queue, wait, write once, answer all. Whoever waits least decides when the round closes. */
export class GroupCommit {
  readonly #commit: () => void;
  readonly #wait: (ms: number) => Promise<void>;
  #round: Round | null = null;

  /** `commit` writes everything appended so far and throws when it could not. */
  constructor(commit: () => void, wait: (ms: number) => Promise<void>) {
    this.#commit = commit;
    this.#wait = wait;
  }

  /** Resolves when what was appended before the call is durable, within about `waitMs`; rejects when it could not be written. */
  durable(waitMs: number): Promise<void> {
    const round = (this.#round ??= openRound());
    if (waitMs < round.waitMs) {
      round.waitMs = waitMs;
      void this.#closeAfter(round, waitMs);
    }
    return round.done;
  }

  async #closeAfter(round: Round, waitMs: number): Promise<void> {
    await this.#wait(waitMs);
    if (this.#round !== round) return;
    this.#round = null;
    try {
      this.#commit();
      round.resolve();
    } catch (error) {
      round.reject(error);
    }
  }
}

function openRound(): Round {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { waitMs: Infinity, done: promise, resolve, reject };
}

/** Waits as short as this are left out where they bring no company; longer ones save rows, which are the bill. */
const SHORT_MS = 20;
/** Rounds in a row that waited and stayed alone, from which on waiting is left out. */
const ALONE = 8;
/** Of the rounds that could leave it out, one in so many waits, to see whether there is company by now. */
const LOOK_EVERY = 16;

interface Round {
  waitMs: number;
  members: number;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Queue, wait, write once, answer all. Whoever waits least decides when the round closes. A sender that has one request under
 * way at a time has nobody to wait for: its rounds close in the turn they were opened in, which also saves waking for it.
 */
export class GroupCommit {
  readonly #commit: () => void;
  readonly #wait: (ms: number) => Promise<void>;
  #round: Round | null = null;
  /** Rounds in a row that waited and had one member. */
  #alone = 0;
  #unwaited = 0;

  /** `commit` writes everything appended so far and throws when it could not. */
  constructor(commit: () => void, wait: (ms: number) => Promise<void>) {
    this.#commit = commit;
    this.#wait = wait;
  }

  /** Resolves when what was appended before the call is durable, within about `waitMs`; rejects when it could not be written. */
  durable(waitMs: number): Promise<void> {
    const round = (this.#round ??= openRound());
    round.members++;
    if (waitMs < round.waitMs) {
      round.waitMs = waitMs;
      void this.#closeAfter(round, waitMs);
    }
    return round.done;
  }

  async #closeAfter(round: Round, waitMs: number): Promise<void> {
    if (waitMs > SHORT_MS || this.#expectsCompany()) {
      await this.#wait(waitMs);
      if (this.#round !== round) return;
      this.#alone = round.members === 1 ? this.#alone + 1 : 0;
    } else {
      // What else this turn appends is of the same round.
      await Promise.resolve();
      if (this.#round !== round) return;
    }
    this.#round = null;
    try {
      this.#commit();
      round.resolve();
    } catch (error) {
      round.reject(error);
    }
  }

  #expectsCompany(): boolean {
    if (this.#alone < ALONE) return true;
    this.#unwaited = (this.#unwaited + 1) % LOOK_EVERY;
    return this.#unwaited === 0;
  }
}

function openRound(): Round {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { waitMs: Infinity, members: 0, done: promise, resolve, reject };
}

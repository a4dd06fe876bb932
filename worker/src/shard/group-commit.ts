/** Samples waiting for a commit at which it is worth a row of its own. */
const UNDER_LOAD = 5000;

/** Of `waitMs`, what so many samples wait for company. */
export const patience = (waitMs: number, samples: number): number => (samples >= UNDER_LOAD ? Math.min(waitMs, 1) : waitMs);

/** Waits as short as this are left out where they bring no company; longer ones save rows, which are the bill. */
const SHORT_MS = 20;
/** Rounds in a row that waited to their end, whose largest says how many are to be expected. */
const LEARNED = 8;
/** Of the rounds that close with those who are expected, one in so many waits, to see whether there are more by now. */
const LOOK_EVERY = 16;
/** A wait for company that is expected may last so much longer: it ends when all have come. */
const PATIENCE = 8;

interface Round {
  waitMs: number;
  members: number;
  /** So many close it at once; Infinity where the wait has to end. */
  readonly enough: number;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Queue, wait, write once, answer all. Whoever waits least decides when the round closes at the latest; it closes in the turn in
 * which as many have come as came at most lately. So a sender that has one request under way at a time waits for nobody, and four of
 * them share their commits, however busy the machine is.
 */
export class GroupCommit {
  readonly #commit: () => void;
  readonly #wait: (ms: number) => Promise<void>;
  #round: Round | null = null;
  /** As many as a round has lately had at most; Infinity while that is not known. */
  #expected = Infinity;
  /** Of the rounds in a row since then that waited to their end, how many they are and the most members of one. */
  #waited = 0;
  #most = 0;
  #unwaited = 0;

  /** `commit` writes everything appended so far and throws when it could not. */
  constructor(commit: () => void, wait: (ms: number) => Promise<void>) {
    this.#commit = commit;
    this.#wait = wait;
  }

  /** Resolves when what was appended before the call is durable, within about `waitMs` (eight times that where company is expected); rejects when it could not be written. */
  durable(waitMs: number): Promise<void> {
    const round = (this.#round ??= this.#openRound());
    round.members++;
    const shorter = waitMs < round.waitMs;
    if (shorter) round.waitMs = waitMs;
    if (round.waitMs <= SHORT_MS && round.members >= round.enough) {
      if (round.members === round.enough || shorter) void this.#closeThisTurn(round);
    } else if (shorter) void this.#closeAfter(round, waitMs);
    return round.done;
  }

  /** What else this turn appends is of the same round. */
  async #closeThisTurn(round: Round): Promise<void> {
    await Promise.resolve();
    if (this.#round !== round) return;
    if (round.enough > 1) this.#expect(Math.max(round.enough, round.members));
    this.#close(round);
  }

  async #closeAfter(round: Round, waitMs: number): Promise<void> {
    const short = waitMs <= SHORT_MS;
    await this.#wait(short && round.enough < Infinity ? Math.min(waitMs * PATIENCE, SHORT_MS) : waitMs);
    if (this.#round !== round) return;
    if (short) this.#learn(round);
    this.#close(round);
  }

  /** Of a round that waited to its end: more than expected are so from now on, fewer when they were in eight of them in a row. */
  #learn({ members, enough }: Round): void {
    if (members > this.#expected) this.#expect(members);
    else if (enough < Infinity || this.#expected === Infinity) {
      this.#most = Math.max(this.#most, members);
      this.#waited++;
      if (this.#waited === LEARNED) this.#expect(this.#most);
    }
  }

  #expect(members: number): void {
    this.#expected = members;
    this.#waited = 0;
    this.#most = 0;
  }

  #close(round: Round): void {
    this.#round = null;
    try {
      this.#commit();
      round.resolve();
    } catch (error) {
      round.reject(error);
    }
  }

  #openRound(): Round {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let enough = this.#expected;
    if (enough < Infinity) {
      this.#unwaited = (this.#unwaited + 1) % LOOK_EVERY;
      if (this.#unwaited === 0) enough = Infinity;
    }
    return { waitMs: Infinity, members: 0, enough, done: promise, resolve, reject };
  }
}

/** A query that has been evaluated for long enough to stop. */
export interface LongReader {
  /** When its time is over, ms. */
  readonly deadlineMs: number;
}

interface Ticket {
  readonly reader: LongReader | undefined;
  /** When whoever has it was last here, ms. */
  seenMs: number;
}

/** Long queries that are under way at once: each may hold as much memory as one may. */
export const MAX_LONG_QUERIES = 4;
/** Who has not been here for that long will not come any more: its client is gone. */
const GONE_MS = 5000;
/** To look again where others go first, for each of them, and at most, ms. */
const LOOK_MS = 2;
const MOST_LOOK_MS = 50;

/**
 * Long readers of one isolate take turns: each computes one share, then writes go first, then the next one does. A local
 * server has all shards in one thread, and without turns every one of a hundred queries would compute a share before the next
 * write is looked at. Nobody waits for a promise that another request settles, as those may end at any time.
 */
export class ReaderTurns {
  readonly #now: () => number;
  readonly #tickets: Ticket[] = [];
  readonly #active = new Map<LongReader, number>();
  /** Shares begun. */
  #begun = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resolves when it is the caller's turn, after `enough` says so for its waits since it came first; or when the reader's time is over. */
  async turn(wait: (ms: number) => Promise<void>, enough: (turns: number) => boolean, reader?: LongReader): Promise<void> {
    const ticket = { reader, seenMs: this.#now() };
    this.#tickets.push(ticket);
    let isLate = false;
    for (let turns = 1; ;) {
      const begun = this.#begun;
      const before = this.#before(ticket);
      await wait(before === 0 ? 0 : Math.min(MOST_LOOK_MS, before * LOOK_MS));
      ticket.seenMs = this.#now();
      if (!this.#tickets.includes(ticket)) this.#tickets.push(ticket);
      isLate = reader !== undefined && ticket.seenMs > reader.deadlineMs;
      if (isLate) break;
      if (before > 0 || begun !== this.#begun) continue;
      if (enough(turns)) break;
      turns++;
    }
    this.#tickets.splice(this.#tickets.indexOf(ticket), 1);
    if (isLate) return;
    if (reader !== undefined) this.#active.set(reader, ticket.seenMs);
    this.#begun++;
  }

  /** Whether some wait for their turn: whoever comes now stops as soon as they do. */
  get isBusy(): boolean {
    return this.#tickets.length > 0;
  }

  /** Whether a reader is one of those under way; one that has waited for that all the time is not. */
  isActive(reader: LongReader): boolean {
    return this.#active.has(reader);
  }

  leave(reader: LongReader): void {
    this.#active.delete(reader);
  }

  /** How many go first; Infinity while as many long queries are under way as may be. */
  #before(ticket: Ticket): number {
    const goneMs = this.#now() - GONE_MS;
    for (const [reader, seenMs] of this.#active) {
      const waiting = this.#tickets.find((one) => one.reader === reader);
      if (Math.max(seenMs, waiting?.seenMs ?? 0) < goneMs) this.#active.delete(reader);
    }
    let before = 0;
    let free = MAX_LONG_QUERIES - this.#active.size;
    for (let at = 0; at < this.#tickets.length; at++) {
      const one = this.#tickets[at] as Ticket;
      const mayGo = one.reader === undefined || this.#active.has(one.reader) || free-- > 0;
      if (one === ticket) return mayGo ? before : Infinity;
      if (one.seenMs < goneMs) this.#tickets.splice(at--, 1);
      else if (mayGo) before++;
    }
    return 0;
  }
}

/** Of this isolate. */
export const READER_TURNS = new ReaderTurns(() => Date.now());

import { FIRST_SHARE_NS, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";

/** A query that has been evaluated for long enough to stop. */
export interface LongReader {
  /** When its time is over, ms. */
  readonly deadlineMs: number;
}

/** Rules that are evaluated: they take every second turn however many questions there are, and none of the places of long ones. */
export const RULES = Symbol("rules");

interface Ticket {
  readonly reader: LongReader | typeof RULES | undefined;
  /** Where it waits: the platform lets no object end what another one waits for. */
  readonly object: unknown;
  /** Of all that came. */
  readonly came: number;
  /** When whoever has it is here again at the latest, ms. */
  dueMs: number;
  /** Since it was here by a timer of its own it was asked whether it still is. */
  isCalled: boolean;
  /** Whoever has it looks again at once. */
  wake: () => void;
}

/** A long query that is under way. */
interface Visit {
  readonly object: unknown;
  readonly seenMs: number;
  readonly shares: number;
  /** How many stopped for the first time before it did. */
  readonly before: number;
}

/** Long queries that are under way at once: each may hold as much memory as one may. */
export const MAX_LONG_QUERIES = 4;
/** So many shares a long query stays at the head of the line for, and goes to its end after each later one: of several of a few dozen ms the first ends first. */
const FIRST_SHARES = 12;
/** So much is computed in one go while others wait or write, for one question or for several that are short each, ns. */
const BESIDE_OTHERS_NS = 10_000_000;
/** Less does not count: to wait for a turn would take longer than many such questions. ns. */
const SHORT_NS = 1_000_000;
/** Somebody writes when there was a commit in that time, ms. */
const WRITING_MS = 1000;
/** A write that was let in is at its shard by then, or its body comes slowly and nobody waits for it, ms. */
const ARRIVING_MS = 20;
/** A question is answered or has been given up by then, ms. */
const ANSWERED_MS = 60_000;
/** Who has not been here for that long will not come any more: its client is gone. */
const GONE_MS = 5000;
/** To look again without being woken, ms: so long for the first ones of an object and the last, and as much more for every so many before it, or each behind. */
const LOOK_MS = 1000;
const LOOKERS = 8;
/** Who is next and has not come for so long may be gone, and others with it, ms: all are called. */
const MISSED_MS = 1500;
/** Each of those called looks by itself so much later than the one before it, ms: their timers leave most of the time to others. */
const BETWEEN_CALLED_MS = 2;
/** Questions that may wait to begin: more would only be told after their time that they have waited, and each takes memory. */
export const MAX_WAITING_QUERIES = 2000;

/** Resolves after so long, or when `signal` says that nobody waits for it any more. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * Long readers of one isolate take turns: each computes one share, then writes go first, then the next one does. A local
 * server has all shards in one thread, and without turns every one of a hundred queries would compute a share before the next
 * write is looked at. Sockets are looked at while a timer runs, a ms and a bit in which nothing is computed, and those of one object
 * run one after the other however many wait: so only the next one of each object has a timer, and what is short is computed in one
 * go. The others are woken by the one before, and look again by themselves as well, as its request may end at any time: the later
 * the farther they stand from both ends, or the timers of a thousand that wait would take all of the time. Where who is next does not
 * come, all are called and look once within a few seconds: whoever does not is gone, however many they are.
 */
export class ReaderTurns {
  readonly #now: () => number;
  readonly #tickets: Ticket[] = [];
  /** Those to be woken by the next of their object who is here. */
  readonly #called = new Set<Ticket>();
  readonly #active = new Map<LongReader, Visit>();
  /** Since when the questions are asked that this isolate's Worker waits for, ms. */
  readonly #asked = new Set<{ readonly sinceMs: number }>();
  /** Readers that have stopped. */
  #stopped = 0;
  #came = 0;
  /** Writes that this isolate's Worker has let in a moment ago and not answered, in order. */
  readonly #arriving = new Set<{ readonly sinceMs: number }>();
  #writtenMs = -Infinity;
  /** Shares begun: what comes during one is looked at before the next. */
  #begun = 0;
  /** What was computed since writes went first, ns. */
  #computed = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Resolves when it is the caller's turn, after `enough` says so for its waits since it came first; or when the reader's time is
   * over, which who has not begun may give as well. `object`: the one that `wait` is of.
   */
  async turn(
    wait: Wait,
    enough: (turns: number) => boolean,
    reader?: LongReader | typeof RULES,
    object?: unknown,
    deadlineMs = isLong(reader) ? reader.deadlineMs : Infinity,
  ): Promise<void> {
    const ticket: Ticket = { reader, object, came: this.#came++, dueMs: this.#now(), isCalled: false, wake: () => undefined };
    this.#enter(ticket);
    let isLate = false;
    for (let turns = 0; ;) {
      const isNext = this.#next() === ticket;
      const begun = this.#begun;
      this.#wakeCalled(object);
      if (isNext || this.#looks(ticket)) await wait(0).then(() => (ticket.isCalled = false));
      else await this.#woken(ticket, wait, deadlineMs);
      // That it was woken does not show that its timers run.
      if (!ticket.isCalled) ticket.dueMs = this.#now();
      if (!this.#tickets.includes(ticket)) this.#enterAgain(ticket);
      isLate = this.#now() > deadlineMs;
      if (isLate || (isNext && begun === this.#begun && this.#next() === ticket && enough(++turns))) break;
    }
    this.#tickets.splice(this.#tickets.indexOf(ticket), 1);
    this.#called.delete(ticket);
    if (!isLate) {
      this.#begun++;
      this.#computed = 0;
      if (isLong(reader)) this.#visited(ticket, reader, 1);
    }
    this.#wake(object);
  }

  /** As many wait as may. */
  get isCrowded(): boolean {
    if (this.#tickets.length < MAX_WAITING_QUERIES) return false;
    // Those who are gone do not wait, and nobody else may be here to find it out.
    this.#next();
    return this.#tickets.length >= MAX_WAITING_QUERIES;
  }

  /** Whether whoever comes now has to wait for its turn: behind others, or since those before it computed for so long together. */
  get isBusy(): boolean {
    if (this.#tickets.length > 0) return true;
    // Who asks one question after the other has been answered in between.
    if (this.#asked.size < 2) this.#computed = 0;
    return this.#computed > (this.#isWriting ? SHARE_NS : BESIDE_OTHERS_NS);
  }

  /** A question is on its way to a shard; call the result when it is answered. */
  ask(): () => void {
    const sinceMs = this.#now();
    for (const one of this.#asked) if (one.sinceMs < sinceMs - ANSWERED_MS) this.#asked.delete(one);
    const question = { sinceMs };
    this.#asked.add(question);
    return () => void this.#asked.delete(question);
  }

  /** A write is on its way to a shard; call the result when it is answered. */
  write(): () => void {
    const write = { sinceMs: this.#now() };
    this.#forgetArrived();
    this.#arriving.add(write);
    return () => void this.#arriving.delete(write);
  }

  /** A write has come that may not have reached its shard: nobody computes between two of its steps. */
  get hasArriving(): boolean {
    this.#forgetArrived();
    return this.#arriving.size > 0;
  }

  #forgetArrived(): void {
    const sinceMs = this.#now() - ARRIVING_MS;
    for (const write of this.#arriving) {
      if (write.sinceMs >= sinceMs) return;
      this.#arriving.delete(write);
    }
  }

  /** Without a stop, since the caller's turn. */
  computed(ns: number): void {
    if (ns > SHORT_NS) this.#computed += ns;
  }

  /** Whether a reader is one of those under way; one that has waited for that all the time is not. */
  isActive(reader: LongReader): boolean {
    return this.#active.has(reader);
  }

  leave(reader: LongReader): void {
    const visit = this.#active.get(reader);
    if (visit === undefined) return;
    this.#active.delete(reader);
    this.#wake(visit.object);
  }

  /** What a question that begins now computes before it stops, ns: the less, the more there are who would wait for that. */
  get firstShareNs(): number {
    const others = (this.#tickets.length > 0 ? 1 : 0) + (this.#isWriting ? 1 : 0);
    // One that would have to wait for another's end should not hold much until then.
    if (others === 2 || this.isFull) return SHARE_NS;
    return others === 1 ? BESIDE_OTHERS_NS : FIRST_SHARE_NS;
  }

  /** Samples are on their way to the disk. */
  written(): void {
    this.#writtenMs = this.#now();
  }

  get #isWriting(): boolean {
    return this.#now() - this.#writtenMs < WRITING_MS;
  }

  /** As many long queries are under way as may be. */
  get isFull(): boolean {
    return this.#active.size >= MAX_LONG_QUERIES;
  }

  /** One that has had few shares stands behind the one whose turn is next and those like it that came before; others stand at the end. */
  #enter(ticket: Ticket): void {
    const { reader } = ticket;
    if (reader === RULES) {
      this.#tickets.splice(this.#behindOneQuestion(), 0, ticket);
      return;
    }
    if (reader !== undefined && !this.isFull && !this.#active.has(reader)) this.#visited(ticket, reader, 0);
    const before = this.#beforeOneWithFew(ticket);
    const next = before === undefined ? undefined : this.#next();
    let at = this.#tickets.length;
    if (next !== undefined && before !== undefined) {
      at = this.#tickets.indexOf(next) + 1;
      while (at < this.#tickets.length && (this.#beforeOneWithFew(this.#tickets[at] as Ticket) ?? Infinity) < before) at++;
    }
    this.#tickets.splice(at, 0, ticket);
  }

  /** Somebody who was taken for gone is here after all, as where the thread stood still: nobody who came later is before. */
  #enterAgain(ticket: Ticket): void {
    const at = this.#tickets.findIndex(({ came }) => came > ticket.came);
    this.#tickets.splice(at === -1 ? this.#tickets.length : at, 0, ticket);
  }

  /** The place behind the first question that may go, and behind the rules of other shards that stand there. */
  #behindOneQuestion(): number {
    let at = this.#tickets.findIndex((one) => one.reader !== RULES && this.#mayGo(one)) + 1;
    if (at === 0) return this.#tickets.length;
    while (this.#tickets[at]?.reader === RULES) at++;
    return at;
  }

  #visited({ object, dueMs }: Ticket, reader: LongReader, shares: number): void {
    const known = this.#active.get(reader);
    const before = known?.before ?? this.#stopped++;
    this.#active.set(reader, { object, seenMs: dueMs, shares: (known?.shares ?? 0) + shares, before });
  }

  /** How many came before a reader that has had few shares; undefined of others. */
  #beforeOneWithFew({ reader }: Ticket): number | undefined {
    const visit = isLong(reader) ? this.#active.get(reader) : undefined;
    return visit === undefined || visit.shares >= FIRST_SHARES ? undefined : visit.before;
  }

  /** Whether it has a timer of its own: the first of its object's, and the first of them that may go while others have to wait for an end. */
  #looks(ticket: Ticket): boolean {
    for (const one of this.#tickets) {
      if (one.object !== ticket.object) continue;
      if (one === ticket) return true;
      if (this.#mayGo(one)) return false;
    }
    return false;
  }

  /** The first of an object's that may go; and one that has come near it, which is to look sooner from now on. */
  #wake(object: unknown): void {
    let place = 0;
    let isFound = false;
    for (const one of this.#tickets) {
      if (one.object !== object) continue;
      const isFirst: boolean = !isFound && this.#mayGo(one);
      if (isFirst || place === LOOKERS) {
        one.dueMs = Math.min(one.dueMs, this.#now());
        one.wake();
      }
      isFound ||= isFirst;
      if (isFound && place >= LOOKERS) return;
      place++;
    }
  }

  #wakeCalled(object: unknown): void {
    for (const one of this.#called) if (one.object === object && this.#called.delete(one)) one.wake();
  }

  #mayGo({ reader }: Ticket): boolean {
    return !isLong(reader) || this.#active.has(reader) || !this.isFull;
  }

  async #woken(ticket: Ticket, wait: Wait, deadlineMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    ticket.wake = resolve;
    const looks = new AbortController();
    const toAnEnd = this.#toAnEnd(ticket);
    const far = LOOK_MS * (1 + Math.floor(toAnEnd / LOOKERS));
    const soon = ticket.isCalled ? BETWEEN_CALLED_MS * (1 + toAnEnd) : Infinity;
    const ms = Math.max(1, Math.min(far, soon, deadlineMs + 1 - this.#now()));
    if (!ticket.isCalled) ticket.dueMs += ms;
    await Promise.race([promise, wait(ms, looks.signal).then(() => looks.signal.aborted || (ticket.isCalled = false))]);
    looks.abort();
  }

  /** How many of its object's stand before it, or so many times as many behind it where that is less: whoever came last finds out that all before it are gone. */
  #toAnEnd(ticket: Ticket): number {
    const ofObject = this.#tickets.filter(({ object }) => object === ticket.object);
    const before = ofObject.indexOf(ticket);
    return Math.min(before, LOOKERS * (ofObject.length - 1 - before));
  }

  /** Whose turn is next: none of those who are long, while as many of these are under way as may be, but these themselves. */
  #next(): Ticket | undefined {
    const goneMs = this.#now() - GONE_MS;
    for (const [reader, { seenMs }] of this.#active) {
      const waiting = this.#tickets.find((one) => one.reader === reader);
      if (Math.max(seenMs, waiting?.dueMs ?? 0) < goneMs) this.#active.delete(reader);
    }
    for (let at = this.#tickets.length - 1; at >= 0; at--)
      if ((this.#tickets[at] as Ticket).dueMs < goneMs) for (const gone of this.#tickets.splice(at, 1)) this.#called.delete(gone);
    const next = this.#tickets.find((one) => this.#mayGo(one));
    if (next !== undefined) this.#expect(next);
    return next;
  }

  /** Who is next is due, and when it does not come, all are called. */
  #expect(next: Ticket): void {
    const nowMs = this.#now();
    if (next.dueMs > nowMs) {
      next.dueMs = nowMs;
      this.#called.add(next);
    } else if (!next.isCalled && next.dueMs <= nowMs - MISSED_MS) {
      for (const one of this.#tickets) {
        one.dueMs = Math.min(one.dueMs, nowMs);
        one.isCalled = true;
        this.#called.add(one);
      }
    }
  }
}

const isLong = (reader: Ticket["reader"]): reader is LongReader => typeof reader === "object";

/** Of this isolate. */
export const READER_TURNS = new ReaderTurns(() => Date.now());

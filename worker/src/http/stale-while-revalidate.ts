/** An answer is fresh for so long, and where it takes long, it is asked for a fiftieth of the time at most. */
const FRESH_MS = 60_000;
const SELDOM = 50;
/** No longer fresh, it is told for so long while it is asked for anew, to whoever has waited for `PATIENCE_MS`. */
const STALE_MS = 60_000;
const PATIENCE_MS = 2000;
/** Who has nothing else to tell waits for so long. */
const LONGEST_WAIT_MS = 20_000;
const LOOK_MS = 50;
/** After that a question that was asked is taken for lost. */
const LOST_MS = 120_000;
const KEYS = 256;

interface Kept<T> {
  readonly answer: T | null;
  /** Until it is told no more, ms. */
  readonly staleUntil: number;
  /** When it is to be asked for anew, ms. */
  readonly nextAt: number;
  /** Null while nobody asks for it anew. */
  readonly asking: Asking | null;
}

/** One asking: only the one that is kept may tell what came of it. */
interface Asking {
  readonly sinceMs: number;
}

const UNKNOWN = { answer: null, staleUntil: 0, nextAt: 0, asking: null } as const;

export interface Waits {
  now(): number;
  wait(ms: number): Promise<unknown>;
}

/**
 * Answers that take long, by key, each a minute old or a little more: told as they were while they are asked for anew, if not for long; older ones are
 * waited for. Source: RFC 5861.
 */
export class StaleWhileRevalidate<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #waits: Waits;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** `later` keeps the work alive when its request is answered. Null where nothing is known that is not too old, since it failed or takes too long. */
  async answer(key: string, ask: () => Promise<T>, later: (work: Promise<unknown>) => void): Promise<T | null> {
    const nowMs = this.#waits.now();
    const kept = this.#of(key);
    if (kept.nextAt > nowMs) return this.#known(key);
    const patienceMs = kept.staleUntil > nowMs ? PATIENCE_MS : LONGEST_WAIT_MS;
    const isAsked = kept.asking !== null && nowMs - kept.asking.sinceMs < LOST_MS;
    const asking = isAsked ? this.#askedElsewhere(key, nowMs + patienceMs) : this.#ask(key, nowMs, ask);
    if (!isAsked) later(asking);
    const answered = await Promise.race([asking, this.#waits.wait(patienceMs).then(() => null)]);
    return answered ?? this.#known(key);
  }

  /** What it was asked of is another now. */
  forget(key: string): void {
    this.#kept.delete(key);
  }

  #of(key: string): Kept<T> {
    return this.#kept.get(key) ?? UNKNOWN;
  }

  #known(key: string): T | null {
    const { answer, staleUntil } = this.#of(key);
    return staleUntil > this.#waits.now() ? answer : null;
  }

  async #ask(key: string, nowMs: number, ask: () => Promise<T>): Promise<T | null> {
    if (this.#kept.size >= KEYS) this.#kept.clear();
    const asking: Asking = { sinceMs: nowMs };
    this.#kept.set(key, { ...this.#of(key), asking });
    // Nobody is told later by what has been forgotten meanwhile, nor that it failed.
    const isKept = (): boolean => this.#of(key).asking === asking;
    try {
      const answer = await ask();
      const nextAt = nowMs + Math.max(FRESH_MS, SELDOM * (this.#waits.now() - nowMs));
      if (isKept()) this.#kept.set(key, { answer, staleUntil: nextAt + STALE_MS, nextAt, asking: null });
      return answer;
    } catch (error) {
      console.error(JSON.stringify({ level: "error", message: "what is kept could not be asked for anew", key, error: String(error) }));
      if (isKept()) this.#kept.set(key, { ...this.#of(key), nextAt: nowMs + FRESH_MS, asking: null });
      return null;
    }
  }

  /** Of one request no other may await the work: workerd binds it to its own. */
  async #askedElsewhere(key: string, untilMs: number): Promise<T | null> {
    while (this.#of(key).asking !== null && this.#waits.now() < untilMs) await this.#waits.wait(LOOK_MS);
    return this.#known(key);
  }
}

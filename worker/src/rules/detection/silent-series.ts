import { grown } from "../grown-array.ts";

/** Nothing is missed sooner: a restart with a deploy takes a minute or two. */
const LEAST_MS = 600_000;
/** Times the longest that there has been between two samples lately. */
const MISSED = 5;
/** Times a silence that the series came back from: what works for an hour a day is silent by nature. */
const LONGER = 1.5;
const FADES = 0.9;
/** By which share the longest time between samples goes down to the one that was seen, a sample. */
const DECAY = 1 / 64;
/** A series has to have been there so long to be missed. */
const LIFE_MS = 3_600_000;
/** What has been silent so much longer than it takes to be missed ended before anybody looked: history that was imported. */
const STALE_MS = 3_600_000;
/** What is late may be on its way: nothing of it may come between two looks so far apart. */
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 60_000;

/** What nothing was heard of for so long has ended, and is no outage; it is silent, too, where it is not known how often it comes. */
const ENDED_MS = 7_200_000;

interface Returned {
  readonly slot: number;
  /** How long nothing came: of what was on its way as it was seen, else between the samples before and after, ms. */
  readonly silentMs: number;
  /** Its samples of the silence came after all: they were on their way. */
  readonly late: boolean;
}

const NONE: readonly Returned[] = [];

/**
 * Which series have stopped: much longer without a sample than ever lately, while other series of the shard go on. Measured against the
 * newest sample of all, not the clock, so that neither a server that was down nor a project that is quiet makes everything missing. One
 * pass a minute over two columns; nothing is timed, and nothing but the silences saved: what stopped before the object woke is not missed.
 */
export class SilentSeries {
  /** Between two samples lately, ms; 0 before the second, negative while nothing of the series is missed. By slot. */
  #longest = new Float64Array(0);
  /** Of its first sample, ms; 0 where that was before the object woke. */
  #bornAt = new Float64Array(0);
  /** The longest silences that series came back from. */
  readonly #silences = new Map<number, number>();
  /** Series that seem to have stopped: their newest sample, and since when that is so. */
  readonly #waiting: Map<number, { readonly newestMs: number; readonly sinceMs: number }> = new Map();
  /** Series whose stop was seen as it came, and that have not come back. */
  readonly #missed = new Set<number>();
  /** Slots that have a sample again after nothing was missed of them. */
  #returned: Returned[] = [];
  readonly #caution: (slot: number) => number;
  /** Series that there were samples of in the ten minutes before the last look. */
  sent = 0;
  #lookedAt = -Infinity;

  /** `caution`: the share by which a series is waited for longer, after what people said of it. */
  constructor(caution: (slot: number) => number) {
    this.#caution = caution;
  }

  add(slot: number): void {
    this.#longest = grown(this.#longest, slot + 1);
    this.#bornAt = grown(this.#bornAt, slot + 1);
  }

  /** Hot path: a sample at `tMs` after one at `beforeMs`, 0 for the first. */
  observed(slot: number, tMs: number, beforeMs: number): void {
    const longest = this.#longest[slot] as number;
    const since = tMs - beforeMs;
    if (since < longest) this.#longest[slot] = longest - (longest - since) * DECAY;
    else this.#longer(slot, tMs, beforeMs, longest);
  }

  #longer(slot: number, tMs: number, beforeMs: number, longest: number): void {
    if (beforeMs === 0) {
      this.#bornAt[slot] = tMs;
      return;
    }
    const since = tMs - beforeMs;
    const usual = Math.abs(longest);
    // What is sent in batches was silent for longer than its samples are apart.
    const silentMs = longest < 0 ? Math.max(since, this.#missedFor(slot, beforeMs)) : since;
    // Who is always late was silent for as long as the samples say: only what is too close to be a silence was on its way all the time.
    const late = since <= Math.max(LEAST_MS, MISSED * usual) && silentMs >= 2 * since;
    if (longest < 0) this.#returned.push({ slot, silentMs: late ? silentMs : since, late });
    const isSilence = usual > 0 && silentMs >= LEAST_MS && silentMs > MISSED * usual;
    if (isSilence) this.#silences.set(slot, Math.max(silentMs, FADES * (this.#silences.get(slot) ?? 0)));
    this.#longest[slot] = isSilence ? usual : Math.max(usual, since);
  }

  /** The longest silences that series came back from, ms, as they are kept over a restart. */
  get silences(): ReadonlyMap<number, number> {
    return this.#silences;
  }

  remember(slot: number, silentMs: number): void {
    this.#silences.set(slot, silentMs);
  }

  /** How long a series was seen to be silent whose newest sample was of `beforeMs`; 0 of history that is imported. */
  #missedFor(slot: number, beforeMs: number): number {
    const silentMs = this.#lookedAt - beforeMs;
    return this.#missed.delete(slot) || silentMs < STALE_MS ? silentMs : 0;
  }

  /** The newest sample says that no more will come. */
  ended(slot: number): void {
    this.#longest[slot] = -Math.abs(this.#longest[slot] as number);
  }

  /** Slots that have a sample again since the last call. */
  takeReturned(): readonly Returned[] {
    return this.#returned.length === 0 ? NONE : this.#returned.splice(0);
  }

  /** Times of first samples, 0 where one is not known. */
  bornAt(slot: number): number {
    return this.#bornAt[slot] ?? 0;
  }

  /**
   * Slots that have stopped since the last look, each once until it comes back; null where it is too soon for another. `newest`: of each
   * slot, ms; `nowMs`: of the data.
   */
  look(newest: Float64Array, count: number, nowMs: number): readonly number[] | null {
    if (nowMs - this.#lookedAt < LOOK_EVERY_MS) return null;
    this.sent = 0;
    const longest = this.#longest;
    const stopped: number[] = [];
    for (let slot = 0; slot < count; slot++) {
      const silentMs = nowMs - (newest[slot] as number);
      if (silentMs < LEAST_MS) {
        this.sent++;
        continue;
      }
      if ((longest[slot] as number) > 0 && this.#isMissed(slot, newest[slot] as number, silentMs, nowMs)) stopped.push(slot);
    }
    // Before what is stored was read back nothing is known of the series.
    if (this.sent > 0 || count === 0) this.#lookedAt = nowMs;
    for (const [slot, { newestMs }] of this.#waiting) if (newest[slot] !== newestMs) this.#waiting.delete(slot);
    return stopped;
  }

  /** Whether the series has stopped, whoever was told, or has ended. */
  isSilent(slot: number, newestMs: number, nowMs: number): boolean {
    const usual = this.#longest[slot] as number;
    return usual < 0 || nowMs - newestMs > (usual === 0 ? ENDED_MS : this.#patience(slot, usual));
  }

  /** Whether it is silent, and has been for longer than most outages last. */
  hasEnded(slot: number, newestMs: number, nowMs: number): boolean {
    return nowMs - newestMs > ENDED_MS && this.isSilent(slot, newestMs, nowMs);
  }

  #patience(slot: number, usual: number): number {
    return Math.max(LEAST_MS, MISSED * usual, LONGER * (this.#silences.get(slot) ?? 0));
  }

  #isMissed(slot: number, newestMs: number, silentMs: number, nowMs: number): boolean {
    const usual = this.#longest[slot] as number;
    const longest = Math.max(LEAST_MS, this.#patience(slot, usual) * (1 + this.#caution(slot)));
    if (silentMs <= longest) return false;
    const waiting = this.#waiting.get(slot);
    if (waiting?.newestMs !== newestMs) {
      this.#waiting.set(slot, { newestMs, sinceMs: nowMs });
      return false;
    }
    if (nowMs - waiting.sinceMs < WAIT_MS) return false;
    this.#waiting.delete(slot);
    this.#longest[slot] = -usual;
    const isNews = silentMs < longest + STALE_MS && newestMs - (this.#bornAt[slot] as number) >= LIFE_MS;
    if (isNews) this.#missed.add(slot);
    return isNews;
  }
}

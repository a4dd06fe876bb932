import { C } from "@sightline/shared/anomaly/layout";
import { SAMPLE } from "@sightline/shared/anomaly/sample-constants";
import type { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import { grown } from "../grown-array.ts";

/** Nothing is missed sooner. */
const LEAST_MS = SAMPLE.silentMs;
/** Times the longest that there has been between two samples lately. */
const MISSED = 5;
/** Times a silence that the series came back from: what works for an hour a day is silent by nature. */
const LONGER = 1.5;
const FADES = 0.9;
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
 * pass a minute over all; nothing is timed, and nothing but the silences saved: what stopped before the object woke is not missed.
 */
export class SilentSeries {
  readonly #cells: SeriesCells;
  /** Of its first sample, ms; 0 where that was before the object woke. By slot. */
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
  constructor(cells: SeriesCells, caution: (slot: number) => number) {
    this.#cells = cells;
    this.#caution = caution;
  }

  add(slot: number): void {
    this.#bornAt = grown(this.#bornAt, slot + 1);
  }

  /** Hot path: a sample at `tMs` after one at `beforeMs`, 0 for the first. */
  observed(slot: number, tMs: number, beforeMs: number): void {
    const longest = this.#longest(slot);
    const since = tMs - beforeMs;
    if (since < longest) this.#setLongest(slot, longest - (longest - since) * SAMPLE.decay);
    else this.#longer(slot, tMs, beforeMs, longest);
  }

  #longest(slot: number): number {
    return this.#cells.number(slot, C.longestMs);
  }

  #setLongest(slot: number, ms: number): void {
    this.#cells.setNumber(slot, C.longestMs, ms);
  }

  #newest(slot: number): number {
    return this.#cells.number(slot, C.newestMs);
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
    this.#setLongest(slot, isSilence ? usual : Math.max(usual, since));
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
    this.#setLongest(slot, -Math.abs(this.#longest(slot)));
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
   * Slots that have stopped since the last look, each once until it comes back; null where it is too soon for another. `nowMs`: of the
   * data.
   */
  look(count: number, nowMs: number): readonly number[] | null {
    if (nowMs - this.#lookedAt < LOOK_EVERY_MS) return null;
    this.sent = 0;
    const stopped: number[] = [];
    for (let slot = 0; slot < count; slot++) {
      const silentMs = nowMs - this.#newest(slot);
      if (silentMs < LEAST_MS) {
        this.sent++;
        continue;
      }
      if (this.#longest(slot) > 0 && this.#isMissed(slot, silentMs, nowMs)) stopped.push(slot);
    }
    // Before what is stored was read back nothing is known of the series.
    if (this.sent > 0 || count === 0) this.#lookedAt = nowMs;
    for (const [slot, { newestMs }] of this.#waiting) if (this.#newest(slot) !== newestMs) this.#waiting.delete(slot);
    return stopped;
  }

  /** Whether the series has stopped, whoever was told, or has ended. */
  isSilent(slot: number, nowMs: number): boolean {
    const usual = this.#longest(slot);
    return usual < 0 || nowMs - this.#newest(slot) > (usual === 0 ? ENDED_MS : this.#patience(slot, usual));
  }

  /** Whether it is silent, and has been for longer than most outages last. */
  hasEnded(slot: number, nowMs: number): boolean {
    return nowMs - this.#newest(slot) > ENDED_MS && this.isSilent(slot, nowMs);
  }

  #patience(slot: number, usual: number): number {
    return Math.max(LEAST_MS, MISSED * usual, LONGER * (this.#silences.get(slot) ?? 0));
  }

  #isMissed(slot: number, silentMs: number, nowMs: number): boolean {
    const newestMs = this.#newest(slot);
    const usual = this.#longest(slot);
    const longest = Math.max(LEAST_MS, this.#patience(slot, usual) * (1 + this.#caution(slot)));
    if (silentMs <= longest) return false;
    const waiting = this.#waiting.get(slot);
    if (waiting?.newestMs !== newestMs) {
      this.#waiting.set(slot, { newestMs, sinceMs: nowMs });
      return false;
    }
    if (nowMs - waiting.sinceMs < WAIT_MS) return false;
    this.#waiting.delete(slot);
    this.#setLongest(slot, -usual);
    const isNews = silentMs < longest + STALE_MS && newestMs - (this.#bornAt[slot] as number) >= LIFE_MS;
    if (isNews) this.#missed.add(slot);
    return isNews;
  }
}

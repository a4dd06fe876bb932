import { COUNTER_NAME, MOST_FALLS } from "./counter-series.ts";
import { isTime } from "./time-value.ts";

/** Whole numbers that have grown so often without ever falling count something. */
const RISES = 20;
/** From so many on nothing is told of the level: it may be a total. */
const MAYBE = 4;
const ENOUGH_FALLS = 3;
/** Changes that decide: beyond them both are halved, so that what a series has become shows. */
const REMEMBERED = 200;

interface Seen {
  counts: boolean;
  /** By its name it would. */
  readonly named: boolean;
  whole: boolean;
  newest: number;
  rises: number;
  falls: number;
}

/**
 * Which series of no known type are counters: by the name's ending, unless they fall too often; any other that only grows, in whole numbers.
 * `node_netstat_Tcp_RetransSegs` and what Telegraf sends count up and say it nowhere.
 */
export class UnsureCounters {
  /** Of series that are not settled, by slot. */
  readonly #seen = new Map<number, Seen>();

  add(slot: number, name: string): void {
    const named = COUNTER_NAME.test(name);
    this.#seen.set(slot, { counts: named, named, whole: true, newest: Number.NaN, rises: 0, falls: 0 });
  }

  /** As a snapshot says the series was judged. */
  restored(slot: number, counts: boolean): void {
    const seen = this.#seen.get(slot);
    if (seen !== undefined) seen.counts = counts;
  }

  /** Undefined of one that is no counter for good. */
  counts(slot: number): boolean | undefined {
    return this.#seen.get(slot)?.counts;
  }

  /** Whether a series that is judged by its level may be a counter: it has only grown. */
  mayCount(slot: number): boolean {
    const seen = this.#seen.get(slot);
    return seen !== undefined && !seen.counts && seen.whole && seen.rises >= MAYBE;
  }

  /** Whether by this value the series turns out to be the other of both. */
  turns(slot: number, tMs: number, value: number): boolean {
    const seen = this.#seen.get(slot);
    if (seen === undefined) return false;
    const before = seen.newest;
    seen.newest = value;
    if (value > before) seen.rises++;
    else if (value < before) seen.falls++;
    // A clock counts nothing.
    if (!Number.isInteger(value) || value < 0 || isTime(value, tMs)) seen.whole = false;
    const { rises, falls, counts } = seen;
    seen.counts = seen.named ? !(falls >= ENOUGH_FALLS && falls > MOST_FALLS * (rises + falls)) : this.#grows(slot, seen, value, before);
    if (rises + falls >= REMEMBERED) [seen.rises, seen.falls] = [rises / 2, falls / 2];
    return seen.counts !== counts;
  }

  /** What falls is no counter, but that one begins anew; it is settled then. */
  #grows(slot: number, { counts, whole, rises }: Seen, value: number, before: number): boolean {
    const begins = counts && value < before / 2;
    if (whole && (begins || !(value < before))) return counts || rises >= RISES;
    this.#seen.delete(slot);
    return false;
  }
}

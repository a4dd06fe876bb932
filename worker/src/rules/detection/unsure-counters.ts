import { grown } from "../grown-array.ts";
import { COUNTER_NAME, MOST_FALLS } from "./counter-series.ts";
import { isTime } from "./time-value.ts";

/** Whole numbers that have grown so often without ever falling count something. */
const RISES = 20;
/** From so many on nothing is told of the level: it may be a total. */
const MAYBE = 4;
const ENOUGH_FALLS = 3;
/** Changes that decide: beyond them both are halved, so that what a series has become shows. */
const REMEMBERED = 200;

/** What is known of a slot; 0 of one that is settled. */
const UNSETTLED = 1;
const COUNTS = 2;
/** By its name it would count. */
const NAMED = 4;
/** Not all of its values could be a count. */
const BROKEN = 8;

/** In the byte ahead of what is saved of a series: it has fallen as no counter does. */
const LEVEL = 16;

/**
 * Which series of no known type are counters: by the name's ending, unless they fall too often; any other that only grows, in whole numbers.
 * `node_netstat_Tcp_RetransSegs` and what Telegraf sends count up and say it nowhere. By slot, in columns: it is asked at every sample.
 */
export class UnsureCounters {
  #flags = new Uint8Array(0);
  #newest = new Float64Array(0);
  #rises = new Uint8Array(0);
  #falls = new Uint8Array(0);

  add(slot: number, name: string): void {
    this.#flags = grown(this.#flags, slot + 1);
    this.#newest = grown(this.#newest, slot + 1);
    this.#rises = grown(this.#rises, slot + 1);
    this.#falls = grown(this.#falls, slot + 1);
    this.#flags[slot] = UNSETTLED | (COUNTER_NAME.test(name) ? NAMED | COUNTS : 0);
    this.#newest[slot] = Number.NaN;
  }

  /** Its type is known from now on. */
  settle(slot: number): void {
    this.#flags[slot] = 0;
  }

  /** What a snapshot says of the slot besides how it was judged. */
  flags(slot: number): number {
    const flags = this.#flags[slot] ?? 0;
    return (flags & UNSETTLED) === 0 || (flags & (NAMED | COUNTS)) === NAMED ? LEVEL : 0;
  }

  /** As a snapshot says the series was judged. What counts by its name alone fell as often as it rose, as far as is known. */
  restored(slot: number, counts: boolean, saved: number): void {
    const flags = this.#flags[slot] ?? 0;
    if ((flags & UNSETTLED) === 0) return;
    if (counts) this.#flags[slot] = flags | COUNTS;
    else if ((saved & LEVEL) !== 0) {
      this.#flags[slot] = (flags & NAMED) === 0 ? 0 : flags & ~COUNTS;
      this.#rises[slot] = this.#falls[slot] = REMEMBERED / 4;
    }
  }

  /** Undefined of one that is no counter for good. */
  counts(slot: number): boolean | undefined {
    const flags = this.#flags[slot] ?? 0;
    return (flags & UNSETTLED) === 0 ? undefined : (flags & COUNTS) !== 0;
  }

  /** Whether a series that is judged by its level may be a counter: it has only grown. One that would be by its name has fallen. */
  mayCount(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & (UNSETTLED | COUNTS | BROKEN | NAMED)) === UNSETTLED && (this.#rises[slot] as number) >= MAYBE;
  }

  /** Hot path: whether by this value the series turns out to be the other of both. */
  turns(slot: number, tMs: number, value: number): boolean {
    let flags = this.#flags[slot] ?? 0;
    if ((flags & UNSETTLED) === 0) return false;
    const before = this.#newest[slot] as number;
    this.#newest[slot] = value;
    let rises = this.#rises[slot] as number;
    let falls = this.#falls[slot] as number;
    if (value > before) rises++;
    else if (value < before) falls++;
    // A clock counts nothing.
    if ((flags & BROKEN) === 0 && (!Number.isInteger(value) || value < 0 || isTime(value, tMs))) flags |= BROKEN;
    const counts =
      (flags & NAMED) === 0 ? grows(flags, rises, value, before) : !(falls >= ENOUGH_FALLS && falls > MOST_FALLS * (rises + falls));
    if (rises + falls >= REMEMBERED) [rises, falls] = [rises >> 1, falls >> 1];
    this.#rises[slot] = rises;
    this.#falls[slot] = falls;
    this.#flags[slot] = counts === undefined ? 0 : counts ? flags | COUNTS : flags & ~COUNTS;
    return (counts ?? false) !== ((flags & COUNTS) !== 0);
  }
}

/** What falls is no counter, but that one begins anew; undefined then, as it is settled. */
function grows(flags: number, rises: number, value: number, before: number): boolean | undefined {
  const counts = (flags & COUNTS) !== 0;
  const begins = counts && value < before / 2;
  if ((flags & BROKEN) !== 0 || (value < before && !begins)) return undefined;
  return counts || rises >= RISES;
}

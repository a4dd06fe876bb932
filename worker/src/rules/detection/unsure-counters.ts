import { BYTE, C } from "@sightline/shared/anomaly/layout";
import { SAMPLE as S, UNSURE as U } from "@sightline/shared/anomaly/sample-constants";
import type { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import { COUNTER_NAME } from "./counter-series.ts";
import { isTime } from "./time-value.ts";

/** From so many rises on nothing is told of the level: it may be a total. */
const MAYBE = 4;

/** In the byte ahead of what is saved of a series: it has fallen as no counter does. */
const LEVEL = 16;

/**
 * Which series of no known type are counters: by the name's ending, unless they fall too often; any other that only grows, in whole numbers.
 * `node_netstat_Tcp_RetransSegs` and what Telegraf sends count up and say it nowhere. It is asked at every sample.
 */
export class UnsureCounters {
  readonly #cells: SeriesCells;

  constructor(cells: SeriesCells) {
    this.#cells = cells;
  }

  add(slot: number, name: string): void {
    this.#cells.setByte(slot, BYTE.unsure, U.unsettled | (COUNTER_NAME.test(name) ? U.named | U.counts : 0));
    this.#cells.setNumber(slot, C.risen, Number.NaN);
  }

  /** Its type is known from now on. */
  settle(slot: number): void {
    this.#cells.setByte(slot, BYTE.unsure, 0);
  }

  /** What a snapshot says of the slot besides how it was judged. */
  flags(slot: number): number {
    const flags = this.#cells.byte(slot, BYTE.unsure);
    return (flags & U.unsettled) === 0 || (flags & (U.named | U.counts)) === U.named ? LEVEL : 0;
  }

  /** As a snapshot says the series was judged. What counts by its name alone fell as often as it rose, as far as is known. */
  restored(slot: number, counts: boolean, saved: number): void {
    const flags = this.#cells.byte(slot, BYTE.unsure);
    if ((flags & U.unsettled) === 0) return;
    if (counts) this.#cells.setByte(slot, BYTE.unsure, flags | U.counts);
    else if ((saved & LEVEL) !== 0) {
      this.#cells.setByte(slot, BYTE.unsure, (flags & U.named) === 0 ? 0 : flags & ~U.counts);
      for (const at of [BYTE.rises, BYTE.falls]) this.#cells.setByte(slot, at, S.remembered / 4);
    }
  }

  /** Undefined of one that is no counter for good. */
  counts(slot: number): boolean | undefined {
    const flags = this.#cells.byte(slot, BYTE.unsure);
    return (flags & U.unsettled) === 0 ? undefined : (flags & U.counts) !== 0;
  }

  /** Whether a series that is judged by its level may be a counter: it has only grown. One that would be by its name has fallen. */
  mayCount(slot: number): boolean {
    return (
      (this.#cells.byte(slot, BYTE.unsure) & (U.unsettled | U.counts | U.broken | U.named)) === U.unsettled &&
      this.#cells.byte(slot, BYTE.rises) >= MAYBE
    );
  }

  /** Hot path: whether by this value the series turns out to be the other of both. */
  turns(slot: number, tMs: number, value: number): boolean {
    let flags = this.#cells.byte(slot, BYTE.unsure);
    if ((flags & U.unsettled) === 0) return false;
    const before = this.#cells.number(slot, C.risen);
    this.#cells.setNumber(slot, C.risen, value);
    let rises = this.#cells.byte(slot, BYTE.rises);
    let falls = this.#cells.byte(slot, BYTE.falls);
    if (value > before) rises++;
    else if (value < before) falls++;
    // A clock counts nothing.
    if ((flags & U.broken) === 0 && (!Number.isInteger(value) || value < 0 || isTime(value, tMs))) flags |= U.broken;
    const counts =
      (flags & U.named) === 0 ? grows(flags, rises, value, before) : !(falls >= S.enoughFalls && falls > S.mostFalls * (rises + falls));
    if (rises + falls >= S.remembered) [rises, falls] = [rises >> 1, falls >> 1];
    this.#cells.setByte(slot, BYTE.rises, rises);
    this.#cells.setByte(slot, BYTE.falls, falls);
    this.#cells.setByte(slot, BYTE.unsure, counts === undefined ? 0 : counts ? flags | U.counts : flags & ~U.counts);
    return (counts ?? false) !== ((flags & U.counts) !== 0);
  }
}

/** What falls is no counter, but that one begins anew; undefined then, as it is settled. */
function grows(flags: number, rises: number, value: number, before: number): boolean | undefined {
  const counts = (flags & U.counts) !== 0;
  const begins = counts && value < before / 2;
  if ((flags & U.broken) !== 0 || (value < before && !begins)) return undefined;
  return counts || rises >= S.rises;
}

import type { Head } from "./head.ts";
import type { SeriesIndex } from "./series-index.ts";

/** A series without a sample for so long before the newest of all is history: it is kept to be read and takes no room of those that live. */
const LIVE_MS = 86_400_000;
/** Known series, living and not, are at most so many times the bound: their labels are held in memory. */
const MOST_KNOWN = 3;
/** Living series are counted anew after a part of the bound has asked for room. */
const COUNT_PARTS = 80;

/** Whether a new series finds room: the bound is on series that live, so that what came and went does not close a shard. */
export class SeriesRoom {
  readonly #index: SeriesIndex;
  readonly #head: Head;
  readonly #maxSeries: number;
  #live = 0;
  #asked = 0;

  constructor(index: SeriesIndex, head: Head, maxSeries: number) {
    this.#index = index;
    this.#head = head;
    this.#maxSeries = maxSeries;
  }

  /** Takes a place when there is one. */
  take(): boolean {
    const known = this.#index.size;
    if (known < this.#maxSeries) return true;
    if (known >= this.#maxSeries * MOST_KNOWN) return false;
    if (this.#asked++ % Math.ceil(this.#maxSeries / COUNT_PARTS) === 0) this.#live = this.#countLive();
    if (this.#live >= this.#maxSeries) return false;
    this.#live += 1;
    return true;
  }

  #countLive(): number {
    const { lastTime } = this.#head;
    let newest = -Infinity;
    for (let ref = 0; ref < this.#index.end; ref++) newest = Math.max(newest, lastTime[ref] as number);
    let live = 0;
    for (let ref = 0; ref < this.#index.end; ref++) {
      const last = lastTime[ref] as number;
      // One without any sample has just been made.
      if ((last === -Infinity || last > newest - LIVE_MS) && this.#index.get(ref) !== undefined) live += 1;
    }
    return live;
  }
}

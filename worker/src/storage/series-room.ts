import type { Failure } from "@sightline/shared/model/result";
import type { Head } from "./head.ts";
import type { SeriesIndex } from "./series-index.ts";

/** A series without a sample for so long before the newest of all is history: it is kept to be read and takes no room of those that live. */
const LIVE_MS = 86_400_000;
/** Known series, living and not, are at most so many times the bound: their labels are held in memory. */
const MOST_KNOWN = 3;
/** Living series are counted anew after a part of the bound has asked for room. */
const COUNT_PARTS = 80;

export interface RoomBounds {
  readonly maxSeries: number;
  /** Of different values of labels, living or not: they are in memory, several times over. */
  readonly maxLabelBytes: number;
  /** Series of one metric; what is above it is refused, so that a runaway label costs its own metric only. */
  readonly maxSeriesPerMetric: number;
}

/** Whether a new series finds room: the bounds are on series that live, so that what came and went closes neither a shard nor a metric. */
export class SeriesRoom {
  readonly #index: SeriesIndex;
  readonly #head: Head;
  readonly #bounds: RoomBounds;
  readonly #all: Places;
  /** Of metrics that know as many series as may live. */
  readonly #metrics = new Map<string, Places>();

  constructor(index: SeriesIndex, head: Head, bounds: RoomBounds) {
    this.#index = index;
    this.#head = head;
    this.#bounds = bounds;
    this.#all = new Places(bounds.maxSeries);
  }

  /** Takes a place when there is one. Failures `series_limit`, `metric_series_limit` and `label_bytes_limit`. */
  take(metric: string): Failure | null {
    const { maxSeries, maxSeriesPerMetric, maxLabelBytes } = this.#bounds;
    if (this.#index.labelBytes >= maxLabelBytes) {
      const message = `this shard holds ${maxLabelBytes} bytes of label values; samples of series it knows are still taken, look for labels whose values are long and many`;
      return { code: "label_bytes_limit", message };
    }
    const ofMetric = this.#index.refsOfMetric(metric);
    if (ofMetric.length >= maxSeriesPerMetric) {
      let places = this.#metrics.get(metric);
      if (places === undefined) this.#metrics.set(metric, (places = new Places(maxSeriesPerMetric)));
      if (!places.take(ofMetric.length, () => this.#living(ofMetric))) {
        const message = `${metric} has its ${maxSeriesPerMetric} series; samples of those it has are still taken, look for a label with too many values`;
        return { code: "metric_series_limit", message };
      }
    }
    if (this.#all.take(this.#index.size, () => this.#living(this.#index.refs()))) return null;
    return { code: "series_limit", message: `this shard holds its ${maxSeries} series; samples of series it knows are still taken` };
  }

  /** Living series are counted anew for whoever asks next. */
  recount(): void {
    this.#all.recount();
    this.#metrics.clear();
  }

  #living(refs: Iterable<number>): number {
    const { lastTime } = this.#head;
    let newest = -Infinity;
    for (let ref = 0; ref < this.#index.end; ref++) newest = Math.max(newest, lastTime[ref] as number);
    let live = 0;
    for (const ref of refs) {
      const last = lastTime[ref] as number;
      // One without any sample has just been made.
      if (last === -Infinity || last > newest - LIVE_MS) live += 1;
    }
    return live;
  }
}

/** Places for living series of a shard or of a metric. */
class Places {
  readonly #most: number;
  #live = 0;
  #asked = 0;

  constructor(most: number) {
    this.#most = most;
  }

  take(known: number, countLiving: () => number): boolean {
    if (known < this.#most) return true;
    if (known >= this.#most * MOST_KNOWN) return false;
    if (this.#asked++ % Math.ceil(this.#most / COUNT_PARTS) === 0) this.#live = countLiving();
    if (this.#live >= this.#most) return false;
    this.#live += 1;
    return true;
  }

  recount(): void {
    this.#asked = 0;
  }
}

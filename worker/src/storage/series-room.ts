import type { Failure } from "@sightline/shared/model/result";
import type { Head } from "./head.ts";
import type { SeriesIndex } from "./series-index.ts";

/** A series without a sample for so long before the newest of all is history: it is kept to be read and takes no room of those that live. */
const LIVE_MS = 86_400_000;
/** Known series, living and not, are at most so many times the bound: their labels are held in memory. */
const MOST_KNOWN = 3;
/** From so many times the bound on room is made, so that all that live may be replaced at once: those that ended first are let go until so many are left. */
const CROWDED = 2;
const ROOMY = 1.75;
/** The part of what is known that goes at once for the sake of its bytes, since how many of them each series holds alone nobody knows. */
const ROUND = 1 - ROOMY / CROWDED;
/** Of its bytes such a round wins about as much; less than this share of that is next to nothing. */
const LEAST_WON = 0.25;
/** Until the next look at whom to let go, where the last one found too few. */
const LOOK_AGAIN_MS = 600_000;
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
  readonly #crowdedMetrics = new Set<string>();
  #lookedAt = -Infinity;
  /** Bytes of label values before the last round for their sake, and from how many on there is another. */
  #bytesBefore = Infinity;
  #wordyFrom: number;

  constructor(index: SeriesIndex, head: Head, bounds: RoomBounds) {
    this.#index = index;
    this.#head = head;
    this.#bounds = bounds;
    this.#all = new Places(bounds.maxSeries);
    this.#wordyFrom = this.#leastWordy;
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
      if (ofMetric.length >= CROWDED * maxSeriesPerMetric) this.#crowdedMetrics.add(metric);
      if (!places.take(ofMetric.length, () => this.#living(ofMetric))) {
        const message = `${metric} has its ${maxSeriesPerMetric} series${withEnded(ofMetric.length, maxSeriesPerMetric)}; samples of those it has are still taken, look for a label with too many values`;
        return { code: "metric_series_limit", message };
      }
    }
    const { size } = this.#index;
    if (this.#all.take(size, () => this.#living(this.#index.refs()))) return null;
    return {
      code: "series_limit",
      message: `this shard holds its ${maxSeries} series${withEnded(size, maxSeries)}; samples of series it knows are still taken`,
    };
  }

  /** When somebody should be let go, ms; Infinity where there is room. */
  get crowdedAt(): number {
    const many = this.#index.size >= CROWDED * this.#bounds.maxSeries;
    const crowded = many || this.#crowdedMetrics.size > 0 || this.#wordy;
    return crowded ? this.#lookedAt + LOOK_AGAIN_MS : Infinity;
  }

  /** Values of labels near their bound. */
  get #wordy(): boolean {
    return this.#index.labelBytes >= this.#wordyFrom;
  }

  get #leastWordy(): number {
    return (CROWDED / MOST_KNOWN) * this.#bounds.maxLabelBytes;
  }

  /** Series to be let go so that new ones find room: of those that ended and are wholly in storage the earliest. */
  letGo(nowMs: number): number[] {
    const { maxSeries, maxSeriesPerMetric } = this.#bounds;
    const gone = new Set<number>();
    const metrics = [...this.#crowdedMetrics];
    this.#crowdedMetrics.clear();
    const since = this.#newest() - LIVE_MS;
    for (const metric of metrics) {
      const refs = this.#index.refsOfMetric(metric);
      for (const ref of this.#ended(refs, since).slice(0, tooMany(refs.length, maxSeriesPerMetric))) gone.add(ref);
    }
    const { size, labelBytes } = this.#index;
    this.#bytesBefore = this.#wordy ? labelBytes : Infinity;
    const most = Math.max(tooMany(size, maxSeries), this.#wordy ? Math.ceil(size * ROUND) : 0);
    if (most > 0) for (const ref of this.#ended(this.#index.refs(), since).slice(0, most)) gone.add(ref);
    this.#lookedAt = gone.size > 0 ? -Infinity : nowMs;
    return [...gone];
  }

  /** When those have gone. A round that won next to nothing of its bytes shows that they are of series that live: there is another when there are more, or all are taken. */
  weigh(nowMs: number): void {
    const { labelBytes } = this.#index;
    const before = this.#bytesBefore;
    if (before === Infinity) return;
    const inVain = labelBytes > before * (1 - LEAST_WON * ROUND);
    this.#wordyFrom = inVain ? Math.min(this.#bounds.maxLabelBytes, labelBytes * (1 + ROUND)) : this.#leastWordy;
    if (inVain) this.#lookedAt = nowMs;
  }

  /** The first to end first. */
  #ended(refs: Iterable<number>, since: number): number[] {
    const { lastTime } = this.#head;
    const ended: number[] = [];
    for (const ref of refs) {
      const last = lastTime[ref] as number;
      // One whose newest time is not known may be any of those that live.
      if (last > -Infinity && last < since && !this.#head.has(ref)) ended.push(ref);
    }
    return ended.sort((a, b) => (lastTime[a] as number) - (lastTime[b] as number));
  }

  /** Counted as it is asked for. */
  get living(): number {
    return this.#living(this.#index.refs());
  }

  /** Living series are counted anew for whoever asks next. */
  recount(): void {
    this.#all.recount();
    this.#metrics.clear();
  }

  #newest(): number {
    const { lastTime } = this.#head;
    let newest = -Infinity;
    for (let ref = 0; ref < this.#index.end; ref++) newest = Math.max(newest, lastTime[ref] as number);
    return newest;
  }

  #living(refs: Iterable<number>): number {
    const { lastTime } = this.#head;
    const newest = this.#newest();
    let live = 0;
    for (const ref of refs) {
      const last = lastTime[ref] as number;
      // One without any sample has just been made.
      if (last === -Infinity || last > newest - LIVE_MS) live += 1;
    }
    return live;
  }
}

/** How many of so many known series are to be let go. */
const tooMany = (known: number, most: number): number => (known >= CROWDED * most ? known - Math.floor(ROOMY * most) : 0);

const withEnded = (known: number, most: number): string =>
  known >= MOST_KNOWN * most ? `, and ${known - most} that ended are still known, which make room within ten minutes` : "";

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

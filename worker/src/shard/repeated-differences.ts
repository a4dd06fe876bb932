import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { STALE_NAN } from "@sightline/shared/model/sample";
import type { SeriesStore } from "../storage/series-store.ts";

/** Late points that one request may bring, twice what a Collector sends at once: each looks for what stands around it, which takes some 20 µs. */
const MOST_LATE = 20_000;

/**
 * Of one request. A point of differences that OTLP brings is known by its time: where the series has a total of that time
 * already, its exporter did not get the answer and sends it again (deltatocumulative of the OpenTelemetry Collector takes no
 * point that is not after the one before it either). Within the request several resources may lead to one series, and
 * what each of them says of one time counts. A point that comes late is added to the newest total; that it came is kept by a
 * sample at its own time, of the total that stood there, or, where the total stood in another shard, by a stale marker: what this shard has
 * counted would be a reset among the totals of that one. One that is too late for that sample would count again with every
 * retry, and is refused, as an absolute value of its time is.
 */
export class RepeatedDifferences {
  readonly #store: SeriesStore;
  readonly #added = new Map<number, Set<number>>();
  /** Whether series may have stood in another shard. */
  readonly #moved: boolean;
  #late = 0;

  constructor(store: SeriesStore, moved: boolean) {
    this.#store = store;
    this.#moved = moved;
  }

  /** Whether the difference was added up before this request. One that was not is taken for added from here on. */
  has(ref: number, t: number, nowMs: number): boolean {
    const times = this.#added.get(ref);
    if (times?.has(t) === true) return false;
    if (this.#isStored(ref, t, nowMs)) return true;
    if (times === undefined) this.#added.set(ref, new Set([t]));
    else times.add(t);
    return false;
  }

  /** Of a difference older than its series' newest total, before it is added to that: the total before it, or else the first after it, at its time. False when it comes too late to be remembered. */
  remember(ref: number, t: number, nowMs: number): boolean {
    const { head, judge, newestBefore, bounds } = this.#store;
    const last = head.lastTime[ref] as number;
    const since = newestBefore.found(ref, last);
    if (t >= last) return true;
    if (judge.isTooLate(t, since) || this.#late >= MOST_LATE) return false;
    this.#late++;
    const [around] = this.#store.read([ref], t - bounds.outOfOrderMs, last, nowMs);
    if (around === undefined) return true;
    const { timestamps, values, histograms } = around;
    let at = 0;
    while (at + 1 < timestamps.length && (timestamps[at + 1] as number) < t) at++;
    const histogram = histograms?.[at];
    if (this.#moved && ((timestamps[at] as number) >= t || this.#mayBegin(ref, values[at] as number, histogram)))
      this.#store.append(ref, t, STALE_NAN, nowMs, "total", since);
    else if (histogram !== undefined) this.#store.appendHistogram(ref, t, histogram, nowMs, "total", since);
    else this.#store.append(ref, t, values[at] as number, nowMs, "total", since);
    return true;
  }

  /** A total of nothing is where one begins or goes on anew: before it the series may have stood elsewhere. A gauge's level does not. */
  #mayBegin(ref: number, value: number, histogram: NativeHistogram | undefined): boolean {
    return (histogram?.count ?? value) === 0 && this.#store.index.metadataOf(ref)?.type !== "gauge";
  }

  #isStored(ref: number, t: number, nowMs: number): boolean {
    const last = this.#store.head.lastTime[ref] as number;
    if (t >= last) return t === last;
    return this.#store.at(ref, t, nowMs) !== undefined;
  }
}

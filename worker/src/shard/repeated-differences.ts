import type { SeriesStore } from "../storage/series-store.ts";

/**
 * Of one request. A point of differences that OTLP brings is known by its time: where the series has a total of that time
 * already, its exporter did not get the answer and sends it again (deltatocumulative of the OpenTelemetry Collector takes no
 * point that is not after the one before it either). Within the request several resources may lead to one series, and
 * what each of them says of one time counts.
 */
export class RepeatedDifferences {
  readonly #store: SeriesStore;
  readonly #added = new Map<number, Set<number>>();

  constructor(store: SeriesStore) {
    this.#store = store;
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

  #isStored(ref: number, t: number, nowMs: number): boolean {
    const last = this.#store.head.lastTime[ref] as number;
    if (t >= last) return t === last;
    return this.#store.at(ref, t, nowMs) !== undefined;
  }
}

/** The timings of all code, read every two seconds while somebody looks at code. */
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import { Signal } from "../live/signal.ts";
import { CALLS_QUERY, type CodeTiming, joinTimings, LOCATED_SELECTOR, metricsByPlace, P95_QUERY } from "./timing.ts";

export type TimingSource = Pick<DataSource, "query" | "series" | "connection">;

const TIMING_INTERVAL_MS = 2_000;
/** Names change only when code does. */
const METRICS_EVERY = 15;

export class TimingFeed {
  readonly #changed = new Signal<readonly CodeTiming[]>();
  #source: TimingSource | null = null;
  #watched = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #round = 0;
  #timings: readonly CodeTiming[] = [];
  #metrics: ReadonlyMap<string, readonly string[]> = new Map();

  readonly onChange = (listener: (timings: readonly CodeTiming[]) => void): Disposable => this.#changed.listen(listener);

  get timings(): readonly CodeTiming[] {
    return this.#timings;
  }

  /** By `placeKey`. */
  get metrics(): ReadonlyMap<string, readonly string[]> {
    return this.#metrics;
  }

  follow(source: TimingSource | null): void {
    this.#source = source;
    this.#metrics = new Map();
    this.#round = 0;
    this.#publish([]);
    this.#schedule(0);
  }

  /** Reads only while watched. */
  watch(watched: boolean): void {
    if (this.#watched === watched) return;
    this.#watched = watched;
    this.#schedule(0);
  }

  dispose(): void {
    this.#source = null;
    this.#watched = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#watched && this.#source !== null ? setTimeout(() => void this.#read(), delayMs) : null;
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (source === null) return;
    try {
      if (source.connection === "live") {
        const [p95, calls] = await Promise.all([source.query(P95_QUERY), source.query(CALLS_QUERY)]);
        if (source !== this.#source) return;
        this.#publish(joinTimings(p95, calls));
        if (this.#round % METRICS_EVERY === 0) this.#metrics = metricsByPlace(await source.series([LOCATED_SELECTOR]));
        this.#round += 1;
      } else if (this.#timings.length > 0) {
        // Numbers of a lost connection are not live: better none than old ones.
        this.#publish([]);
      }
    } catch {
      // Asked again at the next round; what was shown stays for one more.
    } finally {
      if (source === this.#source) this.#schedule(TIMING_INTERVAL_MS);
    }
  }

  #publish(timings: readonly CodeTiming[]): void {
    this.#timings = timings;
    this.#changed.fire(timings);
  }
}

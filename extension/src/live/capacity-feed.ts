/** What is used up when, every few minutes while connected: growth of weeks does not change faster. */
import type { CapacityResponse } from "@sightline/shared/api/analyses";
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import { disposeAll, Signal } from "./signal.ts";

type CapacitySource = Pick<DataSource, "capacity" | "onConnection" | "connection">;

const INTERVAL_MS = 600_000;

export class CapacityFeed {
  readonly #changed = new Signal<CapacityResponse | null>();
  readonly #open: Disposable[] = [];
  #source: CapacitySource | null = null;
  #latest: CapacityResponse | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reading = false;

  readonly onChange = (listener: (response: CapacityResponse | null) => void): Disposable => this.#changed.listen(listener);

  /** The last one read from this source; kept while it is offline. */
  get latest(): CapacityResponse | null {
    return this.#latest;
  }

  follow(source: CapacitySource | null): void {
    this.#stop();
    this.#source = source;
    this.#latest = null;
    this.#changed.fire(null);
    if (source === null) return;
    this.#open.push(
      source.onConnection((state) => {
        if (state === "live" && this.#timer === null) void this.#read();
      }),
    );
    if (source.connection === "live") void this.#read();
  }

  dispose(): void {
    this.#stop();
    this.#source = null;
  }

  #stop(): void {
    disposeAll(this.#open);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (source === null || this.#reading) return;
    this.#reading = true;
    try {
      const response = await source.capacity();
      if (source !== this.#source) return;
      this.#latest = response;
      this.#changed.fire(response);
    } catch {
      // The connection's own state tells the person; it is read again in a while.
    } finally {
      this.#reading = false;
      if (this.#source !== null) this.#timer = setTimeout(() => void this.#read(), INTERVAL_MS);
    }
  }
}

/** The server's snapshot every few seconds while connected, and soon after an alert changes. */
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { Snapshot } from "@sightline/shared/api/responses";
import { disposeAll, Signal } from "./signal.ts";

export type SnapshotSource = Pick<DataSource, "snapshot" | "onEvent" | "onConnection" | "connection">;

const SNAPSHOT_INTERVAL_MS = 5_000;
const AFTER_ALERT_MS = 500;

export class SnapshotFeed {
  readonly #changed = new Signal<Snapshot | null>();
  readonly #open: Disposable[] = [];
  #source: SnapshotSource | null = null;
  #latest: Snapshot | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reading = false;

  readonly onChange = (listener: (snapshot: Snapshot | null) => void): Disposable => this.#changed.listen(listener);

  /** The last one read from this source; kept while it is offline. */
  get latest(): Snapshot | null {
    return this.#latest;
  }

  follow(source: SnapshotSource | null): void {
    this.#stop();
    this.#source = source;
    this.#latest = null;
    this.#changed.fire(null);
    if (source === null) return;
    this.#open.push(
      source.onConnection((state) => {
        if (state === "live") this.#readAfter(0);
      }),
      source.onEvent((event) => {
        if (event.type === "alert") this.#readAfter(AFTER_ALERT_MS);
      }),
    );
    if (source.connection === "live") this.#readAfter(0);
  }

  /** Reads it now: something was done that it tells of. */
  refresh(): void {
    if (this.#source !== null) this.#readAfter(0);
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

  #readAfter(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), delayMs);
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (source === null || this.#reading || source.connection !== "live") return;
    this.#reading = true;
    try {
      const snapshot = await source.snapshot();
      if (source !== this.#source) return;
      this.#latest = snapshot;
      this.#changed.fire(snapshot);
    } catch {
      // The connection's own state tells the person; the next snapshot is read in a while.
    } finally {
      this.#reading = false;
      if (this.#source !== null) this.#readAfter(SNAPSHOT_INTERVAL_MS);
    }
  }
}

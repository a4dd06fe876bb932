import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import { disposeAll, Signal } from "./signal.ts";

export type PolledSource = Pick<DataSource, "onConnection" | "connection">;

/** One answer of the server, read again and again while connected; the last one is kept while the source is offline. */
export abstract class PolledFeed<Source extends PolledSource, Answer> {
  readonly #intervalMs: number;
  readonly #changed = new Signal<Answer | null>();
  readonly #open: Disposable[] = [];
  #source: Source | null = null;
  #latest: Answer | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reading = false;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  readonly onChange = (listener: (answer: Answer | null) => void): Disposable => this.#changed.listen(listener);

  /** The last one read from this source; kept while it is offline. */
  get latest(): Answer | null {
    return this.#latest;
  }

  follow(source: Source | null): void {
    this.#stop();
    this.#source = source;
    this.#latest = null;
    this.#changed.fire(null);
    if (source === null) return;
    this.#open.push(
      source.onConnection((state) => {
        if (state === "live") this.readAfter(0);
      }),
      ...this.listen(source),
    );
    if (source.connection === "live") this.readAfter(0);
  }

  /** Reads it now: something was done that it tells of. */
  refresh(): void {
    if (this.#source !== null) this.readAfter(0);
  }

  dispose(): void {
    this.#stop();
    this.#source = null;
  }

  protected abstract ask(source: Source): Promise<Answer>;

  /** What else it is read for. */
  protected listen(_source: Source): readonly Disposable[] {
    return [];
  }

  protected readAfter(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), delayMs);
  }

  #stop(): void {
    disposeAll(this.#open);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (source === null || this.#reading || source.connection !== "live") return;
    this.#reading = true;
    try {
      const answer = await this.ask(source);
      if (source !== this.#source) return;
      this.#latest = answer;
      this.#changed.fire(answer);
    } catch {
      // The connection's own state tells the person; it is read again in a while.
    } finally {
      this.#reading = false;
      if (this.#source !== null) this.readAfter(this.#intervalMs);
    }
  }
}

import type { RunEntry } from "./run-manifest.ts";
import type { RunRow } from "./run-row.ts";
import type { RunStore } from "./run-store.ts";

/** Walks the chunks of one run in order, one open row at a time. */
export class RunCursor {
  readonly run: RunEntry;
  readonly #store: RunStore;
  readonly #metricOf: (ref: number) => string;
  #next = 0;
  row: RunRow | null = null;
  chunk = 0;
  metric = "";
  ref = -1;

  constructor(store: RunStore, run: RunEntry, metricOf: (ref: number) => string, nowMs: number) {
    this.#store = store;
    this.run = run;
    this.#metricOf = metricOf;
    this.#openNext(nowMs);
  }

  get done(): boolean {
    return this.row === null;
  }

  advance(nowMs: number): void {
    this.chunk += 1;
    this.#look(nowMs);
  }

  /** Sets a row aside that could not be decoded, and goes on after it. */
  skipRow(reason: unknown, nowMs: number): void {
    const entry = this.run.rows[this.#next - 1];
    if (entry !== undefined) this.#store.condemn(this.run, entry, reason, nowMs);
    this.#openNext(nowMs);
  }

  #openNext(nowMs: number): void {
    this.row = null;
    this.chunk = 0;
    while (this.row === null) {
      const entry = this.run.rows[this.#next];
      if (entry === undefined) return;
      this.#next += 1;
      this.row = this.#store.open(this.run, entry, nowMs);
    }
    this.#look(nowMs);
  }

  #look(nowMs: number): void {
    const ref = this.row?.refs[this.chunk];
    if (ref === undefined) {
      if (this.row !== null) this.#openNext(nowMs);
      return;
    }
    if (ref !== this.ref) this.metric = this.#metricOf(ref);
    this.ref = ref;
  }
}

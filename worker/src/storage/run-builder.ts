import type { ColumnEncoder } from "@sightline/shared/encoding/packed-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { RowEntry } from "./run-manifest.ts";
import { RunRowPacker } from "./run-row.ts";

/** No row is longer, whatever one series brings. */
const LONGEST_ROW = 900_000;

/** What is known of a run when its rows are written. */
export interface BuiltRun {
  readonly rows: readonly RowEntry[];
  readonly minTime: number;
  readonly maxTime: number;
  readonly samples: number;
}

/** Cuts chunks, given in ascending order of (metric, ref) and time, into rows of about `rowBytes`, and hands each to `write`. */
export class RunBuilder {
  readonly packer: RunRowPacker;
  readonly #rowBytes: number;
  readonly #write: (id: number, row: Uint8Array) => void;
  readonly #rows: RowEntry[] = [];
  #ref = -1;
  #first: { metric: string; ref: number; continues: boolean } | null = null;
  #minTime = Infinity;
  #maxTime = -Infinity;
  #samples = 0;

  constructor(rowBytes: number, encode: ColumnEncoder, write: (id: number, row: Uint8Array) => void) {
    this.packer = new RunRowPacker(encode);
    this.#rowBytes = rowBytes;
    this.#write = write;
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows.length;
  }

  /** The samples [from, to) of parallel columns. */
  floats(metric: string, ref: number, times: Float64Array, values: Float64Array, from: number, to: number): void {
    this.open(metric, ref);
    this.packer.floats(ref, times, values, from, to);
  }

  /** As many as there are times in [from, to). */
  histograms(metric: string, ref: number, times: Float64Array, histograms: readonly NativeHistogram[], from: number, to: number): void {
    this.open(metric, ref);
    this.packer.histograms(ref, times, histograms, from, to);
  }

  /** Before a chunk of this series: a series begins a row of its own accord only when the row is full. */
  open(metric: string, ref: number): void {
    const bytes = this.packer.bytes;
    if (bytes >= LONGEST_ROW || (bytes >= this.#rowBytes && ref !== this.#ref)) this.#cut();
    this.#first ??= { metric, ref, continues: ref === this.#ref };
    this.#ref = ref;
  }

  #cut(): void {
    if (this.#first === null) return;
    this.#minTime = Math.min(this.#minTime, this.packer.minTime);
    this.#maxTime = Math.max(this.#maxTime, this.packer.maxTime);
    this.#samples += this.packer.samples;
    const row = this.packer.finish();
    const id = this.#rows.length + 1;
    this.#rows.push({ id, bytes: row.length, ...this.#first });
    this.#first = null;
    this.#write(id, row);
  }

  /** Null when nothing was added. */
  finish(): BuiltRun | null {
    this.#cut();
    if (this.#rows.length === 0) return null;
    return { rows: this.#rows, minTime: this.#minTime, maxTime: this.#maxTime, samples: this.#samples };
  }
}

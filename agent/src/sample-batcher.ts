import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import type { Reading } from "./collectors/metric-family.ts";

/** Gathers the readings of one tick into a batch: every sample of a tick has the tick's time, so the frame carries it once. */
export class SampleBatcher {
  #readings: Reading[] = [];
  #collected = 0;

  /** Samples added since the start. */
  get collected(): number {
    return this.#collected;
  }

  /** True when these are the first of a batch: the caller then owes it a flush. */
  add(readings: readonly Reading[]): boolean {
    const first = this.#readings.length === 0;
    for (const reading of readings) if (Number.isFinite(reading.value)) this.#readings.push(reading);
    this.#collected += readings.length;
    return first && this.#readings.length > 0;
  }

  /** The batch, stamped `timestamp` (ms), and an empty batcher; null when there was nothing. */
  flush(timestamp: number): SampleBatch | null {
    if (this.#readings.length === 0) return null;
    const timestamps = Float64Array.of(timestamp);
    // One buffer for all values: a typed array of its own costs more than the sample in it.
    const values = Float64Array.from(this.#readings, (reading) => reading.value);
    const series = this.#readings.map(({ series }, i): BatchSeries => ({ ...series, timestamps, values: values.subarray(i, i + 1) }));
    this.#readings = [];
    return { series };
  }
}

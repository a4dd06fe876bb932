import assert from "node:assert/strict";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { raw } from "../support/prometheus.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const SERIES = 20;
const METRIC = "fault_written";

/** Writes batches whose every sample is known, and afterwards holds the store against them. */
export class WrittenSamples {
  readonly #written: { readonly t: number; readonly value: number }[] = [];
  #next = 1;

  /** One sample for each of 20 series, at a time of its own, with a value that was never used before. */
  batch(nowMs: number): SampleBatch {
    const t = Math.max(nowMs, (this.#written.at(-1)?.t ?? 0) + 1);
    const value = this.#next++;
    this.#written.push({ t, value });
    return {
      series: Array.from({ length: SERIES }, (_, index) => ({
        labels: { __name__: METRIC, series: String(index) },
        metadata: { type: "gauge", unit: "", help: "" },
        temporality: "cumulative",
        timestamps: Float64Array.of(t),
        values: Float64Array.of(value * SERIES + index),
      })),
    };
  }

  /** Every sample, once, at its time and with its value; waits for the last ones to arrive. Returns how many there were. */
  async check(stack: Stack, patienceMs: number): Promise<number> {
    const last = this.#written.at(-1)?.t ?? 0;
    const rangeSeconds = Math.ceil((last - (this.#written[0]?.t ?? last)) / 1000) + 60;
    const read = () => raw(stack, `${METRIC}[${rangeSeconds}s]`, (last + 1) / 1000);
    await until(
      "every written sample has arrived",
      patienceMs,
      async () => (await read()).reduce((sum, { values }) => sum + values.length, 0) >= this.#written.length * SERIES,
      200,
    );
    const series = await read();
    assert.equal(series.length, SERIES);
    for (const { metric, values } of series) {
      const index = Number(metric["series"]);
      const expected = this.#written.map(({ t, value }) => [t / 1000, String(value * SERIES + index)]);
      assert.deepEqual(values, expected, `series ${index} differs from what was written`);
    }
    return this.#written.length * SERIES;
  }
}

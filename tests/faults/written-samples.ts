import assert from "node:assert/strict";
import type { Labels } from "@sightline/shared/model/labels";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { raw } from "../support/prometheus.ts";
import { RemoteWriteEncoder } from "../support/reference-load.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const SERIES = 20;
const METRIC = "fault_written";

/** Writes batches whose every sample is known, and afterwards holds the store against them. */
export class WrittenSamples {
  readonly selector: string;
  readonly #labels: readonly Labels[];
  readonly #encoder: RemoteWriteEncoder;
  readonly #written: { readonly t: number; readonly value: number }[] = [];
  #next = 1;

  constructor(writer: string) {
    this.selector = `${METRIC}{writer="${writer}"}`;
    this.#labels = Array.from({ length: SERIES }, (_, index) => ({ __name__: METRIC, series: String(index), writer }));
    this.#encoder = new RemoteWriteEncoder(this.#labels);
  }

  /** Batches handed out so far. */
  get batches(): number {
    return this.#written.length;
  }

  #step(nowMs: number): { readonly t: number; readonly value: number } {
    const step = { t: Math.max(nowMs, (this.#written.at(-1)?.t ?? 0) + 1), value: this.#next++ };
    this.#written.push(step);
    return step;
  }

  /** One sample for each of 20 series, at a time of its own, with a value that was never used before. */
  batch(nowMs: number): SampleBatch {
    const { t, value } = this.#step(nowMs);
    return {
      series: this.#labels.map((labels, index) => ({
        labels,
        metadata: { type: "gauge", unit: "", help: "" },
        temporality: "cumulative",
        timestamps: Float64Array.of(t),
        values: Float64Array.of(value * SERIES + index),
      })),
    };
  }

  /** The same as a remote-write request. */
  remoteWrite(nowMs: number): Uint8Array<ArrayBuffer> {
    const { t, value } = this.#step(nowMs);
    const order = Int32Array.from({ length: SERIES }, (_, index) => index);
    const values = Float64Array.from({ length: SERIES }, (_, index) => value * SERIES + index);
    const [request] = this.#encoder.requests({ t, order, values });
    return request?.body ?? new Uint8Array();
  }

  /** Every sample, once, at its time and with its value; waits for the last ones to arrive. Returns how many there were. */
  async check(stack: Stack, patienceMs: number): Promise<number> {
    const last = this.#written.at(-1)?.t ?? 0;
    const rangeSeconds = Math.ceil((last - (this.#written[0]?.t ?? last)) / 1000) + 60;
    const read = () => raw(stack, `${this.selector}[${rangeSeconds}s]`, (last + 1) / 1000);
    let arrived = 0;
    await until(
      `every written sample of ${this.selector} has arrived`,
      patienceMs,
      async () => (arrived = (await read()).reduce((sum, { values }) => sum + values.length, 0)) >= this.#written.length * SERIES,
      200,
    ).catch((error: unknown) => {
      throw new Error(`${arrived} of ${this.#written.length * SERIES} samples of ${this.selector} are there`, { cause: error });
    });
    const series = await read();
    assert.equal(series.length, SERIES);
    for (const { metric, values } of series) {
      const index = Number(metric["series"]);
      const expected = this.#written.map(({ t, value }) => [t / 1000, String(value * SERIES + index)]);
      assert.deepEqual(values, expected, `series ${index} of ${this.selector} differs from what was written`);
    }
    return this.#written.length * SERIES;
  }
}

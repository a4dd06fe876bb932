import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { type ColumnEncoder, encodeColumn } from "@sightline/shared/encoding/packed-column";
import { compileKernel } from "../../scripts/build-kernel.mjs";
import { createColumnEncoder } from "../../worker/src/kernel/create-column-encoder.ts";
import { ReferenceLoad } from "../support/reference-load.ts";
import type { BenchOptions } from "./bench-options.ts";
import { quantile, report, round } from "./report.ts";

const SERIES = 10_000;
const SCRAPES = 100;
/** Series timed at once: little enough that some of many are not interrupted. */
const PART = 250;

/** What a flush packs of the reference load: the columns of values, by the kernel and its twin in turn, ns per sample. */
export async function columnPacking({ rounds }: BenchOptions): Promise<void> {
  const load = new ReferenceLoad({ series: SERIES, startMs: 1_790_000_000_000 });
  const columns = Array.from({ length: SERIES }, () => new Float64Array(SCRAPES));
  for (let k = 0; k < SCRAPES; k++) {
    const { order, values } = load.next();
    for (const [i, series] of order.entries()) (columns[series] ?? new Float64Array(SCRAPES))[k] = values[i] ?? 0;
  }
  const writer = new ByteWriter(1 << 20);
  const ways: Readonly<Record<string, ColumnEncoder>> = { wasm: createColumnEncoder(await compileKernel()), twin: encodeColumn };
  const found: Record<string, number[]> = { wasm: [], twin: [] };
  for (let r = 0; r < rounds * 5; r++) {
    for (let from = 0; from < SERIES; from += PART) {
      for (const [name, encode] of Object.entries(ways)) {
        writer.clear();
        const started = performance.now();
        for (const column of columns.slice(from, from + PART)) encode(writer, column, 0, SCRAPES);
        found[name]?.push(((performance.now() - started) * 1e6) / (PART * SCRAPES));
      }
    }
  }
  const figures = Object.entries(found).flatMap(([name, list]) => [
    [`${name}LeastNsPerSample`, round(Math.min(...list))],
    [`${name}MedianNsPerSample`, round(quantile(list, 0.5))],
  ]);
  report("kernel", { measure: "packing", series: SERIES, samplesPerColumn: SCRAPES, ...Object.fromEntries(figures) });
}

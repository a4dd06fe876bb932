import { compress } from "snappyjs";
import { compileKernel } from "../../scripts/build-kernel.mjs";
import { createIngestKernel } from "../../worker/src/kernel/create-ingest-kernel.ts";
import type { IngestKernel } from "../../worker/src/kernel/ingest-kernel.ts";
import { decompressSnappy } from "../../worker/src/ingest/snappy.ts";
import { decodeRemoteWrite1 } from "../../worker/src/ingest/remote-write.ts";
import { concat, double, message, text, varint } from "../ingest/protobuf-writer.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import type { BenchOptions } from "./bench-options.ts";
import { columnPacking } from "./column-packing.ts";
import { report, round } from "./report.ts";

const SERIES = 10_000;
const MAX_BYTES = 8 * 2 ** 20;

/** A series of an exemplar, as Prometheus sends them: beside that of its sample. */
function exemplarSeries(i: number): Uint8Array {
  const label = (name: string, value: string) => message(text(1, name), text(2, value));
  const exemplar = message([1, 2, label("trace_id", String(i).padStart(32, "0"))], [2, 1, double(i)], [3, 0, varint(1_790_000_000_000)]);
  return message([1, 2, message([1, 2, label("__name__", "http_seconds_bucket")], [1, 2, label("le", String(i))], [3, 2, exemplar])]);
}

/** Requests of the reference load, compressed as senders do; with `exemplars` each. */
function referenceBodies(scrapes: number, shuffle: boolean, exemplars: number): Uint8Array[] {
  const load = new ReferenceLoad({ series: SERIES, startMs: 1_790_000_000_000, shuffle });
  const encoder = new RemoteWriteEncoder(load.labels);
  const bodies: Uint8Array[] = [];
  for (let k = 0; k < scrapes; k++) {
    for (const { body } of encoder.requests(load.next())) {
      const stored = decompressSnappy(body, MAX_BYTES);
      if (stored.ok) bodies.push(compress(concat(stored.value, ...Array.from({ length: exemplars }, (_, i) => exemplarSeries(i)))));
    }
  }
  return bodies;
}

function decodeAll(kernel: IngestKernel, bodies: readonly Uint8Array[]): void {
  for (const body of bodies) {
    const decoded = kernel.decode(1, body);
    if (!decoded.ok) throw new Error(decoded.error.message);
    for (let i = 0; i < decoded.value.unknown; i++) kernel.learn(i, i);
    if (decoded.value.aside !== null && !decodeRemoteWrite1(decoded.value.aside).ok) throw new Error("what was set aside is malformed");
  }
}

/** Decoding, and packing. */
export async function kernel(options: BenchOptions): Promise<void> {
  await decoding(options);
  await columnPacking(options);
}

/** A remote-write body to columns, by the kernel, its twin and the decoder of objects. The best of many rounds, in ns per sample. */
async function decoding({ rounds, quick }: BenchOptions): Promise<void> {
  const scrapes = quick ? 2 : 10;
  for (const [shuffled, exemplars] of [
    [false, 0],
    [true, 0],
    [false, 10],
  ] as const) {
    const bodies = referenceBodies(scrapes, shuffled, exemplars);
    const wasm = createIngestKernel(await compileKernel(), { seed: 1 });
    const twin = createIngestKernel(undefined, { seed: 1 });
    const ways: Readonly<Record<string, () => void>> = {
      wasm: () => decodeAll(wasm, bodies),
      twin: () => decodeAll(twin, bodies),
      objects: () => {
        for (const body of bodies) {
          const unpacked = decompressSnappy(body, MAX_BYTES);
          if (unpacked.ok) decodeRemoteWrite1(unpacked.value);
        }
      },
    };
    const best: Record<string, number> = {};
    for (let r = 0; r < rounds * 5; r++) {
      for (const [name, way] of Object.entries(ways)) {
        const started = performance.now();
        way();
        const ns = ((performance.now() - started) * 1e6) / (scrapes * SERIES);
        best[name] = Math.min(best[name] ?? Infinity, ns);
      }
    }
    const figures = Object.fromEntries(Object.entries(best).map(([name, ns]) => [`${name}NsPerSample`, round(ns)]));
    report("kernel", { series: SERIES, samplesPerRequest: 2000, exemplarsPerRequest: exemplars, shuffled, ...figures });
  }
}

import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import type { RemoteWrite } from "../../worker/src/ingest/remote-write.ts";
import { decompressSnappy } from "../../worker/src/ingest/snappy.ts";
import { MAX_UNPACKED } from "../../worker/src/kernel/ingest-kernel.ts";
import type { IngestKernel, RemoteWriteVersion } from "../../worker/src/kernel/ingest-kernel.ts";

/** Exact text of a label set, whatever order it came in. */
const identity = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

interface Sample {
  readonly labels: string;
  readonly time: number;
  readonly low: number;
  readonly high: number;
}

/** What the decoder that builds objects makes of a body, and whether columns can say it. */
export interface Expected {
  readonly code: string;
  readonly samples: readonly Sample[];
  /** By label set, every metadata that a series of it came with. */
  readonly metadata: ReadonlyMap<string, readonly MetricMetadata[]>;
  /** Nothing but samples of floats: the kernel must take it. */
  readonly plain: boolean;
}

export function expectedOf(version: RemoteWriteVersion, body: Uint8Array): Expected {
  const failed = (code: string): Expected => ({ code, samples: [], metadata: new Map(), plain: false });
  const unpacked = decompressSnappy(body, 32 * 2 ** 20);
  if (!unpacked.ok) return failed(unpacked.error.code);
  const decoded: Result<RemoteWrite> = version === 1 ? decodeRemoteWrite1(unpacked.value) : decodeRemoteWrite2(unpacked.value);
  if (!decoded.ok) return failed(decoded.error.code);
  const samples: Sample[] = [];
  const metadata = new Map<string, MetricMetadata[]>();
  for (const series of decoded.value.batch.series) {
    const labels = identity(series.labels);
    metadata.set(labels, [...(metadata.get(labels) ?? []), series.metadata]);
    const bits = new Int32Array(series.values.buffer, series.values.byteOffset, series.values.length * 2);
    series.timestamps.forEach((time, i) => samples.push({ labels, time, low: bits[2 * i] ?? 0, high: bits[2 * i + 1] ?? 0 }));
  }
  const { histograms, exemplars, batch } = decoded.value;
  const plain =
    histograms === 0 &&
    exemplars === 0 &&
    unpacked.value.length <= MAX_UNPACKED &&
    batch.series.every((series) => series.values.length > 0) &&
    !(version === 1 && hasMetadata(unpacked.value));
  return { code: "ok", samples, metadata, plain };
}

/** Whether a valid `WriteRequest` has a top-level field 3. */
function hasMetadata(bytes: Uint8Array): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (Math.floor(tag / 8) === 3) return true;
    const size = tag % 8 === 1 ? 8 : tag % 8 === 5 ? 4 : varint();
    if (tag % 8 !== 0) at += size;
  }
  return false;
}

/** A kernel with its caller: what was taught, as the shard teaches it. */
export class TaughtKernel {
  readonly #kernel: IngestKernel;
  readonly #name: string;
  readonly #refs = new Map<string, number>();
  readonly #labels = new Map<number, string>();

  constructor(name: string, kernel: IngestKernel) {
    this.#name = name;
    this.#kernel = kernel;
  }

  forget(): void {
    this.#kernel.forget();
  }

  reconsider(): void {
    this.#kernel.reconsider();
  }

  /** Decodes, compares with what is expected and teaches all but every `skip`-th unknown label set; every third is refused. Throws what differs. */
  check(version: RemoteWriteVersion, body: Uint8Array, expected: Expected, skip: number): string {
    const decoded = this.#kernel.decode(version, body);
    const differs = (what: string): never => {
      throw new Error(`${this.#name}: ${what}`);
    };
    if (!decoded.ok) {
      const { code } = decoded.error;
      if (code === "needs_objects" ? expected.plain : code !== expected.code) differs(`${code} instead of ${expected.code}`);
      return code;
    }
    if (!expected.plain) differs(`took what is ${expected.code} and not plain`);
    const { length, refs, times, values, unknown, labels, metadata } = decoded.value;
    if (length !== expected.samples.length) differs(`${length} samples of ${expected.samples.length}`);
    const met = Array.from({ length: unknown }, (_, i) => identity(labels(i)));
    for (const [i, text] of met.entries()) {
      const said = JSON.stringify(metadata(i));
      if (version === 2 && !expected.metadata.get(text)?.some((one) => JSON.stringify(one) === said))
        differs(`metadata ${said} of ${text}`);
    }
    for (const [i, text] of met.entries()) if ((i + 1) % skip !== 0) this.#kernel.learn(i, this.#refOf(text));
    const bits = new Int32Array(values.buffer, values.byteOffset, length * 2);
    for (const [k, sample] of expected.samples.entries()) {
      const ref = refs[k] ?? NaN;
      const text = this.#labels.get(ref) ?? met[-1 - ref];
      if (text !== sample.labels) differs(`sample ${k} is of ${text} instead of ${sample.labels}`);
      if (times[k] !== sample.time) differs(`sample ${k} is at ${times[k]} instead of ${sample.time}`);
      if (bits[2 * k] !== sample.low || bits[2 * k + 1] !== sample.high) differs(`sample ${k} is ${values[k]}`);
    }
    return "ok";
  }

  #refOf(text: string): number {
    const known = this.#refs.get(text);
    if (known !== undefined) return known;
    const n = this.#refs.size;
    const ref = n % 3 === 2 ? -1_000_000 - n : n;
    this.#refs.set(text, ref);
    this.#labels.set(ref, text);
    return ref;
  }
}

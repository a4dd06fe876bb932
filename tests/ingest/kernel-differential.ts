import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { ProtobufReader } from "../../worker/src/ingest/protobuf-reader.ts";
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
  readonly histograms: number;
  readonly exemplars: number;
  readonly families: readonly string[];
  /** Nothing but samples of floats and metadata: the kernel must take it. Of others it may leave those whose labels are scattered. */
  readonly taken: boolean;
}

export function expectedOf(version: RemoteWriteVersion, body: Uint8Array): Expected {
  const unpacked = decompressSnappy(body, 32 * 2 ** 20);
  return unpacked.ok ? decodedBy(version, unpacked.value) : refused(unpacked.error.code);
}

const refused = (code: string): Expected => ({
  code,
  samples: [],
  metadata: new Map(),
  histograms: 0,
  exemplars: 0,
  families: [],
  taken: false,
});

/** Series of a message that can be read. */
function seriesIn(version: RemoteWriteVersion, message: Uint8Array): number {
  const reader = new ProtobufReader(message);
  let series = 0;
  while (reader.next()) {
    if (reader.field === (version === 1 ? 1 : 5)) series++;
    // Past the field's value, whatever it is.
    reader.skip();
  }
  return series;
}

/** Histograms are no samples of floats. */
function decodedBy(version: RemoteWriteVersion, message: Uint8Array): Expected {
  const decoded: Result<RemoteWrite> = version === 1 ? decodeRemoteWrite1(message) : decodeRemoteWrite2(message);
  if (!decoded.ok) return refused(decoded.error.code);
  const { histograms, exemplars, families, batch, refused: none } = decoded.value;
  const samples: Sample[] = [];
  const metadata = new Map<string, MetricMetadata[]>();
  for (const series of batch.series) {
    const labels = identity(series.labels);
    metadata.set(labels, [...(metadata.get(labels) ?? []), series.metadata]);
    const bits = new Int32Array(series.values.buffer, series.values.byteOffset, series.values.length * 2);
    series.timestamps.forEach((time, i) => {
      if (series.histograms?.[i] === undefined) samples.push({ labels, time, low: bits[2 * i] ?? 0, high: bits[2 * i + 1] ?? 0 });
    });
  }
  // The decoder leaves out series without anything.
  const plain = histograms + none.count === 0 && exemplars === 0 && batch.series.length === seriesIn(version, message);
  const taken = plain && message.length <= MAX_UNPACKED;
  return { code: "ok", samples, metadata, histograms, exemplars, families: [...families.keys()].sort(), taken };
}

/** Samples whatever their order, as texts. */
const sorted = (samples: readonly Sample[]): readonly string[] =>
  samples.map(({ labels, time, low, high }) => `${labels} ${time} ${low} ${high}`).sort();

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
      if (code === "needs_objects" ? expected.taken : code !== expected.code) differs(`${code} instead of ${expected.code}`);
      return code;
    }
    const { length, refs, times, values, unknown, labels, metadata, aside } = decoded.value;
    const rest = aside === null ? null : decodedBy(version, aside);
    const code = rest?.code ?? "ok";
    if (code !== expected.code) differs(`${code} instead of ${expected.code}`);
    if (code !== "ok") return code;
    for (const kind of ["histograms", "exemplars"] as const)
      if ((rest?.[kind] ?? 0) !== expected[kind]) differs(`${rest?.[kind] ?? 0} ${kind} of ${expected[kind]}`);
    if ((rest?.families ?? []).join() !== expected.families.join()) differs("other families");
    const met = Array.from({ length: unknown }, (_, i) => identity(labels(i)));
    for (const [i, text] of met.entries()) {
      const said = JSON.stringify(metadata(i));
      if (version === 2 && !expected.metadata.get(text)?.some((one) => JSON.stringify(one) === said))
        differs(`metadata ${said} of ${text}`);
    }
    for (const [i, text] of met.entries()) if ((i + 1) % skip !== 0) this.#kernel.learn(i, this.#refOf(text));
    const bits = new Int32Array(values.buffer, values.byteOffset, length * 2);
    const found = Array.from({ length }, (_, k): Sample => {
      const ref = refs[k] ?? NaN;
      const text = this.#labels.get(ref) ?? met[-1 - ref] ?? differs(`sample ${k} has the ref ${ref}`);
      return { labels: text, time: times[k] ?? NaN, low: bits[2 * k] ?? 0, high: bits[2 * k + 1] ?? 0 };
    });
    const [got, due] = rest === null ? [found, expected.samples] : [sorted([...found, ...rest.samples]), sorted(expected.samples)];
    if (got.length !== due.length) differs(`${got.length} samples of ${due.length}`);
    for (const [k, sample] of due.entries())
      if (JSON.stringify(got[k]) !== JSON.stringify(sample))
        differs(`sample ${k} is ${JSON.stringify(got[k])} instead of ${JSON.stringify(sample)}`);
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

import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, putLabel } from "@sightline/shared/model/labels";
import { type MetricMetadata, type MetricType, withoutClassicPart } from "@sightline/shared/model/metric";
import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { judgeHistogram } from "@sightline/shared/protocol/judge-histogram";
import { MAX_TIME } from "@sightline/shared/protocol/timestamp-column";
import { readHistogram } from "./prometheus-histogram.ts";
import { MalformedProtobuf, ProtobufReader } from "./protobuf-reader.ts";
import { readExemplar, seriesExemplars } from "./remote-write-exemplar.ts";

/** What a request held; the numbers that remote write 2.0 answers in its `-Written` headers are of what was kept. */
export interface RemoteWrite {
  readonly batch: SampleBatch;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** What 1.0 says of metric families, which need have no series in the request. */
  readonly families: ReadonlyMap<string, MetricMetadata>;
}

/** `MetricMetadata.MetricType` and `Metadata.MetricType`, which are the same numbers. */
const TYPES: readonly MetricType[] = ["unknown", "counter", "gauge", "histogram", "histogram", "summary", "unknown", "unknown"];
/** Of a family of which nothing was said. */
export const NO_METADATA: MetricMetadata = { type: "unknown", unit: "", help: "" };

export const metricTypeOf = (type: number): MetricType => TYPES[type] ?? "unknown";

/** Times that the shards' encoding cannot carry become its ends, where the shard refuses them by name, as too old or too new. */
const carriable = (ms: number): number => Math.min(Math.max(ms, 1 - MAX_TIME), MAX_TIME - 1);

/** One series' columns while they are read. Typed from the start: a plain array would lose the bits of a stale marker. */
class Columns {
  // Most series bring one sample.
  #timestamps = new Float64Array(1);
  #values = new Float64Array(1);
  #length = 0;
  #histograms: (NativeHistogram | undefined)[] | null = null;

  sample(reader: ProtobufReader): void {
    const at = this.#grow();
    this.#values[at] = 0;
    this.#timestamps[at] = 0;
    while (reader.next()) {
      if (reader.field === 1) this.#values[at] = reader.expect(1).double();
      else if (reader.field === 2) this.#timestamps[at] = carriable(reader.expect(0).int());
      else reader.skip();
    }
    this.#histograms?.push(undefined);
  }

  histogram(reader: ProtobufReader): void {
    const { t, histogram } = readHistogram(reader);
    const fault = judgeHistogram(histogram);
    if (fault !== null) throw new MalformedProtobuf(fault.message);
    const at = this.#grow();
    this.#histograms ??= Array.from({ length: at }, () => undefined);
    this.#histograms.push(histogram);
    this.#timestamps[at] = carriable(t);
  }

  finish(labels: Labels, metadata: MetricMetadata): BatchSeries {
    const full = this.#length === this.#values.length;
    const timestamps = full ? this.#timestamps : this.#timestamps.slice(0, this.#length);
    const values = full ? this.#values : this.#values.slice(0, this.#length);
    const columns = { labels, metadata, temporality: "cumulative" as const, timestamps, values };
    return this.#histograms === null ? columns : { ...columns, histograms: this.#histograms };
  }

  #grow(): number {
    if (this.#length === this.#timestamps.length) {
      const timestamps = this.#timestamps;
      const values = this.#values;
      this.#timestamps = new Float64Array(this.#length * 2);
      this.#values = new Float64Array(this.#length * 2);
      this.#timestamps.set(timestamps);
      this.#values.set(values);
    }
    return this.#length++;
  }
}

/** `prometheus.WriteRequest` (remote write 1.0), decompressed. Failure: `malformed_protobuf`. */
export function decodeRemoteWrite1(bytes: Uint8Array): Result<RemoteWrite> {
  return reading("prometheus.WriteRequest", () => {
    const counts = { samples: 0, histograms: 0, exemplars: 0 };
    const read: ReadSeries[] = [];
    const exemplars: SeriesExemplars[] = [];
    const families = new Map<string, MetricMetadata>();
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field === 1) read.push(readSeries1(reader.message(), counts));
      else if (reader.field === 3) readMetadata1(reader.message(), families);
      else reader.skip();
    }
    const series = read.map((one) => {
      const finished = one.columns.finish(one.labels, familyMetadata(families, one.labels["__name__"] ?? ""));
      if (one.exemplars.length > 0) exemplars.push(seriesExemplars(one.labels, one.exemplars, finished));
      return finished;
    });
    return { batch: { series, exemplars }, ...counts, families };
  });
}

/** Of a series: its family's, whose name is the series' own or that without what classic histograms and summaries append. */
function familyMetadata(families: ReadonlyMap<string, MetricMetadata>, name: string): MetricMetadata {
  if (families.size === 0) return NO_METADATA;
  return families.get(name) ?? families.get(withoutClassicPart(name)) ?? NO_METADATA;
}

interface Counts {
  samples: number;
  histograms: number;
  exemplars: number;
}

interface ReadSeries {
  readonly labels: Labels;
  readonly columns: Columns;
  readonly exemplars: readonly Exemplar[];
}

const readExemplarLabel = (reader: ProtobufReader, labels: Record<string, string>): void => readLabel(reader.message(), labels);

function readSeries1(reader: ProtobufReader, counts: Counts): ReadSeries {
  const labels: Record<string, string> = {};
  const columns = new Columns();
  const exemplars: Exemplar[] = [];
  while (reader.next()) {
    if (reader.field === 1) readLabel(reader.message(), labels);
    else if (reader.field === 2) {
      columns.sample(reader.message());
      counts.samples++;
    } else if (reader.field === 4) {
      columns.histogram(reader.message());
      counts.histograms++;
    } else if (reader.field === 3) {
      exemplars.push(readExemplar(reader.message(), readExemplarLabel));
      counts.exemplars++;
    } else reader.skip();
  }
  return { labels, columns, exemplars };
}

/** `prometheus.Label`, into what was read so far: of labels of one name the last wins. */
export function readLabel(reader: ProtobufReader, labels: Record<string, string>): void {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  putLabel(labels, name, value);
}

function readMetadata1(reader: ProtobufReader, families: Map<string, MetricMetadata>): void {
  let type: MetricType = "unknown";
  let name = "";
  let help = "";
  let unit = "";
  while (reader.next()) {
    if (reader.field === 1) type = metricTypeOf(reader.uint());
    else if (reader.field === 2) name = reader.string();
    else if (reader.field === 4) help = reader.string();
    else if (reader.field === 5) unit = reader.string();
    else reader.skip();
  }
  families.set(name, { type, unit, help });
}

/** `io.prometheus.write.v2.Request` (remote write 2.0), decompressed. Failure: `malformed_protobuf`. */
export function decodeRemoteWrite2(bytes: Uint8Array): Result<RemoteWrite> {
  return reading("io.prometheus.write.v2.Request", () => {
    const counts = { samples: 0, histograms: 0, exemplars: 0 };
    const symbols: string[] = [];
    const pending: ProtobufReader[] = [];
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field === 4) symbols.push(reader.string());
      else if (reader.field === 5) pending.push(reader.message());
      else reader.skip();
    }
    if (symbols.length > 0 && symbols[0] !== "") throw new MalformedProtobuf("the first symbol is not the empty string");
    const exemplars: SeriesExemplars[] = [];
    const series = pending.map((one) => readSeries2(one, symbols, counts, exemplars));
    return { batch: { series, exemplars }, ...counts, families: new Map() };
  });
}

function readSeries2(reader: ProtobufReader, symbols: readonly string[], counts: Counts, found: SeriesExemplars[]): BatchSeries {
  const symbol = (ref: number): string => {
    const text = symbols[ref];
    if (text === undefined) throw new MalformedProtobuf(`symbol ${ref} of ${symbols.length}`);
    return text;
  };
  const refs: number[] = [];
  const columns = new Columns();
  const exemplars: Exemplar[] = [];
  let metadata = NO_METADATA;
  while (reader.next()) {
    if (reader.field === 1) readRefs(reader, refs);
    else if (reader.field === 2) {
      columns.sample(reader.message());
      counts.samples++;
    } else if (reader.field === 3) {
      columns.histogram(reader.message());
      counts.histograms++;
    } else if (reader.field === 5) metadata = readMetadata2(reader.message(), symbol);
    else if (reader.field === 4) {
      const own: number[] = [];
      const exemplar = readExemplar(reader.message(), (field) => readRefs(field, own));
      exemplars.push({ ...exemplar, labels: labelsOf(own, symbol) });
      counts.exemplars++;
    } else reader.skip();
  }
  const labels = labelsOf(refs, symbol);
  const finished = columns.finish(labels, metadata);
  if (exemplars.length > 0) found.push(seriesExemplars(labels, exemplars, finished));
  return finished;
}

function readRefs(reader: ProtobufReader, refs: number[]): void {
  if (reader.wireType !== 2) return void refs.push(reader.expect(0).uint());
  const packed = reader.message();
  while (!packed.atEnd) refs.push(packed.uint());
}

function labelsOf(refs: readonly number[], symbol: (ref: number) => string): Labels {
  if (refs.length % 2 !== 0) throw new MalformedProtobuf("a series has a label name without a value");
  const labels: Record<string, string> = {};
  for (let i = 0; i < refs.length; i += 2) putLabel(labels, symbol(refs[i] ?? 0), symbol(refs[i + 1] ?? 0));
  return labels;
}

function readMetadata2(reader: ProtobufReader, symbol: (ref: number) => string): MetricMetadata {
  let type: MetricType = "unknown";
  let help = "";
  let unit = "";
  while (reader.next()) {
    if (reader.field === 1) type = metricTypeOf(reader.expect(0).uint());
    else if (reader.field === 3) help = symbol(reader.expect(0).uint());
    else if (reader.field === 4) unit = symbol(reader.expect(0).uint());
    else reader.skip();
  }
  return { type, unit, help };
}

function reading(message: string, read: () => RemoteWrite): Result<RemoteWrite> {
  try {
    return ok(read());
  } catch (error) {
    if (!(error instanceof MalformedProtobuf)) throw error;
    return fail("malformed_protobuf", `The body is not a ${message}: ${error.message}. Nothing was kept.`);
  }
}

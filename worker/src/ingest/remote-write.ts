import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { type Labels, addLabel, formatLabels, putLabel } from "@sightline/shared/model/labels";
import { type MetricMetadata, type MetricType, withoutClassicPart } from "@sightline/shared/model/metric";
import { type Failure, fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import { type BatchSeries, type SampleBatch, putStale } from "@sightline/shared/model/sample";
import { judgeHistogram, judgeObservations } from "@sightline/shared/protocol/judge-histogram";
import { MAX_TIME } from "@sightline/shared/protocol/timestamp-column";
import { BodyBudget, TooMany } from "./body-budget.ts";
import { readHistogram } from "./prometheus-histogram.ts";
import { MalformedProtobuf, ProtobufReader } from "./protobuf-reader.ts";
import { readExemplar, seriesExemplars } from "./remote-write-exemplar.ts";

/** What a request held; the numbers that remote write 2.0 answers in its `-Written` headers are of what was kept. */
export interface RemoteWrite {
  readonly batch: SampleBatch;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** Native histograms that can never be kept; nothing of them is in the batch. */
  readonly refused: RefusedHistograms;
  /** What 1.0 says of metric families, which need have no series in the request. */
  readonly families: ReadonlyMap<string, MetricMetadata>;
}

interface RefusedHistograms {
  readonly count: number;
  /** Why the first of them cannot: `bad_histogram`. */
  readonly first: Failure | null;
}

/** `MetricMetadata.MetricType` and `Metadata.MetricType`, which are the same numbers. */
const TYPES: readonly MetricType[] = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];
/** Of a family of which nothing was said. */
export const NO_METADATA: MetricMetadata = { type: "unknown", unit: "", help: "" };

export const metricTypeOf = (type: number): MetricType => TYPES[type] ?? "unknown";

/** Times that the shards' encoding cannot carry become its ends, where the shard refuses them by name, as too old or too new. */
const carriable = (ms: number): number => Math.min(Math.max(ms, 1 - MAX_TIME), MAX_TIME - 1);

/** Label fields of one series: nobody has so many, and the kernel reads no more either. */
const MAX_LABEL_FIELDS = 4096;
/** Bytes of one native histogram: many times those of the most buckets that one may have. */
const MAX_HISTOGRAM_BYTES = 512 * 1024;

const NONE = new Float64Array(0);

/** One series' columns while they are read. Typed from the start: a plain array would lose the bits of a stale marker. */
class Columns {
  // One that brings no sample costs nothing.
  #timestamps = NONE;
  #values = NONE;
  #length = 0;
  #histograms: (NativeHistogram | undefined)[] | null = null;
  /** Native histograms that are none, and why the first is. */
  refused = 0;
  fault: Failure | null = null;

  get empty(): boolean {
    return this.#length === 0;
  }

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

  /** False for one that is refused. */
  histogram(reader: ProtobufReader, budget: BodyBudget): boolean {
    if (reader.length > MAX_HISTOGRAM_BYTES) throw new MalformedProtobuf(`a native histogram of ${reader.length} bytes`);
    const { t, histogram, isStale, isInteger } = readHistogram(reader);
    const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets } = histogram;
    budget.take("buckets", positiveSpans.length + negativeSpans.length + positiveBuckets.length + negativeBuckets.length);
    const fault = judgeHistogram(histogram) ?? (isInteger ? judgeObservations(histogram) : null);
    if (fault !== null) {
      this.refused += 1;
      this.fault ??= fault;
      return false;
    }
    const at = this.#grow();
    this.#histograms ??= Array.from({ length: at }, () => undefined);
    this.#histograms.push(histogram);
    if (isStale) putStale(this.#values, at);
    this.#timestamps[at] = carriable(t);
    return true;
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
      // Most series bring one sample.
      this.#timestamps = new Float64Array(Math.max(1, this.#length * 2));
      this.#values = new Float64Array(Math.max(1, this.#length * 2));
      this.#timestamps.set(timestamps);
      this.#values.set(values);
    }
    return this.#length++;
  }
}

/** `prometheus.WriteRequest` (remote write 1.0), decompressed. Failures: `malformed_protobuf`, `too_many_…` of what is too much. */
export function decodeRemoteWrite1(bytes: Uint8Array): Result<RemoteWrite> {
  return reading("prometheus.WriteRequest", (budget) => {
    const counts = noCounts();
    const read: ReadSeries[] = [];
    const exemplars: SeriesExemplars[] = [];
    const families = new Map<string, MetricMetadata>();
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field === 1) {
        const one = readSeries1(reader.message(), counts, budget);
        if (one !== null) read.push(one);
      } else if (reader.field === 3) {
        budget.take("metric families");
        readMetadata1(reader.message(), families);
      } else reader.skip();
    }
    const series: BatchSeries[] = [];
    for (const one of read) {
      const finished = one.columns.finish(one.labels, familyMetadata(families, one.labels["__name__"] ?? ""));
      if (one.exemplars.length > 0) exemplars.push(seriesExemplars(one.labels, one.exemplars, finished));
      if (finished.values.length > 0) series.push(finished);
    }
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
  readonly refused: { count: number; first: Failure | null };
}

const noCounts = (): Counts => ({ samples: 0, histograms: 0, exemplars: 0, refused: { count: 0, first: null } });

/** Counts what a series had of histograms that are none, and tells of the first. */
function refuse({ refused }: Counts, labels: Labels, { refused: count, fault }: Columns): void {
  refused.count += count;
  if (fault !== null) refused.first ??= fail(fault.code, `a sample of ${formatLabels(labels)}, ${fault.message}; it was dropped`).error;
}

interface ReadSeries {
  readonly labels: Labels;
  readonly columns: Columns;
  readonly exemplars: readonly Exemplar[];
}

/** Null of a series that brings nothing. */
function readSeries1(reader: ProtobufReader, counts: Counts, budget: BodyBudget): ReadSeries | null {
  if (reader.atEnd) return null;
  budget.take("series");
  const labels: Record<string, string> = {};
  const columns = new Columns();
  const exemplars: Exemplar[] = [];
  const readOwnLabels = (field: ProtobufReader, own: Record<string, string>): void => {
    budget.take("labels");
    readLabel(field.message(), own, putLabel);
  };
  let fields = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      budget.take("labels");
      countLabel(++fields);
      readLabel(reader.message(), labels);
    } else if (reader.field === 2) {
      budget.take("samples");
      columns.sample(reader.message());
      counts.samples++;
    } else if (reader.field === 4) {
      budget.take("native histograms");
      if (columns.histogram(reader.message(), budget)) counts.histograms++;
    } else if (reader.field === 3) {
      const message = reader.message();
      if (!budget.spare("exemplars")) continue;
      exemplars.push(readExemplar(message, readOwnLabels));
      counts.exemplars++;
    } else reader.skip();
  }
  refuse(counts, labels, columns);
  return columns.empty && exemplars.length === 0 ? null : { labels, columns, exemplars };
}

function countLabel(fields: number): void {
  if (fields > MAX_LABEL_FIELDS) throw new MalformedProtobuf(`a series has more than ${MAX_LABEL_FIELDS} labels`);
}

/** `prometheus.Label`, into what was read so far. */
export function readLabel(reader: ProtobufReader, labels: Record<string, string>, put = addLabel): void {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  put(labels, name, value);
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

/** `io.prometheus.write.v2.Request` (remote write 2.0), decompressed. Failures: `malformed_protobuf`, `too_many_…` of what is too much. */
export function decodeRemoteWrite2(bytes: Uint8Array): Result<RemoteWrite> {
  return reading("io.prometheus.write.v2.Request", (budget) => {
    const counts = noCounts();
    const symbols: string[] = [];
    const pending: ProtobufReader[] = [];
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field === 4) {
        budget.take("symbols");
        symbols.push(reader.string());
      } else if (reader.field === 5) {
        const one = reader.message();
        if (one.atEnd) continue;
        budget.take("series");
        pending.push(one);
      } else reader.skip();
    }
    if (symbols.length > 0 && symbols[0] !== "") throw new MalformedProtobuf("the first symbol is not the empty string");
    const exemplars: SeriesExemplars[] = [];
    const series: BatchSeries[] = [];
    for (const one of pending) {
      const read = readSeries2(one, symbols, counts, exemplars, budget);
      // Without samples it has to say what its metric is.
      if (read.values.length > 0 || read.metadata !== NO_METADATA) series.push(read);
    }
    return { batch: { series, exemplars }, ...counts, families: new Map() };
  });
}

function readSeries2(
  reader: ProtobufReader,
  symbols: readonly string[],
  counts: Counts,
  found: SeriesExemplars[],
  budget: BodyBudget,
): BatchSeries {
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
    if (reader.field === 1) readRefs(reader, refs, budget);
    else if (reader.field === 2) {
      budget.take("samples");
      columns.sample(reader.message());
      counts.samples++;
    } else if (reader.field === 3) {
      budget.take("native histograms");
      if (columns.histogram(reader.message(), budget)) counts.histograms++;
    } else if (reader.field === 5) metadata = readMetadata2(reader.message(), symbol);
    else if (reader.field === 4) {
      const message = reader.message();
      if (!budget.spare("exemplars")) continue;
      const own: number[] = [];
      const exemplar = readExemplar(message, (field) => readRefs(field, own, budget));
      exemplars.push({ ...exemplar, labels: labelsOf(own, symbol, putLabel) });
      counts.exemplars++;
    } else reader.skip();
  }
  const labels = labelsOf(refs, symbol);
  refuse(counts, labels, columns);
  const finished = columns.finish(labels, metadata);
  if (exemplars.length > 0) found.push(seriesExemplars(labels, exemplars, finished));
  return finished;
}

function readRefs(reader: ProtobufReader, refs: number[], budget: BodyBudget): void {
  if (reader.wireType !== 2) return takeRef(reader.expect(0), refs, budget);
  const packed = reader.message();
  while (!packed.atEnd) takeRef(packed, refs, budget);
}

function takeRef(reader: ProtobufReader, refs: number[], budget: BodyBudget): void {
  // Of a name and of its value.
  if (refs.push(reader.uint()) % 2 === 0) return;
  budget.take("labels");
  countLabel((refs.length + 1) / 2);
}

function labelsOf(refs: readonly number[], symbol: (ref: number) => string, put = addLabel): Labels {
  if (refs.length % 2 !== 0) throw new MalformedProtobuf("a series has a label name without a value");
  const labels: Record<string, string> = {};
  for (let i = 0; i < refs.length; i += 2) put(labels, symbol(refs[i] ?? 0), symbol(refs[i + 1] ?? 0));
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

function reading(message: string, read: (budget: BodyBudget) => RemoteWrite): Result<RemoteWrite> {
  try {
    return ok(read(new BodyBudget()));
  } catch (error) {
    if (error instanceof TooMany) return { ok: false, error: error.failure };
    if (!(error instanceof MalformedProtobuf)) throw error;
    return fail("malformed_protobuf", `The body is not a ${message}: ${error.message}. Nothing was kept.`);
  }
}

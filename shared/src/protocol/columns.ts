/** What a FRAME and a batch have in common: a dictionary of new series, then columns grouped by shared timestamps (PROTOCOL.md, "Body"). */
import { TextNumbers } from "../encoding/text-numbers.ts";
import type { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { Labels } from "../model/labels.ts";
import { METRIC_TYPES, type MetricMetadata } from "../model/metric.ts";
import type { SeriesSamples, Temporality } from "../model/sample.ts";
import { MAX_LABELS, MAX_LABEL_NAME_BYTES, MAX_LABEL_VALUE_BYTES, MAX_SAMPLES, MAX_TEXT_BYTES } from "./limits.ts";
import { readTimestamps, sameTimestamps, writeTimestamps } from "./timestamp-column.ts";
import { readValues, writeValues } from "./value-column.ts";
import { WireError } from "./wire-error.ts";

const TYPE_MASK = 7;
const DELTA = 8;

export interface NewSeries {
  readonly ref: number;
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
  readonly temporality: Temporality;
}

/** Samples of the series the connection knows as `ref`. Columns of one group share one `timestamps` array: do not write to it. */
export interface Column extends SeriesSamples {
  readonly ref: number;
}

/** Refs of `series` are consecutive. */
export function writeBody(writer: ByteWriter, series: readonly NewSeries[], columns: readonly Column[]): void {
  writeDictionary(writer, series);
  const groups = groupByTimestamps(columns);
  writer.varint(groups.length);
  for (const group of groups) {
    const timestamps = (group[0] as Column).timestamps;
    writer.varint(timestamps.length);
    writeTimestamps(writer, timestamps);
    writer.varint(group.length);
    let previous = -1;
    for (const column of group) {
      writer.zigzag(column.ref - previous - 1);
      previous = column.ref;
    }
    for (const column of group) writeValues(writer, column.values, column.histograms);
  }
}

export function readBody(reader: ByteReader): { newSeries: NewSeries[]; columns: Column[] } {
  const newSeries = readDictionary(reader);
  const columns: Column[] = [];
  let samples = 0;
  for (let groups = atMost(reader.varint(), reader.remaining, "groups"); groups > 0; groups--) {
    const count = atMost(reader.varint(), reader.remaining, "timestamps");
    const timestamps = readTimestamps(reader, count);
    const width = atMost(reader.varint(), reader.remaining, "columns");
    samples += count * width;
    if (samples > MAX_SAMPLES) throw new WireError("limit_exceeded", `more than ${MAX_SAMPLES} samples; send them in several`);
    const refs = readRefs(reader, width);
    for (let i = 0; i < width; i++) {
      const column = readValues(reader, count);
      columns.push(
        column.histograms === undefined
          ? { ref: refs[i] as number, timestamps, values: column.values }
          : { ref: refs[i] as number, timestamps, values: column.values, histograms: column.histograms },
      );
    }
  }
  if (reader.remaining > 0) throw new WireError("malformed", `${reader.remaining} bytes after its end`);
  return { newSeries, columns };
}

export function readRefs(reader: ByteReader, width: number): Float64Array {
  const refs = new Float64Array(width);
  let previous = -1;
  for (let i = 0; i < width; i++) {
    previous += reader.zigzag() + 1;
    if (previous < 0) throw new WireError("malformed", `series ref ${previous}`);
    refs[i] = previous;
  }
  return refs;
}

/** Every thing counted takes at least one byte, so a count above the bytes left is a lie, told before anything is allocated for it. */
export function atMost(count: number, limit: number, what: string): number {
  if (count > limit) throw new RangeError(`${count} ${what} announced, ${limit} bytes left`);
  return count;
}

function groupByTimestamps(columns: readonly Column[]): Column[][] {
  const groups: Column[][] = [];
  for (const column of columns) {
    if (column.values.length !== column.timestamps.length)
      throw new RangeError(`${column.timestamps.length} timestamps for ${column.values.length} values`);
    // Columns of one scrape come together: the newest few groups hold nearly every match.
    let home: Column[] | undefined;
    for (let i = groups.length - 1; i >= 0 && i >= groups.length - 4 && home === undefined; i--) {
      const group = groups[i] as Column[];
      if (sameTimestamps((group[0] as Column).timestamps, column.timestamps)) home = group;
    }
    if (home === undefined) groups.push([column]);
    else home.push(column);
  }
  return groups;
}

/** Places at which a text is looked for: nobody can make it long by texts that all fall on one place, they are only told twice. */
const LOOKS = 64;

function writeDictionary(writer: ByteWriter, series: readonly NewSeries[]): void {
  const numbers = new TextNumbers(0, LOOKS);
  const entries: number[] = [];
  for (const { labels, metadata, temporality } of series) {
    const names = Object.keys(labels).filter((name) => labels[name] !== undefined && labels[name] !== "");
    entries.push(
      METRIC_TYPES.indexOf(metadata.type) | (temporality === "delta" ? DELTA : 0),
      numbers.of(metadata.unit),
      numbers.of(metadata.help),
      names.length,
    );
    for (const name of names.sort()) entries.push(numbers.of(name), numbers.of(labels[name] ?? ""));
  }
  writer.varint(numbers.texts.length);
  for (const text of numbers.texts) writer.string(text);
  writer.varint(series.length);
  if (series.length > 0) writer.varint((series[0] as NewSeries).ref);
  for (const entry of entries) writer.varint(entry);
}

export function readDictionary(reader: ByteReader): NewSeries[] {
  const strings: string[] = [];
  const lengths: number[] = [];
  for (let count = atMost(reader.varint(), reader.remaining, "strings"); count > 0; count--) {
    const start = reader.offset;
    const length = reader.varint();
    if (length > MAX_TEXT_BYTES) throw new WireError("limit_exceeded", `a text of ${length} bytes, at most ${MAX_TEXT_BYTES}`);
    reader.offset = start;
    strings.push(reader.string());
    lengths.push(length);
  }
  const text = (limit: number, what: string): string => {
    const index = reader.varint();
    const value = strings[index];
    if (value === undefined) throw new WireError("malformed", `text ${index} of ${strings.length}`);
    if ((lengths[index] as number) > limit) throw new WireError("limit_exceeded", `a ${what} longer than ${limit} bytes; shorten it`);
    return value;
  };
  const series: NewSeries[] = [];
  const count = atMost(reader.varint(), reader.remaining, "series");
  const firstRef = count > 0 ? reader.varint() : 0;
  for (let i = 0; i < count; i++) {
    const head = reader.varint();
    const type = METRIC_TYPES[head & TYPE_MASK];
    if (type === undefined || head > (DELTA | TYPE_MASK)) throw new WireError("malformed", `series of unknown type ${head}`);
    const unit = text(MAX_TEXT_BYTES, "unit");
    const help = text(MAX_TEXT_BYTES, "help text");
    const pairs = reader.varint();
    if (pairs > MAX_LABELS + 1)
      throw new WireError("limit_exceeded", `a series of ${pairs} labels, at most ${MAX_LABELS} and its name; drop some`);
    const labels: Record<string, string> = {};
    for (let p = 0; p < pairs; p++) {
      const name = text(MAX_LABEL_NAME_BYTES, "label name");
      const value = text(MAX_LABEL_VALUE_BYTES, "label value");
      if (name === "__proto__") throw new WireError("malformed", "a label may not be named __proto__");
      labels[name] = value;
    }
    series.push({ ref: firstRef + i, labels, metadata: { type, unit, help }, temporality: head & DELTA ? "delta" : "cumulative" });
  }
  return series;
}

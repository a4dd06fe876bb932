/**
 * Definitions of many series, label by label: series of one shape (the same label names) lie together, each label is a
 * dictionary and a column of numbers into it, and the whole is deflated. About a tenth of what the records take.
 *
 * Layout, deflated: series varint · kinds: count varint, {type and temporality u8, unit, help} · shapes: count varint, {names
 * varint, names, series varint, packed refs, column of kinds, for each name: values varint, values, column of values}.
 * A column of numbers below n is one byte each up to n = 256, else two, else four, low bytes of all first.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodePacked, encodePacked } from "@sightline/shared/encoding/packed-column";
import { TextNumbers } from "@sightline/shared/encoding/text-numbers";
import { METRIC_TYPES } from "@sightline/shared/model/metric";
import type { IndexedSeries } from "./series-index.ts";

const DELTA = 8;
const LONGEST = 128 * 1024 * 1024;

export function encodeSeriesColumns(series: readonly IndexedSeries[]): Uint8Array {
  const seed = Math.random() * 2 ** 32;
  const writer = new ByteWriter(series.length * 16 + 1024);
  writer.varint(series.length);
  const kinds = new TextNumbers(seed);
  const shapes = new Map<string, { readonly names: readonly string[]; readonly members: IndexedSeries[] }>();
  for (const one of series) {
    kinds.of(kindOf(one));
    const names = Object.keys(one.labels);
    const key = names.map((name) => `${name.length}:${name}`).join("");
    const shape = shapes.get(key);
    if (shape === undefined) shapes.set(key, { names, members: [one] });
    else shape.members.push(one);
  }
  writeTexts(writer, kinds.texts);
  writer.varint(shapes.size);
  for (const { names, members } of shapes.values()) {
    writeTexts(writer, names);
    writer.varint(members.length);
    encodePacked(
      writer,
      Float64Array.from(members, ({ ref }) => ref),
      members.length,
    );
    writeNumbers(
      writer,
      members.map((one) => kinds.of(kindOf(one))),
      kinds.texts.length,
    );
    for (const name of names) {
      const values = new TextNumbers(seed);
      const ids = members.map(({ labels }) => values.of(labels[name] ?? ""));
      writeTexts(writer, values.texts);
      writeNumbers(writer, ids, values.texts.length);
    }
  }
  return deflateRawSync(writer.view());
}

/** Type and temporality as one character, then unit and help, each behind its length. */
function kindOf({ metadata, temporality }: IndexedSeries): string {
  const type = Math.max(0, METRIC_TYPES.indexOf(metadata.type)) | (temporality === "delta" ? DELTA : 0);
  return JSON.stringify([type, metadata.unit, metadata.help]);
}

/** Throws RangeError, TypeError or zlib's Error for bytes that are none. */
export function decodeSeriesColumns(bytes: Uint8Array): IndexedSeries[] {
  const inflated = inflateRawSync(bytes, { maxOutputLength: LONGEST });
  const reader = new ByteReader(new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength));
  const series: IndexedSeries[] = [];
  const total = reader.varint();
  const kinds = readTexts(reader).map((kind) => JSON.parse(kind) as [number, string, string]);
  for (let shapes = reader.varint(); shapes > 0; shapes--) {
    const names = readTexts(reader);
    const count = reader.varint();
    if (count > total) throw new RangeError(`a shape of ${count} series among ${total}`);
    const refs = decodePacked(reader, count);
    const strange = refs.find((ref) => !Number.isInteger(ref) || ref < 0);
    if (strange !== undefined) throw new RangeError(`a series with the number ${strange}`);
    const kindIds = readNumbers(reader, count, kinds.length);
    const columns = names.map(() => {
      const values = readTexts(reader);
      return { values, ids: readNumbers(reader, count, values.length) };
    });
    for (let i = 0; i < count; i++) {
      const [type, unit, help] = kinds[kindIds[i] as number] ?? [0, "", ""];
      const labels: Record<string, string> = {};
      for (const [at, name] of names.entries()) labels[name] = columns[at]?.values[columns[at].ids[i] as number] ?? "";
      const metadata = { type: METRIC_TYPES[type & 7] ?? "unknown", unit, help };
      series.push({ ref: refs[i] as number, labels, metadata, temporality: (type & DELTA) === 0 ? "cumulative" : "delta" });
    }
  }
  return series;
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.varint(texts.length);
  for (const text of texts) writer.string(text);
}

function readTexts(reader: ByteReader): string[] {
  const count = reader.varint();
  if (count > reader.remaining) throw new RangeError(`${count} texts in ${reader.remaining} bytes`);
  return Array.from({ length: count }, () => reader.string());
}

const bytesFor = (size: number): number => (size <= 1 ? 0 : size <= 0x100 ? 1 : size <= 0x1_0000 ? 2 : 4);

function writeNumbers(writer: ByteWriter, numbers: readonly number[], size: number): void {
  for (let byte = 0; byte < bytesFor(size); byte++) for (const number of numbers) writer.u8((number >>> (byte * 8)) & 255);
}

function readNumbers(reader: ByteReader, count: number, size: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let byte = 0; byte < bytesFor(size); byte++) {
    const bytes = reader.bytes(count);
    for (let i = 0; i < count; i++) numbers[i] = (numbers[i] as number) | ((bytes[i] as number) << (byte * 8));
  }
  return numbers;
}

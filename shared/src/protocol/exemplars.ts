import type { ByteReader } from "../encoding/byte-reader.ts";
import type { ByteWriter } from "../encoding/byte-writer.ts";
import type { Exemplar, SeriesExemplars } from "../model/exemplar.ts";
import type { Labels } from "../model/labels.ts";
import { MAX_LABELS } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/** Exemplars of one batch or blob. */
const MAX_EXEMPLARS = 200_000;

/** `count varint, { series' labels, count varint, { t zigzag, value f64, labels }… }…`; labels are `count varint, {name text, value text}…`. */
export function writeExemplars(writer: ByteWriter, all: readonly SeriesExemplars[]): void {
  writer.varint(all.length);
  for (const { labels, exemplars } of all) {
    writeLabels(writer, labels);
    writer.varint(exemplars.length);
    for (const exemplar of exemplars) {
      writer.zigzag(exemplar.t);
      writer.f64(exemplar.value);
      writeLabels(writer, exemplar.labels);
    }
  }
}

/** Throws WireError and RangeError. */
export function readExemplars(reader: ByteReader): SeriesExemplars[] {
  const all: SeriesExemplars[] = [];
  let left = MAX_EXEMPLARS;
  for (let series = reader.varint(); series > 0; series--) {
    if (left <= 0) throw new WireError("limit_exceeded", `more than ${MAX_EXEMPLARS} exemplars; send them in several`);
    const labels = readLabels(reader);
    const exemplars: Exemplar[] = [];
    const count = reader.varint();
    left -= Math.max(1, count);
    if (left < 0) throw new WireError("limit_exceeded", `more than ${MAX_EXEMPLARS} exemplars; send them in several`);
    for (let i = 0; i < count; i++) exemplars.push({ t: reader.zigzag(), value: reader.f64(), labels: readLabels(reader) });
    all.push({ labels, exemplars });
  }
  return all;
}

function writeLabels(writer: ByteWriter, labels: Labels): void {
  // No reader takes a label of that name; an exemplar is worth keeping without it.
  const names = Object.keys(labels).filter((name) => name !== "__proto__");
  writer.varint(names.length);
  for (const name of names) {
    writer.string(name);
    writer.string(labels[name] ?? "");
  }
}

function readLabels(reader: ByteReader): Labels {
  const count = reader.varint();
  // An exemplar's own labels are 128 characters at most, and so never more than a series'.
  if (count > 4 * MAX_LABELS) throw new WireError("limit_exceeded", `${count} labels`);
  const labels: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const name = reader.string();
    const value = reader.string();
    if (name === "__proto__") throw new WireError("malformed", "a label may not be named __proto__");
    labels[name] = value;
  }
  return labels;
}

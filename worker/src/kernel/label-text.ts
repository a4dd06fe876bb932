import { type Labels, addLabel } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { ProtobufReader } from "../ingest/protobuf-reader.ts";
import { NO_METADATA, metricTypeOf, readLabel } from "../ingest/remote-write.ts";

/** Text of a key of remote write 1.0: label fields of `prometheus.TimeSeries`, one after the other. Throws MalformedProtobuf. */
export function labelsOfFields(key: Uint8Array): Labels {
  const labels: Record<string, string> = {};
  const { length } = key;
  for (let at = 0, place = 0; at < length; place++) {
    const end = at + HEADER_BYTES + (key[at + 1] ?? 0);
    // Not a label's tag, a length of two bytes, or cut off.
    if (key[at] !== 0x0a || end - at > MAX_FIELD_BYTES || end > length) return readFields(key);
    fields.read(key, at, end, place, labels);
    at = end;
  }
  return labels;
}

function readFields(key: Uint8Array): Labels {
  const labels: Record<string, string> = {};
  const reader = new ProtobufReader(key);
  while (reader.next()) {
    if (reader.field === 1) readLabel(reader.message(), labels);
    else reader.skip();
  }
  return labels;
}

/** Of a label's field: tag and length. */
const HEADER_BYTES = 2;
/** Longer ones are seldom the same twice. */
const MAX_FIELD_BYTES = 96;
const FIELD_SLOTS = 2048;
/** A power of two. */
const PLACES = 32;

/**
 * The labels that came last, by the bytes of their fields: comparing bytes costs a fraction of reading them. Direct-mapped, 200 kB
 * and the texts. Senders go through their series in the same way again and again, label by label: what followed at a place last
 * time is compared before anything is hashed.
 */
class LabelFields {
  readonly #names: string[] = Array.from({ length: FIELD_SLOTS }, () => "");
  readonly #values: string[] = Array.from({ length: FIELD_SLOTS }, () => "");
  readonly #lengths = new Uint8Array(FIELD_SLOTS);
  readonly #bytes = new Uint8Array(FIELD_SLOTS * MAX_FIELD_BYTES);
  /** By place in a label set, the slot of the last one. */
  readonly #last = new Uint16Array(PLACES);
  /** By slot, the one that came after it at its place. */
  readonly #next = new Uint16Array(FIELD_SLOTS);

  read(bytes: Uint8Array, start: number, end: number, place: number, labels: Record<string, string>): void {
    const last = this.#last[place & (PLACES - 1)] as number;
    let slot = this.#next[last] as number;
    if (!this.#holds(slot, bytes, start, end)) {
      slot = slotOf(bytes, start, end);
      if (!this.#holds(slot, bytes, start, end)) this.#learn(slot, bytes, start, end);
      this.#next[last] = slot;
    }
    this.#last[place & (PLACES - 1)] = slot;
    addLabel(labels, this.#names[slot] as string, this.#values[slot] as string);
  }

  #holds(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[slot] !== end - start) return false;
    const known = this.#bytes;
    // From the end, where the values of one label differ.
    for (let i = end - 1, at = slot * MAX_FIELD_BYTES + end - start - 1; i >= start + HEADER_BYTES; i--, at--)
      if (known[at] !== bytes[i]) return false;
    return true;
  }

  #learn(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const one: Record<string, string> = {};
    readLabel(new ProtobufReader(bytes, start + HEADER_BYTES, end), one);
    const [name = ""] = Object.keys(one);
    this.#bytes.set(bytes.subarray(start, end), slot * MAX_FIELD_BYTES);
    this.#lengths[slot] = end - start;
    this.#names[slot] = name;
    this.#values[slot] = one[name] ?? "";
  }
}

/** FNV-1a of what follows the header. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start + HEADER_BYTES; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  return (hash ^ (hash >>> 15)) & (FIELD_SLOTS - 1);
}

const fields = new LabelFields();

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Words of a key of remote write 2.0 before its labels: metric type, help and unit, which are 0 when empty. */
export const METADATA_WORDS = 3;

/** A key of remote write 2.0: words of 4 bytes, all but the first naming symbols, whose bytes `symbol` gives. */
export class SymbolWords {
  readonly #key: DataView;
  readonly #symbol: (word: number) => Uint8Array;

  constructor(key: Uint8Array, symbol: (word: number) => Uint8Array) {
    this.#key = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.#symbol = symbol;
  }

  labels(): Labels {
    const labels: Record<string, string> = {};
    for (let i = METADATA_WORDS; i < this.#key.byteLength / 4; i += 2) addLabel(labels, this.#text(i), this.#text(i + 1));
    return labels;
  }

  metadata(): MetricMetadata {
    const [type, help, unit] = [this.#word(0), this.#word(1), this.#word(2)];
    return {
      type: metricTypeOf(type),
      unit: unit === 0 ? NO_METADATA.unit : this.#text(2),
      help: help === 0 ? NO_METADATA.help : this.#text(1),
    };
  }

  #word(i: number): number {
    return this.#key.getUint32(i * 4, true);
  }

  #text(i: number): string {
    return utf8.decode(this.#symbol(this.#word(i)));
  }
}

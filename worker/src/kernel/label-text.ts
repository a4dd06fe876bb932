import { type Labels, putLabel } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { ProtobufReader } from "../ingest/protobuf-reader.ts";
import { NO_METADATA, metricTypeOf, readLabel } from "../ingest/remote-write.ts";

/** Text of a key of remote write 1.0: label fields of `prometheus.TimeSeries`, one after the other. Throws MalformedProtobuf. */
export function labelsOfFields(key: Uint8Array): Labels {
  const labels: Record<string, string> = {};
  const reader = new ProtobufReader(key);
  while (reader.next()) {
    if (reader.field === 1) readLabel(reader.message(), labels);
    else reader.skip();
  }
  return labels;
}

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
    for (let i = METADATA_WORDS; i < this.#key.byteLength / 4; i += 2) putLabel(labels, this.#text(i), this.#text(i + 1));
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

import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";
import { NO_METADATA } from "../ingest/remote-write.ts";
import { SNAPPY_SLACK, expandSnappy, snappyPreamble } from "../ingest/snappy.ts";
import { DEFAULT_MAX_BYTES, MAX_UNPACKED } from "./ingest-kernel.ts";
import type { DecodedWrite, IngestKernel, KernelOptions, RemoteWriteVersion } from "./ingest-kernel.ts";
import { corruptSnappy, malformedProtobuf, needsObjects } from "./kernel-failure.ts";
import { asideMessage } from "./aside-message.ts";
import { SymbolWords, labelsOfFields } from "./label-text.ts";
import { LABEL_FIELDS } from "./twin-label-sets.ts";
import { NeedsObjects, SeriesResolver } from "./twin-resolver.ts";
import { readRequest2 } from "./twin-request-2.ts";
import { readWriteRequest } from "./twin-request.ts";

/**
 * The kernel in TypeScript: the same answers as the one in WebAssembly, which it is the oracle of in tests, and which it
 * stands in for where WebAssembly cannot run.
 */
export class TwinKernel implements IngestKernel {
  readonly #options: KernelOptions;
  #resolver: SeriesResolver;
  #unpacked = new Uint8Array(1 << 19);
  #forgetful = false;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#resolver = new SeriesResolver(options.seed);
  }

  decode(version: RemoteWriteVersion, body: Uint8Array): Result<DecodedWrite> {
    const maxBytes = this.#options.maxBytes ?? DEFAULT_MAX_BYTES;
    if (this.#forgetful || this.#resolver.sets.bytes > maxBytes || this.#resolver.sets.size > maxBytes / 128) {
      this.#resolver = new SeriesResolver(this.#options.seed);
      this.#forgetful = false;
    }
    const preamble = snappyPreamble(body);
    if (preamble === undefined) return corruptSnappy(0);
    const { length, elementsAt } = preamble;
    if (length > MAX_UNPACKED) return needsObjects();
    if (length + SNAPPY_SLACK > this.#unpacked.length) this.#unpacked = new Uint8Array(2 ** Math.ceil(Math.log2(length + SNAPPY_SLACK)));
    if (expandSnappy(body, elementsAt, this.#unpacked, length) !== undefined) return corruptSnappy(elementsAt);
    const resolver = this.#resolver;
    try {
      if (version === 1) readWriteRequest(this.#unpacked, length, resolver);
      else readRequest2(this.#unpacked, length, resolver);
    } catch (error) {
      if (error instanceof MalformedProtobuf) return malformedProtobuf(version, error.message);
      if (error instanceof NeedsObjects) return needsObjects();
      throw error;
    }
    const { count, refs, times, values, unknown, aside } = resolver.columns;
    return ok({
      length: count,
      refs: refs.subarray(0, count),
      times: times.subarray(0, count),
      values: values.subarray(0, count),
      unknown: unknown.length,
      labels: this.#labels,
      metadata: this.#metadata,
      aside: aside.length === 0 ? null : asideMessage(version, this.#unpacked.subarray(0, length), aside),
    });
  }

  readonly #labels = (i: number): Labels => {
    const { sets, columns } = this.#resolver;
    const entry = columns.unknown[i]?.entry ?? 0;
    return sets.spaceOf(entry) === LABEL_FIELDS ? labelsOfFields(sets.key(entry)) : new SymbolWords(sets.key(entry), this.#bytes).labels();
  };

  readonly #metadata = (i: number): MetricMetadata => {
    const { sets, columns } = this.#resolver;
    const entry = columns.unknown[i]?.entry ?? 0;
    return sets.spaceOf(entry) === LABEL_FIELDS ? NO_METADATA : new SymbolWords(sets.key(entry), this.#bytes).metadata();
  };

  readonly #bytes = (entry: number): Uint8Array => this.#resolver.sets.key(entry);

  learn(i: number, ref: number): void {
    this.#resolver.learn(i, ref);
  }

  name(i: number, ref: number): void {
    this.#resolver.columns.name(i, ref);
  }

  reconsider(): void {
    this.#resolver.sets.reconsider();
  }

  forget(): void {
    this.#forgetful = true;
  }
}

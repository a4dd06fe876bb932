import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import { NO_METADATA } from "../ingest/remote-write.ts";
import { DEFAULT_MAX_BYTES } from "./ingest-kernel.ts";
import type { DecodedWrite, IngestKernel, KernelOptions, RemoteWriteVersion } from "./ingest-kernel.ts";
import { corruptSnappy, malformedProtobuf, needsObjects } from "./kernel-failure.ts";
import { asideMessage } from "./aside-message.ts";
import { SymbolWords, labelsOfFields } from "./label-text.ts";

/** What `assembly/index.ts` exports. Addresses and sizes are unsigned, and come as signed numbers that stay below 2^31. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  configure(maxBytes: number, seedLow: number, seedHigh: number): void;
  reserve(size: number): number;
  decode(version: number, size: number): number;
  faultOffset(): number;
  samples(): number;
  refsAt(): number;
  timesAt(): number;
  valuesAt(): number;
  unknowns(): number;
  spaceOf(i: number): number;
  entryOf(i: number): number;
  keyAt(entry: number): number;
  keyLength(entry: number): number;
  asides(): number;
  asideFrom(i: number): number;
  asideTo(i: number): number;
  messageAt(): number;
  messageLength(): number;
  learn(i: number, ref: number): void;
  name(i: number, ref: number): void;
  reconsider(): void;
  forget(): void;
  memoryUsed(): number;
}

/** The codes of `assembly/fault.ts`. */
const OK = 0;
const CORRUPT_SNAPPY = 1;
const MALFORMED_PROTOBUF = 2;
const NEEDS_OBJECTS = 3;
/** The name space of `assembly/label-sets.ts` for 1.0. */
const LABEL_FIELDS = 0;

/** The kernel in WebAssembly: KERNEL.md says how it works. */
export class WasmKernel implements IngestKernel {
  readonly #kernel: KernelExports;

  constructor(kernel: KernelExports, options: KernelOptions) {
    this.#kernel = kernel;
    growOnce(kernel);
    kernel.configure(options.maxBytes ?? DEFAULT_MAX_BYTES, options.seed, Math.imul(options.seed, 0x9e3779b1) ^ 0x5bd1e995);
  }

  decode(version: RemoteWriteVersion, body: Uint8Array): Result<DecodedWrite> {
    const kernel = this.#kernel;
    const at = kernel.reserve(body.length);
    if (at === 0) return needsObjects();
    // Memory may have grown since the last view, which is then detached.
    new Uint8Array(kernel.memory.buffer).set(body, at);
    const fault = this.#decode(version, body.length);
    if (fault === CORRUPT_SNAPPY) return corruptSnappy(kernel.faultOffset());
    if (fault === MALFORMED_PROTOBUF) return malformedProtobuf(version, `at byte ${kernel.faultOffset()} of it decompressed`);
    if (fault !== OK) return needsObjects();
    const length = kernel.samples();
    const buffer = kernel.memory.buffer;
    return ok({
      length,
      refs: new Int32Array(buffer, kernel.refsAt(), length),
      times: new Float64Array(buffer, kernel.timesAt(), length),
      values: new Float64Array(buffer, kernel.valuesAt(), length),
      unknown: kernel.unknowns(),
      labels: this.#labels,
      metadata: this.#metadata,
      aside: kernel.asides() === 0 ? null : this.#aside(version),
    });
  }

  #aside(version: RemoteWriteVersion): Uint8Array {
    const kernel = this.#kernel;
    const at = kernel.messageAt();
    const ranges = Array.from({ length: kernel.asides() }, (_, i) => [kernel.asideFrom(i) - at, kernel.asideTo(i) - at] as const);
    return asideMessage(version, new Uint8Array(kernel.memory.buffer, at, kernel.messageLength()), ranges);
  }

  /** A trap is a fault of the kernel, not of the sender: what it knew is given up, and the decoder of objects takes the body. */
  #decode(version: RemoteWriteVersion, size: number): number {
    try {
      return this.#kernel.decode(version, size);
    } catch {
      this.#kernel.forget();
      return NEEDS_OBJECTS;
    }
  }

  learn(i: number, ref: number): void {
    this.#kernel.learn(i, ref);
  }

  name(i: number, ref: number): void {
    this.#kernel.name(i, ref);
  }

  reconsider(): void {
    this.#kernel.reconsider();
  }

  forget(): void {
    this.#kernel.forget();
  }

  /** Bytes of memory given out, for tests of its bound. */
  get memoryUsed(): number {
    return this.#kernel.memoryUsed();
  }

  readonly #labels = (i: number): Labels => {
    const key = this.#bytes(this.#kernel.entryOf(i));
    return this.#kernel.spaceOf(i) === LABEL_FIELDS ? labelsOfFields(key) : new SymbolWords(key, this.#bytes).labels();
  };

  readonly #metadata = (i: number): MetricMetadata =>
    this.#kernel.spaceOf(i) === LABEL_FIELDS ? NO_METADATA : new SymbolWords(this.#bytes(this.#kernel.entryOf(i)), this.#bytes).metadata();

  /** Of a label set or of a symbol. */
  readonly #bytes = (entry: number): Uint8Array =>
    new Uint8Array(this.#kernel.memory.buffer, this.#kernel.keyAt(entry), this.#kernel.keyLength(entry));
}

/**
 * V8 compiles code over typed arrays for buffers that are never detached, until one is that has several views, and then throws all
 * of that code away. Growing does it, and would with the first requests: so it is done before there is any such code.
 */
function growOnce({ memory }: KernelExports): void {
  const views = [new Uint8Array(memory.buffer), new Float64Array(memory.buffer)];
  if (views.length > 1) memory.grow(1);
}

import { stored } from "./stored-snappy.ts";

/** Every tenth series is of one metric. */
export const METRICS = [
  "node_cpu_seconds_total",
  "node_network_receive_bytes_total",
  "http_requests_total",
  "http_request_duration_seconds_sum",
  "process_resident_memory_bytes",
  "node_memory_MemAvailable_bytes",
  "go_goroutines",
  "node_load1",
  "node_filesystem_avail_bytes",
  "up",
] as const;
const METHODS = ["GET", "POST", "PUT"] as const;
const REGIONS = ["eu-west-1", "us-east-1"] as const;
const MAX_BODY_BYTES = 8 << 20;

export interface ReferenceLoadOptions {
  readonly series: number;
  /** Ms of the first scrape. */
  readonly startMs: number;
  readonly intervalMs?: number;
  readonly seed?: number;
  /** A new random order of the series in every scrape. */
  readonly shuffle?: boolean;
}

/** One round over every series: `values[order[k]]` is what series `order[k]` has at time `t`. Reused by the next round. */
export interface Scrape {
  readonly t: number;
  readonly order: Int32Array;
  readonly values: Float64Array;
}

/** Series and values exactly as `../shared/tools/remote-write-load.mjs` makes them of a seed, so that what it sent can be checked. */
export class ReferenceLoad {
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly #options: ReferenceLoadOptions;
  readonly #values: Float64Array;
  readonly #order: Int32Array;
  #random: () => number;
  #scrapes = 0;

  constructor(options: ReferenceLoadOptions) {
    this.#options = options;
    this.#random = mulberry32(options.seed ?? 1);
    this.labels = Array.from({ length: options.series }, (_, i) => labelsOf(i));
    this.#values = Float64Array.from({ length: options.series }, (_, i) => (i % 10 === 9 ? 1 : Math.floor(this.#random() * 1e6)));
    this.#order = Int32Array.from({ length: options.series }, (_, i) => i);
  }

  next(): Scrape {
    const { startMs, intervalMs = 15_000, shuffle = false } = this.#options;
    const order = this.#order;
    if (shuffle) {
      for (let j = order.length - 1; j > 0; j--) {
        const r = Math.floor(this.#random() * (j + 1));
        [order[j], order[r]] = [order[r] as number, order[j] as number];
      }
    }
    for (const i of order) this.#values[i] = this.#step(i % 10, this.#values[i] as number);
    return { t: startMs + this.#scrapes++ * intervalMs, order, values: this.#values };
  }

  #step(kind: number, v: number): number {
    const random = this.#random;
    if (kind <= 2) return v + Math.floor(random() * 500);
    if (kind === 3) return Math.round((v + random() * 3) * 1000) / 1000;
    if (kind === 4 || kind === 5 || kind === 8) return Math.max(0, v + Math.floor((random() - 0.5) * 8192) * 4096);
    if (kind === 6) return Math.max(1, v + Math.floor((random() - 0.5) * 5));
    if (kind === 7) return Math.round(Math.max(0, (v % 32) + (random() - 0.5)) * 100) / 100;
    return v;
  }
}

function labelsOf(i: number): Record<string, string> {
  const instance = Math.floor(i / 200);
  return {
    __name__: METRICS[i % 10] ?? "",
    env: "production",
    handler: `/api/v1/items/${i % 7}`,
    instance: `10.0.${instance >> 8}.${instance & 255}:9100`,
    job: `job-${instance % 5}`,
    method: METHODS[i % 3] ?? "",
    region: REGIONS[instance % 2] ?? "",
    shard: `s${i % 200}`,
  };
}

/** Uniform in [0, 1), 32 bits of state. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Encodes scrapes as remote write 1.0 requests; label sets are encoded once. */
export class RemoteWriteEncoder {
  readonly #labels: readonly Uint8Array[];
  readonly #buffer = Buffer.alloc(MAX_BODY_BYTES);

  constructor(labels: readonly Readonly<Record<string, string>>[]) {
    this.#labels = labels.map(encodeLabels);
  }

  /** Requests of at most `per` samples each, snappy-framed without compression. */
  *requests(scrape: Scrape, per = 2000): Generator<{ readonly body: Uint8Array<ArrayBuffer>; readonly samples: number }> {
    for (const { message, valuesAt } of this.messages(scrape, per)) yield { body: stored(message), samples: valuesAt.length };
  }

  /** The same before compression, and where each value begins; overwritten by the next. */
  *messages(scrape: Scrape, per: number): Generator<{ readonly message: Buffer; readonly valuesAt: Int32Array }> {
    const { t, order, values } = scrape;
    const time = varint(t);
    for (let from = 0; from < order.length; from += per) {
      const valuesAt = new Int32Array(Math.min(order.length, from + per) - from);
      let offset = 0;
      for (let k = 0; k < valuesAt.length; k++) {
        const series = order[from + k] as number;
        offset = this.#series(offset, series, values[series] as number, time);
        valuesAt[k] = offset - time.length - 1 - 8;
      }
      yield { message: this.#buffer.subarray(0, offset), valuesAt };
    }
  }

  #series(start: number, series: number, value: number, time: readonly number[]): number {
    const buffer = this.#buffer;
    const labels = this.#labels[series] ?? new Uint8Array();
    const sampleBytes = 10 + time.length;
    let offset = start;
    buffer[offset++] = 0x0a;
    for (const byte of varint(labels.length + 2 + sampleBytes)) buffer[offset++] = byte;
    buffer.set(labels, offset);
    offset += labels.length;
    buffer[offset++] = 0x12;
    buffer[offset++] = sampleBytes;
    buffer[offset++] = 0x09;
    offset = buffer.writeDoubleLE(value, offset);
    buffer[offset++] = 0x10;
    for (const byte of time) buffer[offset++] = byte;
    return offset;
  }
}

function encodeLabels(labels: Readonly<Record<string, string>>): Uint8Array {
  const bytes: number[] = [];
  for (const [name, value] of Object.entries(labels)) {
    const n = Buffer.from(name);
    const v = Buffer.from(value);
    const inner = [0x0a, ...varint(n.length), ...n, 0x12, ...varint(v.length), ...v];
    bytes.push(0x0a, ...varint(inner.length), ...inner);
  }
  return Uint8Array.from(bytes);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left > 127) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
  return bytes;
}

/** The layout of the reference load (remote-write-load of the shared tools): eight labels, one sample per series, counters and gauges. */
import { randomOf } from "./seeded-random.ts";

const METRICS = [
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
];

export function referenceLabels(i: number): readonly (readonly [string, string])[] {
  const instance = Math.floor(i / 200);
  return [
    ["__name__", METRICS[i % 10] ?? ""],
    ["env", "production"],
    ["handler", `/api/v1/items/${i % 7}`],
    ["instance", `10.0.${instance >> 8}.${instance & 255}:9100`],
    ["job", `job-${instance % 5}`],
    ["method", ["GET", "POST", "PUT"][i % 3] ?? ""],
    ["region", ["eu-west-1", "us-east-1"][instance % 2] ?? ""],
    ["shard", `s${i % 200}`],
  ];
}

export interface ReferenceLoad {
  /** Series in one scrape. */
  readonly series: number;
  readonly scrapes: number;
  readonly samplesPerRequest: number;
  /** Another random order in every scrape. */
  readonly shuffled: boolean;
}

/** Requests of remote write 1.0, not compressed. */
export function referenceRequests({ series, scrapes, samplesPerRequest, shuffled }: ReferenceLoad): Uint8Array[] {
  const random = randomOf(1);
  const text = new TextEncoder();
  const heads = Array.from({ length: series }, (_, i) => {
    const bytes: number[] = [];
    for (const [name, value] of referenceLabels(i)) {
      const [n, v] = [text.encode(name), text.encode(value)];
      bytes.push(0x0a, n.length + v.length + 4, 0x0a, n.length, ...n, 0x12, v.length, ...v);
    }
    return Uint8Array.from(bytes);
  });
  const states = Array.from({ length: series }, (_, i) => (i % 10 === 9 ? 1 : Math.floor(random() * 1e6)));
  const order = Int32Array.from({ length: series }, (_, i) => i);
  const buffer = new Uint8Array(samplesPerRequest * 320);
  const view = new DataView(buffer.buffer);
  const requests: Uint8Array[] = [];
  let [at, held] = [0, 0];
  const flush = (): void => {
    if (held > 0) requests.push(buffer.slice(0, at));
    [at, held] = [0, 0];
  };
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const time = varint(1_790_000_000_000 + scrape * 15_000);
    if (shuffled) {
      for (let j = series - 1; j > 0; j--) {
        const r = Math.floor(random() * (j + 1));
        [order[j], order[r]] = [order[r] ?? 0, order[j] ?? 0];
      }
    }
    for (const i of order) {
      const head = heads[i] ?? new Uint8Array(0);
      const value = next(i % 10, states[i] ?? 0, random);
      states[i] = value;
      const size = head.length + 12 + time.length;
      buffer.set([0x0a, ...varint(size)], at);
      at += 1 + varint(size).length;
      buffer.set(head, at);
      at += head.length;
      buffer.set([0x12, 10 + time.length, 0x09], at);
      view.setFloat64(at + 3, value, true);
      buffer[at + 11] = 0x10;
      buffer.set(time, at + 12);
      at += 12 + time.length;
      if (++held === samplesPerRequest) flush();
    }
  }
  flush();
  return requests;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function next(kind: number, value: number, random: () => number): number {
  if (kind < 3) return value + Math.floor(random() * 500);
  if (kind === 3) return Math.round((value + random() * 3) * 1000) / 1000;
  if (kind === 6) return Math.max(1, value + Math.floor((random() - 0.5) * 5));
  if (kind === 7) return Math.round(Math.max(0, (value % 32) + (random() - 0.5)) * 100) / 100;
  return kind === 9 ? value : Math.max(0, value + Math.floor((random() - 0.5) * 8192) * 4096);
}

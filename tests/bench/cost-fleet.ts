import type { SampleBatch } from "@sightline/shared/model/sample";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessage } from "@sightline/shared/protocol/messages";
import { mulberry32 } from "../support/reference-load.ts";

/** PEERS.md's three, and how much of their day is gone through sample by sample. */
export interface Fleet {
  readonly name: string;
  readonly hosts: number;
  readonly series: number;
  readonly intervalMs: number;
  readonly simulatedMs: number;
  /** Who looks on, and for how long: a page open with twenty series live and a query every ten seconds. */
  readonly viewedMs: number;
  /** Times a day that a host is busy for five minutes. */
  readonly alerts: number;
}

const HOUR = 3_600_000;

export const FLEETS: readonly Fleet[] = [
  { name: "1 host × 100 series @ 1 s", hosts: 1, series: 100, intervalMs: 1000, simulatedMs: 6 * HOUR, viewedMs: HOUR, alerts: 4 },
  { name: "50 hosts × 200 series @ 10 s", hosts: 50, series: 200, intervalMs: 10_000, simulatedMs: HOUR, viewedMs: HOUR, alerts: 20 },
  {
    name: "1 M samples/min (50 hosts × 334 series @ 1 s)",
    hosts: 50,
    series: 334,
    intervalMs: 1000,
    simulatedMs: HOUR / 6,
    viewedMs: HOUR,
    alerts: 20,
  },
];

const METADATA = { type: "gauge", unit: "", help: "" } as const;
const KINDS = 5;
/** The series whose value the default rules judge. */
const IDLE = 0;

/** One agent: the same series at every tick, in frames as its connection would carry them. */
export class SimulatedHost {
  readonly sender: string;
  readonly #encoder = new FrameEncoder();
  readonly #labels: readonly Readonly<Record<string, string>>[];
  readonly #values: Float64Array;
  readonly #random: () => number;
  #seq = 0;
  busy = false;

  constructor(index: number, series: number) {
    this.sender = `host-${index}`;
    this.#random = mulberry32(index + 1);
    this.#labels = Array.from({ length: series }, (_, i) => ({
      __name__: i === IDLE ? "system_cpu_utilization_ratio" : `metric_${i % 40}`,
      ...(i === IDLE ? { cpu_mode: "idle" } : { part: String(Math.floor(i / 40)) }),
      host_name: this.sender,
      instance: this.sender,
      job: "host",
      service_name: "agent",
    }));
    this.#values = Float64Array.from({ length: series }, () => Math.floor(this.#random() * 1e6));
  }

  hello(): Uint8Array {
    this.#encoder.reset();
    return encodeMessage({ type: "hello", versions: [1], sender: this.sender, epoch: "day", capabilities: [] });
  }

  /** Counters grow, gauges move by small whole steps, ratios have four digits, and some stay. */
  tick(t: number): Uint8Array {
    const timestamps = Float64Array.of(t);
    const random = this.#random;
    const values = this.#values;
    for (let i = 0; i < values.length; i++) {
      const v = values[i] as number;
      const kind = i % KINDS;
      if (i === IDLE) values[i] = this.busy ? 0.02 : Math.round((0.7 + random() * 0.2) * 1e4) / 1e4;
      else if (kind < 2) values[i] = v + Math.floor(random() * 500);
      else if (kind === 2) values[i] = Math.max(0, v + Math.floor((random() - 0.5) * 64) * 4096);
      else if (kind === 3) values[i] = Math.round(random() * 1e4) / 1e4;
    }
    const batch: SampleBatch = {
      series: this.#labels.map((labels, i) => ({
        labels,
        metadata: METADATA,
        temporality: "cumulative",
        timestamps,
        values: Float64Array.of(values[i] as number),
      })),
    };
    return this.#encoder.encode("day", ++this.#seq, batch);
  }
}

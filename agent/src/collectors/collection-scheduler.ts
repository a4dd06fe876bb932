import type { Log } from "../log.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { Collector } from "./collector.ts";
import type { Reading } from "./metric-family.ts";

interface Slot {
  readonly collector: Collector;
  readonly breaker: CircuitBreaker;
  dueAt: number;
  running: boolean;
  failures: number;
  lastDurationMs: number;
}

export interface CollectorStatus {
  readonly name: string;
  readonly failures: number;
  readonly lastDurationMs: number;
  readonly open: boolean;
}

export interface SchedulerPorts {
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Rejects after `ms` with an Error; `cancel` frees the timer. */
  readonly timeout: (ms: number) => { readonly expired: Promise<never>; readonly cancel: () => void };
  readonly log: Log;
  /** Called with each collector's readings as soon as it has them. */
  readonly deliver: (readings: readonly Reading[]) => void;
}

/** Runs every collector on its own interval; one that throws, hangs or is slow never holds up another. */
export class CollectionScheduler {
  readonly #slots: Slot[];
  readonly #ports: SchedulerPorts;

  constructor(collectors: readonly Collector[], ports: SchedulerPorts) {
    this.#ports = ports;
    const now = ports.monotonic();
    this.#slots = collectors.map((collector) => ({
      collector,
      breaker: new CircuitBreaker(),
      dueAt: now,
      running: false,
      failures: 0,
      lastDurationMs: 0,
    }));
  }

  /** Monotonic ms at which `tick` next has something to do. */
  nextDueAt(): number {
    return this.#slots.reduce((soonest, slot) => Math.min(soonest, slot.dueAt), Infinity);
  }

  status(): readonly CollectorStatus[] {
    return this.#slots.map((slot) => ({
      name: slot.collector.name,
      failures: slot.failures,
      lastDurationMs: slot.lastDurationMs,
      open: slot.breaker.open,
    }));
  }

  /** Starts every collector that is due; resolves when all that it started have delivered or failed. */
  async tick(): Promise<void> {
    const now = this.#ports.monotonic();
    const started: Promise<void>[] = [];
    for (const slot of this.#slots) {
      if (slot.dueAt > now) continue;
      // Rounds missed while the host slept are not made up: samples of now cannot stand for then.
      const missed = Math.floor((now - slot.dueAt) / slot.collector.intervalMs);
      slot.dueAt += (missed + 1) * slot.collector.intervalMs;
      if (!slot.running && slot.breaker.allows(now)) started.push(this.#run(slot));
    }
    await Promise.all(started);
  }

  async #run(slot: Slot): Promise<void> {
    const { collector } = slot;
    const startedAt = this.#ports.monotonic();
    slot.running = true;
    try {
      const collected = collector.collect(startedAt);
      const readings = collected instanceof Promise ? await this.#within(slot, collected) : collected;
      slot.lastDurationMs = this.#ports.monotonic() - startedAt;
      slot.breaker.succeeded();
      this.#ports.deliver(readings);
    } catch (error) {
      slot.lastDurationMs = this.#ports.monotonic() - startedAt;
      slot.failures++;
      const opened = slot.breaker.failed(this.#ports.monotonic());
      if (slot.failures === 1 || opened)
        this.#ports.log.warn(
          `collector ${collector.name} failed: ${error instanceof Error ? error.message : String(error)}; the others go on, ${opened ? "it is tried again more and more rarely" : "it is tried again"}`,
        );
    } finally {
      slot.running = false;
    }
  }

  async #within(slot: Slot, collecting: Promise<readonly Reading[]>): Promise<readonly Reading[]> {
    const { expired, cancel } = this.#ports.timeout(slot.collector.timeoutMs);
    // A result that comes after the timeout is nobody's; its late rejection must not end the process.
    collecting.catch(() => undefined);
    try {
      return await Promise.race([collecting, expired]);
    } finally {
      cancel();
    }
  }
}

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Labels } from "@sightline/shared/model/labels";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { type Log, lineLog } from "../log.ts";
import { machineName } from "../spool/machine-name.ts";
import { DiskSpool } from "../spool/disk-spool.ts";
import { SpoolInUse, holdDirectory } from "../spool/hold-directory.ts";
import { MemorySpool } from "../spool/memory-spool.ts";
import type { Spool, SpoolStatus } from "../spool/spool.ts";
import { readSenderId } from "../spool/spool-directory.ts";
import { Backoff } from "./backoff.ts";
import { splitBatch } from "./batch-splitter.ts";
import { openHttp } from "./http-link.ts";
import { ShipCounters } from "./ship-counters.ts";
import { ShipLoop } from "./ship-loop.ts";
import { openWebSocket } from "./websocket-link.ts";

const MEBIBYTE = 1024 * 1024;
/** Twelve days: of twice as much timers still know. */
const MOST_GRACE_MS = 2 ** 30 - 1;
const CLOSE_GRACE_MS = 2000;

export interface IngestPipelineOptions {
  /** http(s)://HOST[:PORT][/PATH] of the server. */
  readonly url: string;
  readonly token: string | null;
  /** Labels added to every series that has none of that name. */
  readonly resource?: Labels;
  /** Without it frames are kept in memory alone. One process at a time. */
  readonly spoolDir?: string;
  /** While another process has it: throw SpoolInUse, or keep frames in memory and say so (default). */
  readonly whenSpoolInUse?: "throw" | "memory";
  /** Instance id of HELLO; default the one kept in `spoolDir`, or a new one. */
  readonly sender?: string;
  /** Bytes kept while the server is away; default 256 MiB on disk, 16 MiB in memory. */
  readonly maxBytes?: number;
  readonly log?: Log;
}

export interface IngestPipeline {
  readonly sender: string;
  /** True between WELCOME and the end of that connection. */
  readonly connected: boolean;
  readonly counters: ShipCounters;
  /** Spools the batch and sends it at once when connected. Never throws and never waits. */
  push(batch: SampleBatch): void;
  status(): SpoolStatus;
  /**
   * Waits for what is on its way, at most `graceMs` (2 s). What the server has not taken by then stays in the spool directory; without one it is
   * lost, and so many samples are what this resolves to.
   */
  close(graceMs?: number): Promise<number>;
}

/** From batches to the server: spool, frames, reconnects. What the agent and the SDK share. */
export function createIngestPipeline(options: IngestPipelineOptions): IngestPipeline {
  const log = options.log ?? lineLog((line) => process.stderr.write(`${line}\n`), "text", Date.now);
  let hold = holdSpool(options, log);
  const spoolDir = hold === null ? undefined : options.spoolDir;
  const machine = machineName(options.resource?.["host_name"] ?? hostname());
  const sender = options.sender ?? (spoolDir === undefined ? randomUUID() : ownSenderId(spoolDir, machine, log));
  const address = { url: options.url, token: options.token, sender };
  const spool = openSpool(spoolDir, options.maxBytes, log, (directory) => {
    try {
      hold = holdDirectory(directory);
    } catch {
      // Its hold is there still, or another process was faster.
    }
    if (options.sender === undefined) readSenderId(directory, machine, () => sender);
  });
  const counters = new ShipCounters();
  const loop = new ShipLoop({
    spool,
    sender,
    open: { webSocket: (events) => openWebSocket(address, events), http: (events) => openHttp(address, events) },
    backoff: new Backoff(250, 30_000, Math.random),
    counters,
    log,
    monotonic: () => performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      // The pipeline of an app must not keep its process alive.
      timer.unref();
      return () => clearTimeout(timer);
    },
  });
  const withResource = resourceLabels(options.resource ?? {});
  let closed = false;
  loop.start();
  return {
    sender,
    counters,
    get connected() {
      return loop.connected;
    },
    push(batch) {
      if (closed) return;
      for (const part of splitBatch(withResource(batch), (series, code) => counters.reject(code, series.values.length))) {
        try {
          spool.append(part);
        } catch (error) {
          counters.reject("malformed", part.series.length);
          log.warn(
            `a batch of ${part.series.length} series cannot be encoded: ${error instanceof Error ? error.message : String(error)}; it was dropped`,
          );
        }
      }
      loop.wake();
    },
    status: () => spool.status(),
    async close(wantedMs = CLOSE_GRACE_MS) {
      if (closed) return 0;
      closed = true;
      const graceMs = Number.isNaN(wantedMs) ? CLOSE_GRACE_MS : Math.min(wantedMs, MOST_GRACE_MS);
      // A program that ends with `await close()` has nothing else that would keep it until then.
      const held = setTimeout(() => undefined, 2 * graceMs);
      await loop.close(graceMs);
      clearTimeout(held);
      const lost = spool.outlives ? 0 : samplesIn(spool);
      spool.close();
      hold?.release();
      return lost;
    },
  };
}

/** Of what will be with nobody after this. */
function samplesIn(spool: Spool): number {
  let samples = 0;
  for (let frame = spool.next(1); frame !== null; frame = spool.next(frame.seq + 1)) {
    for (const { timestamps } of frame.batch.series) samples += timestamps.length;
    // Counted and let go: where an unbroken run begins is looked for at each frame.
    spool.acknowledge(frame.seq, frame.seq);
  }
  return samples;
}

function ownSenderId(directory: string, machine: string, log: Log): string {
  const { id, isMoved } = readSenderId(directory, machine, randomUUID);
  if (isMoved)
    log.warn(
      `the spool directory ${directory} is of another machine or of another host name: this one sends under an id of its own, what was not sent yet included`,
    );
  return id;
}

/** Null where there is none to hold, or another process has it. */
function holdSpool({ spoolDir, whenSpoolInUse = "memory" }: IngestPipelineOptions, log: Log): { release(): void } | null {
  if (spoolDir === undefined) return null;
  try {
    return holdDirectory(spoolDir);
  } catch (error) {
    if (!(error instanceof SpoolInUse) || whenSpoolInUse === "throw") throw error;
    log.warn(`${error.message}; frames are kept in memory and lost at the end of this process`);
    return null;
  }
}

function openSpool(directory: string | undefined, maxBytes: number | undefined, log: Log, restore: (directory: string) => void): Spool {
  if (directory !== undefined) {
    try {
      return new DiskSpool({
        directory,
        maxBytes: maxBytes ?? 256 * MEBIBYTE,
        segmentBytes: MEBIBYTE,
        memoryBytes: 8 * MEBIBYTE,
        boot: bootId(),
        createEpoch: randomUUID,
        now: Date.now,
        log,
        restore: () => restore(directory),
      });
    } catch (error) {
      log.warn(
        `the spool directory ${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}; frames are kept in memory and lost at the end of this process`,
      );
    }
  }
  return new MemorySpool(randomUUID(), maxBytes ?? 16 * MEBIBYTE);
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Keeps one merged label set per label set, so that the frame encoder goes on recognising them. */
function resourceLabels(resource: Labels): (batch: SampleBatch) => SampleBatch {
  if (Object.keys(resource).length === 0) return (batch) => batch;
  const merged = new WeakMap<Labels, Labels>();
  return (batch) => ({
    series: batch.series.map((series) => {
      let labels = merged.get(series.labels);
      if (labels === undefined) merged.set(series.labels, (labels = { ...resource, ...series.labels }));
      return { ...series, labels };
    }),
  });
}

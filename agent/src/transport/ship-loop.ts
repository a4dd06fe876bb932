import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { MAX_REFS } from "@sightline/shared/protocol/limits";
import { type ErrorMessage, decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { PROTOCOL_VERSIONS } from "@sightline/shared/protocol/version";
import type { Log } from "../log.ts";
import type { Spool } from "../spool/spool.ts";
import type { Backoff } from "./backoff.ts";
import type { Link, LinkEvents, OpenLink } from "./link.ts";
import type { ShipCounters } from "./ship-counters.ts";

/** Codes that say "start over with HELLO". */
const START_OVER = new Set(["unknown_ref", "sequence_gap", "checksum_mismatch", "hello_first"]);
/** Codes that say "this frame, never". */
const POISON = new Set(["malformed", "truncated", "too_large", "limit_exceeded"]);
/** Codes and statuses that only a person can mend. */
const NEEDS_A_PERSON = new Set(["unsupported_version", "unauthorized", "forbidden", "sender_taken"]);
const SLOW_RETRY_MS = 30_000;
const ANSWER_TIMEOUT_MS = 30_000;
const MAX_BUFFERED_BYTES = 1 << 20;
const LOG_EVERY_MS = 60_000;
/** Of samples that are refused for one reason, or had no room. */
const TELL_AGAIN_MS = 3_600_000;
const WHY: Readonly<Record<string, string>> = {
  too_new: "as they lie more than 10 min in its future: set the clock of this machine",
  too_old: "as they lie too far behind the newest of their series: has the clock of this machine been set back?",
  series_limit: "as it has as many series as it holds",
};

export interface ShipPorts {
  readonly spool: Spool;
  readonly sender: string;
  /** The WebSocket first; the other when a server or proxy refuses to upgrade. */
  readonly open: { readonly webSocket: OpenLink; readonly http: OpenLink };
  readonly backoff: Backoff;
  readonly counters: ShipCounters;
  readonly log: Log;
  readonly monotonic: () => number;
  /** Calls `run` once after `ms`; returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/**
 * Sends the spool's frames in order over one link at a time, and goes on where the server says: WELCOME.durableSeq decides,
 * so what arrived before a break is not sent twice and what did not is sent once.
 */
export class ShipLoop {
  readonly #ports: ShipPorts;
  readonly #encoder = new FrameEncoder();
  #link: Link | null = null;
  #generation = 0;
  #welcomed = false;
  #useHttp = false;
  #window = 1;
  #nextSeq = 1;
  #inFlight: number[] = [];
  #durableSeq = 0;
  #startedOver = 0;
  #suspect = 0;
  #cancelTimer: () => void = () => undefined;
  #cancelWatch: () => void = () => undefined;
  #closed = false;
  #drained: (() => void) | null = null;
  /** Frames of which it was said that they were dropped, and when. */
  #toldDropped = 0;
  #toldDroppedAt = -Infinity;
  #lastComplaint = "";
  #lastComplaintAt = -Infinity;
  /** When it was last said that samples are refused, by code. */
  readonly #toldOf = new Map<string, number>();

  constructor(ports: ShipPorts) {
    this.#ports = ports;
  }

  get connected(): boolean {
    return this.#welcomed;
  }

  start(): void {
    this.#connect();
  }

  /** There is a new frame in the spool. */
  wake(): void {
    if (this.#ports.monotonic() - this.#toldDroppedAt >= TELL_AGAIN_MS) this.#tellDropped();
    this.#pump();
  }

  /** Resolves when the server has everything, refuses this sender, or after `graceMs`. What it has not stays in the spool; where that ends with the process, the server is tried to be reached as long. */
  async close(graceMs: number): Promise<void> {
    const { spool, backoff } = this.#ports;
    if (this.#durableSeq < spool.lastSeq && (this.#link !== null || !spool.outlives)) {
      await new Promise<void>((resolve) => {
        const cancel = this.#ports.after(graceMs, resolve);
        this.#drained = () => {
          cancel();
          resolve();
        };
        if (this.#link === null) {
          this.#cancelTimer();
          backoff.reset();
          this.#connect();
        } else this.#pump();
      });
    }
    this.#tellDropped();
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelWatch();
    this.#link?.close();
    this.#link = null;
  }

  #connect(): void {
    if (this.#closed) return;
    const generation = ++this.#generation;
    const current = (): boolean => generation === this.#generation && !this.#closed;
    this.#welcomed = false;
    const events: LinkEvents = {
      opened: () => {
        if (current()) this.#sayHello();
      },
      received: (message) => {
        if (current()) this.#receive(message);
      },
      closed: (reason) => {
        if (current()) this.#disconnected(reason);
      },
    };
    this.#link = this.#useHttp ? this.#ports.open.http(events) : this.#ports.open.webSocket(events);
  }

  #sayHello(): void {
    this.#welcomed = false;
    this.#encoder.reset();
    this.#inFlight = [];
    this.#link?.send(
      encodeMessage({
        type: "hello",
        versions: PROTOCOL_VERSIONS,
        sender: this.#ports.sender,
        epoch: this.#ports.spool.epoch,
        capabilities: [],
      }),
    );
    this.#watch();
  }

  /** A server that takes frames but never answers is a broken link, whatever its pings say. */
  #watch(): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#ports.after(ANSWER_TIMEOUT_MS, () => {
      if (!this.#welcomed || this.#inFlight.length > 0)
        this.#drop({ code: "silent", message: `no answer for ${ANSWER_TIMEOUT_MS / 1000} s` });
    });
  }

  #receive(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) {
      this.#drop(decoded.error);
      return;
    }
    const message = decoded.value;
    const { spool, counters } = this.#ports;
    if (message.type === "welcome") {
      if (this.#welcomed) return;
      if (message.durableSeq < this.#durableSeq)
        this.#ports.log.warn(
          `the server has lost frames ${message.durableSeq + 1} to ${this.#durableSeq}; those still in the spool are sent again`,
        );
      if (counters.connections === 0) spool.renumber(message.durableSeq);
      spool.skipTo(message.durableSeq);
      spool.acknowledge(message.durableSeq, message.archivedSeq);
      this.#durableSeq = message.durableSeq;
      this.#nextSeq = message.durableSeq + 1;
      this.#window = Math.max(1, message.window);
      this.#welcomed = true;
      if (this.#lastComplaint !== "") this.#ports.log.info("connected to the server again; the spool is being sent");
      this.#lastComplaint = "";
      this.#tellDropped();
      counters.connections++;
      this.#pump();
    } else if (message.type === "ack") {
      if (message.epoch !== spool.epoch) return;
      this.#progress(message.durableSeq, message.archivedSeq);
      this.#window = Math.max(1, message.window);
      for (const [code, count] of Object.entries(message.rejected)) this.#rejected(code, count);
      this.#pump();
    } else if (message.type === "error") this.#refused(message);
  }

  /** The frame is taken, and these samples of it are not: nobody else would say so, for what counts them may be refused as well. */
  #rejected(code: string, count: number): void {
    const { counters, log, monotonic } = this.#ports;
    counters.reject(code, count);
    if (monotonic() - (this.#toldOf.get(code) ?? -Infinity) < TELL_AGAIN_MS) return;
    this.#toldOf.set(code, monotonic());
    const all = counters.rejected.get(code) ?? count;
    log.warn(
      `the server refuses samples of this sender: ${all} so far as ${code}${WHY[code] === undefined ? "" : `, ${WHY[code]}`}; they are dropped`,
    );
  }

  /** A spool on disk says so itself. */
  #tellDropped(): void {
    const { spool, log, monotonic } = this.#ports;
    const dropped = spool.outlives ? 0 : spool.status().droppedFrames;
    const more = dropped - this.#toldDropped;
    if (more <= 0) return;
    log.warn(
      `the oldest ${more === 1 ? "frame was" : `${more} frames were`} dropped before the server had them: memory for more is not kept; their samples are lost`,
    );
    this.#toldDropped = dropped;
    this.#toldDroppedAt = monotonic();
  }

  #progress(durableSeq: number, archivedSeq: number): void {
    const { spool, counters, backoff } = this.#ports;
    while (this.#inFlight.length > 0 && (this.#inFlight[0] ?? Infinity) <= durableSeq) {
      this.#inFlight.shift();
      counters.framesAcknowledged++;
    }
    if (durableSeq > this.#durableSeq) {
      this.#durableSeq = durableSeq;
      this.#startedOver = 0;
      this.#suspect = 0;
      backoff.reset();
    }
    spool.acknowledge(this.#durableSeq, archivedSeq);
    this.#watch();
    if (this.#durableSeq >= spool.lastSeq) this.#drained?.();
  }

  #refused(error: ErrorMessage): void {
    // Frames already under way when the first was refused are refused too; WELCOME ends that.
    if (!this.#welcomed && (START_OVER.has(error.code) || POISON.has(error.code))) return;
    this.#ports.counters.sendErrors++;
    if (POISON.has(error.code)) {
      this.#poisoned(error.seq > 0 ? error.seq : (this.#inFlight[0] ?? 0), error.message);
      this.#sayHello();
    } else if (START_OVER.has(error.code) && ++this.#startedOver <= 3) this.#sayHello();
    else this.#drop(error);
  }

  /** The first refusal may be a damaged copy: once more. The second is meant. */
  #poisoned(seq: number, why: string): void {
    if (seq === 0) return;
    if (this.#suspect !== seq) {
      this.#suspect = seq;
      return;
    }
    this.#suspect = 0;
    this.#ports.counters.framesSetAside++;
    this.#ports.spool.setAside(seq);
    this.#ports.log.warn(`the server refuses frame ${seq} for good: ${why}; it is set aside and the others go on`);
  }

  #pump(): void {
    const { spool, counters } = this.#ports;
    const link = this.#link;
    if (link === null || !this.#welcomed) return;
    while (this.#inFlight.length < this.#window && link.bufferedBytes < MAX_BUFFERED_BYTES) {
      const frame = spool.next(this.#nextSeq);
      if (frame === null) break;
      // Labels that come and go fill the dictionary in the end: start a new one.
      if (this.#encoder.size + frame.batch.series.length > MAX_REFS / 2) {
        if (this.#inFlight.length === 0) this.#sayHello();
        return;
      }
      if (this.#inFlight.length === 0) this.#watch();
      const bytes = this.#encoder.encode(spool.epoch, frame.seq, frame.batch, frame.oldestSeq);
      link.send(bytes);
      this.#inFlight.push(frame.seq);
      this.#nextSeq = frame.seq + 1;
      counters.framesSent++;
      counters.bytesSent += bytes.length;
    }
    if (this.#inFlight.length === 0 && spool.next(this.#nextSeq) === null) this.#drained?.();
  }

  #drop(reason: Parameters<LinkEvents["closed"]>[0]): void {
    this.#link?.close();
    this.#disconnected(reason);
  }

  #disconnected(reason: Parameters<LinkEvents["closed"]>[0]): void {
    this.#generation++;
    const oldest = this.#inFlight[0] ?? 0;
    const wasWelcomed = this.#welcomed;
    this.#link = null;
    this.#welcomed = false;
    this.#inFlight = [];
    this.#cancelWatch();
    if (reason.code === "next_request") {
      // Nothing new yet: ask again in a moment rather than at once.
      const more = this.#ports.spool.next(this.#durableSeq + 1) !== null;
      this.#cancelTimer = this.#ports.after(more ? 0 : 1000, () => this.#connect());
      return;
    }
    this.#ports.counters.sendErrors++;
    if (POISON.has(reason.code) && wasWelcomed) this.#poisoned(oldest, reason.message);
    const { status } = reason;
    const needsAPerson = NEEDS_A_PERSON.has(reason.code) || status === 401 || status === 403;
    // A refusal to upgrade that is neither about the token nor about load: something on the way knows no WebSockets.
    this.#useHttp = !this.#useHttp && status !== undefined && !needsAPerson && status !== 429 && status < 500;
    const wait = needsAPerson ? SLOW_RETRY_MS + this.#ports.backoff.next() : Math.max(reason.retryAfterMs ?? 0, this.#ports.backoff.next());
    this.#complain(
      needsAPerson
        ? `the server refuses this agent (${reason.message}); check the token (SIGHTLINE_TOKEN, --token)`
        : `the server cannot be reached: ${reason.message}`,
    );
    this.#cancelTimer = this.#ports.after(wait, () => this.#connect());
    if (needsAPerson) this.#drained?.();
  }

  #complain(message: string): void {
    const now = this.#ports.monotonic();
    if (message === this.#lastComplaint && now - this.#lastComplaintAt < LOG_EVERY_MS) return;
    this.#lastComplaint = message;
    this.#lastComplaintAt = now;
    const where = this.#ports.spool.outlives ? "in the spool" : "in the memory of this process";
    this.#ports.log.warn(`${message}; samples are kept ${where} and sent once when it answers again`);
  }
}

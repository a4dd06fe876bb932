import type { BatchSeries } from "@sightline/shared/model/sample";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import { type Message, decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { Backoff } from "../transport/backoff.ts";
import { type Address, authorization, framesUrl } from "../transport/websocket-link.ts";

/** Time without an answer after which an import gives up; run again, it goes on where it was. */
const PATIENCE_MS = 300_000;
const REQUEST_MS = 120_000;
/** Codes that another try does not change. */
const FINAL_STATUS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 422]);
const FINAL_CODES: ReadonlySet<string> = new Set(["unsupported_version", "malformed", "truncated", "too_large", "limit_exceeded"]);

/** What the epoch of an import ends in once the server has refused samples of it. */
const REFUSED = "-refused";

/** The import cannot go on; the message says why and what to do. */
export class ImportStopped extends Error {}

export interface SenderPorts {
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  /** Ms of any clock that only goes forward. */
  readonly monotonic: () => number;
  readonly waiting: (reason: string, ms: number) => void;
}

/** Numbered frames over `POST /api/v1/frames`, each kept exactly once however often it is sent (PROTOCOL.md). */
export class FrameSender {
  readonly #address: Address;
  readonly #sender: string;
  #epoch: string;
  /** The first frame of the epoch. */
  #oldest = 1;
  readonly #ports: SenderPorts;
  readonly #encoder = new FrameEncoder();
  /** Samples that the server refused, by code. */
  readonly rejected: Record<string, number> = {};

  constructor(address: Address, sender: string, epoch: string, ports: SenderPorts) {
    this.#address = address;
    this.#sender = sender;
    this.#epoch = epoch;
    this.#ports = ports;
  }

  /** The last frame of this import that the server has, as it may go on from there; 0 before the first, and after a run that was refused samples. */
  async durable(): Promise<number> {
    const { durableSeq } = await this.#exchange(1, []);
    return durableSeq;
  }

  /** Sends frames numbered from `first` on until all are on the server's disk. Throws ImportStopped. */
  async send(first: number, batches: readonly (readonly BatchSeries[])[]): Promise<void> {
    let sent = 0;
    let stuck = 0;
    while (sent < batches.length) {
      const { durableSeq, counted } = await this.#exchange(first + sent, batches.slice(sent));
      for (const [code, samples] of Object.entries(counted)) this.rejected[code] = (this.rejected[code] ?? 0) + samples;
      const done = Math.max(sent, Math.min(durableSeq - first + 1, batches.length));
      stuck = done === sent ? stuck + 1 : 0;
      if (stuck === 3) throw new ImportStopped(`the server keeps not taking frame ${first + sent}; run the same command again later`);
      sent = done;
      if (Object.keys(counted).length > 0) await this.#leaveEpoch(first + sent - 1);
    }
  }

  /**
   * The server knows where an epoch stands, not what it refused of it. So after the first refusal the import goes on behind frame
   * `last` in another epoch, and whoever runs it again is told that nothing is there and sends everything.
   */
  async #leaveEpoch(last: number): Promise<void> {
    if (this.#epoch.endsWith(REFUSED)) return;
    this.#epoch += REFUSED;
    this.#oldest = last;
    await this.#exchange(last, [[]]);
  }

  /** One request with HELLO and frames, again and again until it is answered. */
  async #exchange(
    first: number,
    batches: readonly (readonly BatchSeries[])[],
  ): Promise<{ readonly durableSeq: number; readonly counted: Readonly<Record<string, number>> }> {
    const backoff = new Backoff(200, 15_000, this.#ports.random);
    const since = this.#ports.monotonic();
    for (;;) {
      const { reason, retryAfterMs, answers } = await this.#post(first, batches);
      let wait = retryAfterMs;
      let why = reason;
      if (answers !== null) {
        let durableSeq = 0;
        const counted: Record<string, number> = {};
        for (const answer of answers) {
          if (answer.type === "welcome" || answer.type === "ack") durableSeq = Math.max(durableSeq, answer.durableSeq);
          if (answer.type === "ack") {
            for (const [code, samples] of Object.entries(answer.rejected)) counted[code] = (counted[code] ?? 0) + samples;
          } else if (answer.type === "error") {
            if (FINAL_CODES.has(answer.code)) throw new ImportStopped(`the server refused frame ${answer.seq}: ${answer.message}`);
            why = answer.message;
            wait = answer.retryAfterMs;
          }
        }
        // Progress is progress, whatever came behind it.
        if (why === null || durableSeq >= first) return { durableSeq, counted };
      }
      if (this.#ports.monotonic() - since > PATIENCE_MS)
        throw new ImportStopped(
          `no success for ${PATIENCE_MS / 60_000} min (${why ?? "no answer"}); run the same command again, it goes on from here`,
        );
      const ms = wait > 0 ? wait : backoff.next();
      this.#ports.waiting(why ?? "no answer", ms);
      await this.#ports.sleep(ms);
    }
  }

  async #post(
    first: number,
    batches: readonly (readonly BatchSeries[])[],
  ): Promise<{ readonly reason: string | null; readonly retryAfterMs: number; readonly answers: readonly Message[] | null }> {
    this.#encoder.reset();
    const hello = encodeMessage({ type: "hello", versions: [1], sender: this.#sender, epoch: this.#epoch, capabilities: [] });
    // The source is there as a whole: every frame of this numbering can be had again.
    const frames = batches.map((series, i) => this.#encoder.encode(this.#epoch, first + i, { series }, this.#oldest));
    let response: Response;
    try {
      response = await this.#ports.fetch(framesUrl(this.#address.url), {
        method: "POST",
        headers: { ...authorization(this.#address.token), "content-type": "application/octet-stream", "x-sightline-sender": this.#sender },
        body: encodeMessages([hello, ...frames]),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      if (response.ok) {
        const split = splitMessages(new Uint8Array(await response.arrayBuffer()));
        if (!split.ok) return { reason: split.error.message, retryAfterMs: 0, answers: null };
        const answers: Message[] = [];
        for (const bytes of split.value) {
          const answer = decodeMessage(bytes);
          if (answer.ok) answers.push(answer.value);
        }
        return { reason: null, retryAfterMs: 0, answers };
      }
    } catch (error) {
      return { reason: error instanceof Error ? causeOf(error) : String(error), retryAfterMs: 0, answers: null };
    }
    const text = (await response.text().catch(() => "")).slice(0, 500);
    if (FINAL_STATUS.has(response.status)) throw new ImportStopped(`the server answered ${response.status}: ${text}`);
    const after = Number(response.headers.get("retry-after"));
    return { reason: `the server answered ${response.status}`, retryAfterMs: after > 0 ? after * 1000 : 0, answers: null };
  }
}

/** fetch says only that it failed; why is in its cause. */
const causeOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

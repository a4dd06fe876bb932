import type { SampleBatch } from "@sightline/shared/model/sample";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { openWebSocket } from "../../agent/src/transport/websocket-link.ts";
import type { Link } from "../../agent/src/transport/link.ts";

/** Frames of one epoch, encoded before anything is timed. */
export function encodeFrames(epoch: string, batches: Iterable<SampleBatch>): Uint8Array[] {
  const encoder = new FrameEncoder();
  const frames: Uint8Array[] = [];
  for (const batch of batches) frames.push(encoder.encode(epoch, frames.length + 1, batch));
  return frames;
}

/** A connection without a spool: what is sent is kept nowhere. Numbers go from 1 for an epoch that the server does not know. */
export class FrameConnection {
  readonly #link: Link;
  readonly #welcome = Promise.withResolvers<void>();
  readonly #waiting: { readonly sentAt: number; readonly resolve: (ms: number) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #queue: (() => void)[] = [];
  #durableSeq = 0;
  #window = 0;
  #failure: Error | null = null;
  readonly rejected: Record<string, number> = {};

  constructor(address: { readonly url: string; readonly token: string }, sender: string, epoch: string) {
    this.#link = openWebSocket(address, {
      opened: () => this.#link.send(encodeMessage({ type: "hello", versions: [1], sender, epoch, capabilities: [] })),
      received: (bytes) => {
        const message = decodeMessage(bytes);
        if (message.ok) this.#receive(message.value);
        else this.#fail(new Error(message.error.message));
      },
      closed: (reason) => this.#fail(new Error(reason.message)),
    });
  }

  /** Resolves with the ms from sending to the ACK that says it is durable; waits first for room in the window. */
  async send(frame: Uint8Array): Promise<number> {
    await this.#welcome.promise;
    if (this.#failure !== null) throw this.#failure;
    while (this.#waiting.length >= Math.max(1, this.#window)) await new Promise<void>((resolve) => this.#queue.push(resolve));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ sentAt: performance.now(), resolve, reject });
    this.#link.send(frame);
    return promise;
  }

  close(): void {
    this.#link.close();
  }

  #receive(message: Message): void {
    if (message.type === "error") this.#fail(new Error(`the server answered ${message.code}: ${message.message}`));
    if (message.type !== "welcome" && message.type !== "ack") return;
    this.#window = message.window;
    if (message.type === "welcome") this.#welcome.resolve();
    else {
      for (const [code, samples] of Object.entries(message.rejected)) this.rejected[code] = (this.rejected[code] ?? 0) + samples;
      const now = performance.now();
      for (; this.#durableSeq < message.durableSeq; this.#durableSeq++) {
        const frame = this.#waiting.shift();
        frame?.resolve(now - frame.sentAt);
      }
    }
    while (this.#queue.length > 0 && this.#waiting.length < Math.max(1, this.#window)) this.#queue.shift()?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#welcome.resolve();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    for (const resume of this.#queue.splice(0)) resume();
  }
}

export interface FrameRun {
  /** Ms from each frame's sending to the ACK that covers it. */
  readonly latencies: readonly number[];
  readonly rejected: Readonly<Record<string, number>>;
}

/** All frames over one connection, as fast as the window lets them. Rejects on ERROR and when the link closes. */
export async function sendFrames(
  address: { readonly url: string; readonly token: string },
  sender: string,
  epoch: string,
  frames: readonly Uint8Array[],
): Promise<FrameRun> {
  const connection = new FrameConnection(address, sender, epoch);
  const latencies: number[] = [];
  const next = frames.values();
  // As many as any window: each takes the next frame when its last one is durable, and `send` keeps to the window.
  const lanes = Array.from({ length: 256 }, async () => {
    for (const frame of next) latencies.push(await connection.send(frame));
  });
  try {
    await Promise.all(lanes);
    return { latencies, rejected: connection.rejected };
  } finally {
    connection.close();
  }
}

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

export interface FrameRun {
  /** Ms from each frame's sending to the ACK that covers it. */
  readonly latencies: readonly number[];
  readonly rejected: Readonly<Record<string, number>>;
}

/** One connection of one sender: HELLO, then the frames within the window the server gives. Rejects on ERROR and when the link closes. */
export async function sendFrames(
  address: { readonly url: string; readonly token: string },
  sender: string,
  epoch: string,
  frames: readonly Uint8Array[],
): Promise<FrameRun> {
  const done = Promise.withResolvers<FrameRun>();
  const sentAt: number[] = [];
  const latencies: number[] = [];
  const rejected: Record<string, number> = {};
  let acknowledged = 0;
  let window = 0;
  const fill = (): void => {
    while (sentAt.length < frames.length && sentAt.length - acknowledged < window) {
      const frame = frames[sentAt.length];
      if (frame === undefined) return;
      sentAt.push(performance.now());
      link.send(frame);
    }
  };
  const received = (message: Message): void => {
    if (message.type === "error") done.reject(new Error(`the server answered ${message.code}: ${message.message}`));
    if (message.type !== "welcome" && message.type !== "ack") return;
    window = message.window;
    if (message.type === "ack") {
      for (const [code, samples] of Object.entries(message.rejected)) rejected[code] = (rejected[code] ?? 0) + samples;
      const now = performance.now();
      for (; acknowledged < message.durableSeq; acknowledged++) latencies.push(now - (sentAt[acknowledged] ?? now));
    }
    if (acknowledged === frames.length) done.resolve({ latencies, rejected });
    else fill();
  };
  const link: Link = openWebSocket(address, {
    opened: () => link.send(encodeMessage({ type: "hello", versions: [1], sender, epoch, capabilities: [] })),
    received: (bytes) => {
      const message = decodeMessage(bytes);
      if (message.ok) received(message.value);
      else done.reject(new Error(message.error.message));
    },
    closed: (reason) => done.reject(new Error(reason.message)),
  });
  try {
    return await done.promise;
  } finally {
    link.close();
  }
}

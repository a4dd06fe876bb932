import type { BatchSeries } from "@sightline/shared/model/sample";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { text, message, double, varint, type Field } from "../ingest/protobuf-writer.ts";
import { stored } from "../support/stored-snappy.ts";
import type { Send } from "./http-calls.ts";

const METADATA = { type: "counter", unit: "", help: "" } as const;

/** What frame `seq` of a sender holds: one event on each of its delta counters, and one gauge sample of its own time. */
export function frameOf(sender: string, seq: number, startMs: number, series = 1): { readonly series: readonly BatchSeries[] } {
  const timestamps = Float64Array.of(startMs + seq * 10);
  return {
    series: Array.from({ length: series }, (_, n) => [
      {
        labels: { __name__: "events_total", from: sender, n: String(n) },
        metadata: METADATA,
        temporality: "delta" as const,
        timestamps,
        values: Float64Array.of(1),
      },
      {
        labels: { __name__: "position", from: sender, n: String(n) },
        metadata: { ...METADATA, type: "gauge" as const },
        temporality: "cumulative" as const,
        timestamps,
        values: Float64Array.of(seq),
      },
    ]).flat(),
  };
}

/** A sender as the agent is: it goes on where WELCOME says, sends again what was not acknowledged, and never gives up. */
export class ShardedSender {
  durableSeq = 0;
  readonly errors: string[] = [];
  readonly #call: Send;
  readonly #name: string;
  readonly #startMs: number;
  readonly #series: number;
  readonly #lossy: boolean;

  /** `lossy`: two of three answers are lost on the way, so that most frames are sent again. */
  constructor(call: Send, name: string, startMs: number, { series = 1, lossy = false } = {}) {
    this.#call = call;
    this.#name = name;
    this.#startMs = startMs;
    this.#series = series;
    this.#lossy = lossy;
  }

  /** Sends until everything up to `last` is acknowledged. */
  async sendUpTo(last: number, tries = 400): Promise<void> {
    for (let attempt = 0; this.durableSeq < last; attempt++) {
      if (attempt >= tries) throw new Error(`${this.#name} is at ${this.durableSeq} of ${last}: ${this.errors.slice(-3).join("; ")}`);
      await this.#request(Math.min(last, this.durableSeq + 4), this.#lossy && attempt % 3 !== 2);
    }
  }

  /** What the server says to HELLO alone. */
  async welcome(): Promise<Message> {
    const hello = encodeMessage({ type: "hello", versions: [1], sender: this.#name, epoch: "e1", capabilities: [] });
    const headers = { "x-sightline-sender": this.#name };
    const response = await this.#call("/api/v1/frames", { method: "POST", headers, body: encodeMessages([hello]) });
    const answers = splitMessages(new Uint8Array(await response.arrayBuffer()));
    const [first] = answers.ok ? answers.value : [];
    const answer = decodeMessage(first ?? new Uint8Array());
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  }

  async #request(last: number, lost: boolean): Promise<void> {
    const encoder = new FrameEncoder();
    const hello = encodeMessage({ type: "hello", versions: [1], sender: this.#name, epoch: "e1", capabilities: [] });
    const first = this.durableSeq + 1;
    const frames = Array.from({ length: last - first + 1 }, (_, index) =>
      encoder.encode("e1", first + index, frameOf(this.#name, first + index, this.#startMs, this.#series), first),
    );
    const response = await this.#call("/api/v1/frames", {
      method: "POST",
      headers: { "x-sightline-sender": this.#name },
      body: encodeMessages([hello, ...frames]),
    });
    if (!response.ok) {
      this.errors.push(`${response.status} ${await response.text()}`);
      return;
    }
    const answers = splitMessages(new Uint8Array(await response.arrayBuffer()));
    if (!answers.ok) throw new Error(answers.error.message);
    if (lost) return;
    for (const bytes of answers.value) {
      const answer = decodeMessage(bytes);
      if (answer.ok) this.#take(answer.value);
    }
  }

  #take(answer: Message): void {
    if (answer.type === "error") this.errors.push(answer.code);
    if (answer.type === "welcome" || answer.type === "ack") this.durableSeq = Math.max(this.durableSeq, answer.durableSeq);
  }
}

/** A remote-write request of samples of one series, as Prometheus sends it. */
export function remoteWrite(
  labels: Readonly<Record<string, string>>,
  samples: readonly (readonly [t: number, value: number])[],
  sender: string,
): RequestInit {
  const fields: Field[] = [
    ...Object.entries(labels)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]): Field => [1, 2, message(text(1, name), text(2, value))]),
    ...samples.map(([t, value]): Field => [2, 2, message([1, 1, double(value)], [2, 0, varint(t)])]),
  ];
  return written(message([1, 2, message(...fields)]), sender);
}

/** What Prometheus sends of a counter's family, once a minute and without samples. */
export const remoteWriteOfMetadata = (family: string, help: string, sender: string): RequestInit =>
  written(message([3, 2, message([1, 0, varint(1)], text(2, family), text(4, help))]), sender);

const written = (body: Uint8Array, sender: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-sightline-sender": sender },
  body: stored(body),
});
